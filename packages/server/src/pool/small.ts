/**
 * What is small enough to be inspected on the thread that speaks with Envoy, where a hop to a worker would cost more than
 * the inspection. Told from sizes and separators alone, before anything is parsed: a request has at most as many values as
 * it has header lines and separators.
 */
import type { HttpRequestAttributes } from '@sluice/engine';
import type { ServerLimits } from '../limits.ts';

export type InlineLimits = Pick<ServerLimits, 'inlineBytesMax' | 'inlineValuesMax'>;

export interface Size {
  readonly bytes: number;
  /** As many as there can be. */
  readonly values: number;
}

/** The size of a head, or null where it is too large. */
export function sizeOfHead({ uri, headers }: HttpRequestAttributes, limits: InlineLimits): Size | null {
  let bytes = uri.length;
  let values = headers.length + separatorsOfText(uri);
  for (const [name, value] of headers) {
    bytes += name.length + value.length;
    if (bytes > limits.inlineBytesMax) return null;
    if (name.length === 6 && name.toLowerCase() === 'cookie') values += separatorsOfText(value);
  }
  return bytes > limits.inlineBytesMax || values > limits.inlineValuesMax ? null : { bytes, values };
}

const AMPERSAND = 0x26;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const LESS_THAN = 0x3c;
const LINE_FEED = 0x0a;

/** By byte: 1 where a value may begin behind it in some body: forms, JSON, XML, multipart, cookies. */
const SEPARATES = new Uint8Array(256);
for (const byte of [AMPERSAND, COMMA, SEMICOLON, LESS_THAN, LINE_FEED]) SEPARATES[byte] = 1;

export function separatorsOf(bytes: Uint8Array): number {
  let found = 0;
  for (const byte of bytes) found += SEPARATES[byte] ?? 0;
  return found;
}

function separatorsOfText(text: string): number {
  let found = 0;
  for (let at = 0; at < text.length; at++) found += SEPARATES[text.charCodeAt(at) & 0xff] ?? 0;
  return found;
}
