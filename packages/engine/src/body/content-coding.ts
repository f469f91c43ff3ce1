/**
 * Bodies that were compressed (Content-Encoding): inflated as a whole when they are complete, under a bound of bytes and of
 * growth, and inspected as what the workload will read. What cannot be inflated is an error; it is never inspected raw.
 */
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import { asciiLower } from '../bytes.ts';
import type { Limits } from '../limits.ts';
import { hasPlainText } from './plain-text.ts';
import type { BodyErrorKind } from './processor.ts';

/** `unknown` stands for a coding that is not inflated here, and for several on top of each other. */
export type ContentCoding = 'identity' | 'gzip' | 'deflate' | 'br' | 'unknown';

const NAMES: ReadonlyMap<string, ContentCoding> = new Map([
  ['br', 'br'],
  ['deflate', 'deflate'],
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
]);

/** The coding that the Content-Encoding fields of a message name, all fields in their order. */
export function contentCodingOf(fields: readonly string[]): ContentCoding {
  if (fields.length === 0) return 'identity';
  const codings = fields
    .flatMap((field) => asciiLower(field).split(','))
    .map((coding) => coding.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((coding) => coding !== '' && coding !== 'identity');
  const [only, second] = codings;
  if (only === undefined) return 'identity';
  return (second === undefined ? NAMES.get(only) : undefined) ?? 'unknown';
}

export type Inflated =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly kind: BodyErrorKind; readonly message: string };

interface InflateLimits extends Pick<Limits, 'inflationRatioMax'> {
  /** Whether a workload may take the body for an urlencoded form. */
  readonly isForm: boolean;
  /** Bytes of the inflated body. */
  readonly bytesMax: number;
}

/** Bodies may grow to this whatever their ratio: a short one of one byte repeated is no attack. */
const SMALL_BYTES = 65_536;

/** Inflates a body. With `partial` it may end anywhere, and what there is counts. */
export function inflate(
  coding: Exclude<ContentCoding, 'identity'>,
  body: Uint8Array,
  limits: InflateLimits,
  partial: boolean,
): Inflated {
  if (coding === 'unknown') return failed('a Content-Encoding that is not inflated here');
  const growth = Math.max(SMALL_BYTES, body.length * limits.inflationRatioMax);
  const maxOutputLength = Math.max(1, Math.min(limits.bytesMax, growth));
  try {
    const { buffer, engine } = inflated(coding, body, maxOutputLength, partial);
    if (!partial && engine.bytesWritten < body.length) return failed(`bytes after the end of ${coding} data`);
    if (hasPlainText(body, buffer, limits.isForm)) return failed(`text beside ${coding} data`);
    return { ok: true, bytes: buffer };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const tooLong = 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return tooLong
      ? { ok: false, kind: 'size', message: `more than ${maxOutputLength} bytes when inflated` }
      : failed(`malformed ${coding} data`);
  }
}

const failed = (message: string): Inflated => ({ ok: false, kind: 'encoding', message });

/** With `info`, node:zlib gives the engine beside the bytes, which tells how many of the input it took. */
interface WithInfo {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

function inflated(
  coding: 'gzip' | 'deflate' | 'br',
  body: Uint8Array,
  maxOutputLength: number,
  partial: boolean,
): WithInfo {
  const finishFlush = partial ? constants.Z_SYNC_FLUSH : constants.Z_FINISH;
  const options = { maxOutputLength, info: true, finishFlush };
  switch (coding) {
    case 'gzip':
      return infoOf(gunzipSync(body, options));
    case 'deflate':
      // Named after zlib's format, and sent as bare deflate data by some clients.
      return infoOf(hasZlibHeader(body) ? inflateSync(body, options) : inflateRawSync(body, options));
    case 'br': {
      const flush = partial ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_FINISH;
      return infoOf(brotliDecompressSync(body, { ...options, finishFlush: flush }));
    }
  }
}

/** RFC 1950 §2.2: method 8, and a check over the first two bytes. */
function hasZlibHeader(body: Uint8Array): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}

/** The types of node:zlib do not know what `info` returns. */
function infoOf(result: unknown): WithInfo {
  return result as WithInfo;
}
