/**
 * One record in a segment, little-endian:
 *
 *     0  4  marker FF C1 FF C1: no text in UTF-8 holds it
 *     4  4  CRC-32 of all behind it, begun with the segment's salt
 *     8  4  bytes of the payload
 *    12  4  ordinal: its place in the segment, from 0
 *    16  1  data set
 *    20     payload: msgpack of [id, source, time, document]; time in milliseconds since the epoch, the document as
 *            JSON in UTF-8: who only hands it on, as bulk requests do, needs not take it apart
 */
import { crc32 } from 'node:zlib';
import { Packr, Unpackr } from 'msgpackr';
import { documentJson, recordOfText } from '../json-document.ts';
import type { DataSet, SpoolRecord } from '../record.ts';

export const RECORD_HEADER_BYTES = 20;

const MARKER = Buffer.from([0xff, 0xc1, 0xff, 0xc1]);
const MARKER_WORD = MARKER.readUInt32LE(0);
const CRC_BEGIN = 8;

/** `{`: what begins with it and has the right checksum was made by JSON.stringify. */
const OBJECT_BEGIN = 0x7b;

/** On disk: a code never changes its meaning. */
const DATA_SET_CODES: Readonly<Record<DataSet, number>> = { waf: 1, l7: 2, alert: 3 };
const DATA_SETS_BY_CODE: ReadonlyMap<number, DataSet> = new Map([
  [1, 'waf'],
  [2, 'l7'],
  [3, 'alert'],
]);

// Each record stands for itself: no table of names that a record depends on.
const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

/** msgpackr's RESET_BUFFER_MODE, which its entry for Node leaves out: the memory of the result is used again. */
const RESET_BUFFER_MODE = 1_024;

/**
 * The payload of a record. Valid until the next call: it lies in memory that is used again.
 * Throws what JSON and msgpackr throw at what cannot be encoded.
 */
export const encodePayload = (record: SpoolRecord, writtenAt: number): Buffer =>
  packr.pack([record.id, record.source, writtenAt, documentJson(record)], RESET_BUFFER_MODE);

/** Fills the header of a record that lies from `start` up to `end`, its payload in its place. */
export function sealRecord(
  bytes: Buffer,
  start: number,
  end: number,
  place: { readonly salt: number; readonly ordinal: number; readonly dataSet: DataSet },
): void {
  bytes.writeUInt32LE(MARKER_WORD, start);
  bytes.writeUInt32LE(end - start - RECORD_HEADER_BYTES, start + 8);
  bytes.writeUInt32LE(place.ordinal, start + 12);
  bytes.writeUInt32LE(DATA_SET_CODES[place.dataSet], start + 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(start + CRC_BEGIN, end), place.salt), start + 4);
}

/** A record whose checksum is right. */
export interface RecordPlace {
  readonly kind: 'record';
  readonly start: number;
  readonly end: number;
  readonly ordinal: number;
  /** Null where a newer Sluice knows it. */
  readonly dataSet: DataSet | null;
}

export type RecordFound =
  | RecordPlace
  /** Its end lies behind `end`, if it is one: it has this many bytes, as far as is known. */
  | { readonly kind: 'incomplete'; readonly bytes: number }
  | { readonly kind: 'invalid' };

/**
 * Looks for a record at `start`.
 * @param bytesMax of a record: what says that it is longer is none
 */
export function recordAt(
  bytes: Buffer,
  start: number,
  end: number,
  { salt, bytesMax }: { readonly salt: number; readonly bytesMax: number },
): RecordFound {
  if (end - start < RECORD_HEADER_BYTES) return { kind: 'incomplete', bytes: RECORD_HEADER_BYTES };
  if (bytes.readUInt32LE(start) !== MARKER_WORD) return { kind: 'invalid' };
  const length = RECORD_HEADER_BYTES + bytes.readUInt32LE(start + 8);
  if (length > bytesMax) return { kind: 'invalid' };
  if (length > end - start) return { kind: 'incomplete', bytes: length };
  if (crc32(bytes.subarray(start + CRC_BEGIN, start + length), salt) !== bytes.readUInt32LE(start + 4)) {
    return { kind: 'invalid' };
  }
  const dataSet = DATA_SETS_BY_CODE.get(bytes.readUInt8(start + 16)) ?? null;
  return { kind: 'record', start, end: start + length, ordinal: bytes.readUInt32LE(start + 12), dataSet };
}

/** Where the next marker stands, from `start` on; -1 where there is none. */
export const markerFrom = (bytes: Buffer, start: number): number => bytes.indexOf(MARKER, start);

export interface DecodedRecord {
  readonly record: SpoolRecord;
  /** When the writer took it, milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** Null where the payload is none that this version can read. */
export function decodeRecord(bytes: Buffer, place: RecordPlace): DecodedRecord | null {
  const { dataSet, start, end } = place;
  if (dataSet === null) return null;
  const payload = unpack(bytes.subarray(start + RECORD_HEADER_BYTES, end));
  if (!Array.isArray(payload)) return null;
  const [id, source, writtenAt, document]: unknown[] = payload;
  if (typeof id !== 'string' || typeof source !== 'string' || typeof writtenAt !== 'number') return null;
  if (!Buffer.isBuffer(document) || document[0] !== OBJECT_BEGIN) return null;
  return { record: recordOfText({ dataSet, id, source }, Buffer.from(document)), writtenAt };
}

function unpack(payload: Buffer): unknown {
  try {
    return unpackr.unpack(payload);
  } catch {
    // What has the right checksum and is no msgpack was written by nobody we know: counted as damaged.
    return null;
  }
}
