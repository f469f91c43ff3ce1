/**
 * The first 48 bytes of a segment, little-endian:
 *
 *     0  8  magic "SLUISPL\0"
 *     8  4  version of the format
 *    12  4  salt: checksums of records begin with it
 *    16  6  sequence number, as in the file's name
 *    24  6  index of the first record: how many the spool has taken before
 *    32  6  when it was begun, milliseconds since the epoch
 *    44  4  CRC-32 of all before
 *
 * The salt keeps what a document quotes, and what an earlier file has left on the disk, from being taken for a record.
 */
import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

export const SEGMENT_HEADER_BYTES = 48;
export const FORMAT_VERSION = 1;

const MAGIC = Buffer.from('SLUISPL\0', 'latin1');
const CRC_OFFSET = 44;

export interface SegmentHeader {
  readonly salt: number;
  readonly sequence: number;
  readonly firstRecord: number;
  readonly createdAt: number;
}

export const newSegmentHeader = (
  sequence: number,
  firstRecord: number,
  createdAt: number,
): SegmentHeader => ({ salt: randomInt(1, 0xffff_ffff), sequence, firstRecord, createdAt });

export function writeSegmentHeader(header: SegmentHeader, target: Buffer): void {
  target.fill(0, 0, SEGMENT_HEADER_BYTES);
  MAGIC.copy(target, 0);
  target.writeUInt32LE(FORMAT_VERSION, 8);
  target.writeUInt32LE(header.salt, 12);
  target.writeUIntLE(header.sequence, 16, 6);
  target.writeUIntLE(header.firstRecord, 24, 6);
  target.writeUIntLE(header.createdAt, 32, 6);
  target.writeUInt32LE(crc32(target.subarray(0, CRC_OFFSET)), CRC_OFFSET);
}

export type HeaderFound =
  | { readonly kind: 'header'; readonly header: SegmentHeader }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'damaged' }
  | { readonly kind: 'version'; readonly version: number };

/** @param bytes of the segment, from its beginning */
export function readSegmentHeader(bytes: Buffer): HeaderFound {
  if (bytes.length < SEGMENT_HEADER_BYTES) return { kind: 'incomplete' };
  const isWhole = bytes.readUInt32LE(CRC_OFFSET) === crc32(bytes.subarray(0, CRC_OFFSET));
  if (!isWhole || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return { kind: 'damaged' };
  const version = bytes.readUInt32LE(8);
  if (version !== FORMAT_VERSION) return { kind: 'version', version };
  return {
    kind: 'header',
    header: {
      salt: bytes.readUInt32LE(12),
      sequence: bytes.readUIntLE(16, 6),
      firstRecord: bytes.readUIntLE(24, 6),
      createdAt: bytes.readUIntLE(32, 6),
    },
  };
}
