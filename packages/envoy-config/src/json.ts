/** Messages of Envoy's protos in JSON. */
import type { Json } from './table.ts';

export type { Json } from './table.ts';

const TYPES = 'type.googleapis.com/';

/** A message in a google.protobuf.Any: `@type` says which. */
export interface TypedMessage {
  readonly '@type': string;
  readonly [name: string]: Json | undefined;
}

export function typed(
  message: string,
  fields: Readonly<Record<string, Json | undefined>> = {},
): TypedMessage {
  return { '@type': TYPES + message, ...fields };
}

/** A google.protobuf.Duration. */
export const duration = (millis: number): string => `${millis / 1000}s`;
