/** Documents as JSON text: as they are on disk, and as most stores take them. Who needs no object makes none. */
import type { Document, SpoolRecord } from './record.ts';

/** The text that a record came with. */
const texts = new WeakMap<SpoolRecord, Buffer>();

/** @param json of an object, in UTF-8; it is read when somebody asks for the document */
export function recordOfText(
  { dataSet, id, source }: Omit<SpoolRecord, 'document'>,
  json: Buffer,
): SpoolRecord {
  let document: Document | null = null;
  const record: SpoolRecord = {
    dataSet,
    id,
    source,
    get document() {
      document ??= JSON.parse(json.toString()) as Document;
      return document;
    },
  };
  texts.set(record, json);
  return record;
}

/** The document in JSON, UTF-8: the text that it came with, where it came from a spool. Not to be written to. */
export const documentJson = (record: SpoolRecord): Buffer =>
  texts.get(record) ?? Buffer.from(JSON.stringify(record.document));
