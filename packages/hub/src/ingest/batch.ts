/** A batch of a node, from bytes that are not trusted. */

import { RECORDS_VERSION } from '@sluice/shipper/hub-wire';
import type { DataSet, Document, Json, SpoolRecord } from '@sluice/spool';
import { Unpackr } from 'msgpackr';
import { HubError } from '../errors.ts';
import { SOURCE_LENGTH_MAX } from '../limits.ts';
import { DOCUMENT_DEPTH_MAX } from '../store/limits.ts';
import { checkMsgpack } from './msgpack-shape.ts';

/** A record that no store is to be shown, and why. */
export interface Refused {
  readonly refused: string;
}

export type Read = SpoolRecord | Refused;

/** Batch, records and record stand around the document. */
const BATCH_DEPTH_MAX = DOCUMENT_DEPTH_MAX + 3;

const unpacker = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });

/**
 * One for each record, in their order: what is wrong with one says nothing of the others.
 * @throws HubError BATCH_MALFORMED, BATCH_TYPE, HUB_TOO_LARGE
 */
export function readBatch(bytes: Buffer, recordsMax: number): readonly Read[] {
  checkMsgpack(bytes, BATCH_DEPTH_MAX);
  const batch: unknown = unpacker.unpack(bytes);
  if (!Array.isArray(batch) || typeof batch[0] !== 'number') {
    throw new HubError('BATCH_MALFORMED', { reason: 'no array that begins with a version' });
  }
  const [version, records]: unknown[] = batch;
  if (version !== RECORDS_VERSION) {
    const expected = `of version ${RECORDS_VERSION}`;
    throw new HubError('BATCH_TYPE', { expected, given: Number(version) });
  }
  if (!Array.isArray(records)) throw new HubError('BATCH_MALFORMED', { reason: 'no array of records' });
  if (records.length > recordsMax) {
    throw new HubError('HUB_TOO_LARGE', { limit: recordsMax, unit: 'records' });
  }
  return records.map(readRecord);
}

/** What nodes have to tell. Alerts are the hub's own: a node could tell people that all is over. */
const OF_NODES: readonly DataSet[] = ['waf', 'l7'];

const isDataSet = (value: unknown): value is DataSet => OF_NODES.some((known) => known === value);

/** What a record is made of; whether its values are what the store takes, the store says. */
function readRecord(value: unknown): Read {
  if (!Array.isArray(value)) return { refused: 'no record' };
  const [dataSet, id, source, document]: unknown[] = value;
  if (!isDataSet(dataSet)) return { refused: 'no known data set' };
  if (typeof id !== 'string') return { refused: 'no id' };
  if (typeof source !== 'string' || source.length > SOURCE_LENGTH_MAX) return { refused: 'no source' };
  if (!isDocument(document)) return { refused: 'no document of plain JSON' };
  return { dataSet, id, source, document };
}

/** checkMsgpack has bounded the depth. */
function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && isJson(value);
}

function isJson(value: unknown): value is Json {
  if (value === null) return true;
  if (typeof value !== 'object') {
    return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
  }
  return Array.isArray(value) ? value.every(isJson) : Object.values(value).every(isJson);
}
