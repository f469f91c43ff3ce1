/**
 * What nodes send to a hub: msgpack, an array of the version and of records, each an array of data set, id, source and
 * document. The hub reads it with code of its own, since it must not trust it.
 */
import type { SpoolRecord } from '@sluice/spool';
import { Packr } from 'msgpackr';

export const RECORDS_VERSION = 1;
export const RECORDS_PATH = '/v1/records';
export const RECORDS_TYPE = 'application/msgpack';

/** Plain msgpack: no extensions, maps with the keys that documents have. */
const packer = new Packr({ useRecords: false, variableMapSize: true });

/** One record, for `joinRecords`. */
export const packRecord = ({ dataSet, id, source, document }: SpoolRecord): Buffer =>
  Buffer.from(packer.pack([dataSet, id, source, document]));

/** The body of a request. */
export function joinRecords(packed: readonly Buffer[]): Buffer {
  const head = Buffer.alloc(7);
  head.writeUInt8(0x92, 0);
  head.writeUInt8(RECORDS_VERSION, 1);
  head.writeUInt8(0xdd, 2);
  head.writeUInt32BE(packed.length, 3);
  return Buffer.concat([head, ...packed]);
}
