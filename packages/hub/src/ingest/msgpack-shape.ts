/**
 * Whether bytes are msgpack that can be decoded safely: one value to the end, lengths that the bytes can hold, a bounded
 * depth, texts as keys, no extension types. A decoder believes lengths: five bytes that claim an array of four thousand million elements
 * would make it reserve the memory for them.
 */
import { HubError } from '../errors.ts';

const malformed = (reason: string, offset: number): HubError =>
  new HubError('BATCH_MALFORMED', { reason: `${reason} at byte ${offset}` });

/** Bytes behind the head of each type from 0xc0 on that are its length field; -1 where the type is refused. */
const EXTENSION = -1;

interface Head {
  /** Bytes of the head, its length field included. */
  readonly size: number;
  /** Bytes of the value behind the head. */
  readonly payload: number;
  /** Values behind the head. */
  readonly children: number;
}

const scalar = (size: number): Head => ({ size, payload: 0, children: 0 });

/** @throws HubError BATCH_MALFORMED */
export function checkMsgpack(bytes: Buffer, depthMax: number): void {
  /** How many values each open container still lacks, the outermost first. */
  const open: number[] = [1];
  /** Which of them are maps: keys and values by turns. */
  const maps: boolean[] = [false];
  let at = 0;
  while (open.length > 0) {
    const left = open[open.length - 1] ?? 0;
    if (left === 0) {
      open.pop();
      maps.pop();
      continue;
    }
    open[open.length - 1] = left - 1;
    // An even number is left where the next one is a key.
    if (maps.at(-1) === true && left % 2 === 0 && !isText(bytes[at]))
      throw malformed('a key that is no text', at);
    const { size, payload, children } = headAt(bytes, at);
    const next = at + size + payload;
    // Each value has a byte at least.
    if (next + children > bytes.length) throw malformed('a length beyond the end', at);
    if (children > 0) {
      if (open.length > depthMax) throw malformed('too deep', at);
      open.push(children);
      maps.push(isMap(bytes[at]));
    }
    at = next;
  }
  if (at !== bytes.length) throw malformed('more than one value', at);
}

const isText = (type = 0): boolean => (type >= 0xa0 && type < 0xc0) || (type >= 0xd9 && type <= 0xdb);
const isMap = (type = 0): boolean => (type >= 0x80 && type < 0x90) || type === 0xde || type === 0xdf;

/** Bytes behind the end count as zero; the caller sees that they are not there. */
function headAt(bytes: Buffer, at: number): Head {
  if (at >= bytes.length) throw malformed('the end comes too early', at);
  const type = bytes[at] ?? 0;
  if (type < 0x80 || type >= 0xe0) return scalar(1);
  if (type < 0x90) return { size: 1, payload: 0, children: 2 * (type & 0x0f) };
  if (type < 0xa0) return { size: 1, payload: 0, children: type & 0x0f };
  if (type < 0xc0) return { size: 1, payload: type & 0x1f, children: 0 };
  return longHeadAt(bytes, at, type);
}

/** By type from 0xc0 on: bytes of the length field, or of the number. */
const WIDTHS: readonly number[] = [
  0,
  0,
  0,
  0,
  1,
  2,
  4,
  EXTENSION,
  EXTENSION,
  EXTENSION,
  4,
  8,
  1,
  2,
  4,
  8,
  1,
  2,
  4,
  8,
  EXTENSION,
  EXTENSION,
  EXTENSION,
  EXTENSION,
  EXTENSION,
  1,
  2,
  4,
  2,
  4,
  2,
  4,
];

function longHeadAt(bytes: Buffer, at: number, type: number): Head {
  const width = WIDTHS[type - 0xc0] ?? EXTENSION;
  if (type === 0xc1 || width === EXTENSION) throw malformed('a type that documents do not have', at);
  const size = 1 + width;
  if (at + size > bytes.length) throw malformed('the end comes too early', at);
  const isBinary = type >= 0xc4 && type <= 0xc6;
  if (isBinary) throw malformed('a type that documents do not have', at);
  if (type >= 0xd9 && type <= 0xdb) return { size, payload: bytes.readUIntBE(at + 1, width), children: 0 };
  if (type === 0xdc || type === 0xdd) return { size, payload: 0, children: bytes.readUIntBE(at + 1, width) };
  if (type >= 0xde) return { size, payload: 0, children: 2 * bytes.readUIntBE(at + 1, width) };
  return scalar(size);
}
