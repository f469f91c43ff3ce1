/** Envoy's configuration is JSON of its protos: built as plain objects, written once. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

const TYPES = 'type.googleapis.com/';

/** A message in a google.protobuf.Any: `@type` says which. */
export function typed(message: string, fields: Readonly<Record<string, Json | undefined>> = {}): Json {
  return { '@type': TYPES + message, ...fields };
}

/** A google.protobuf.Duration. */
export const duration = (millis: number): string => `${millis / 1000}s`;
