import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeRecord,
  encodePayload,
  RECORD_HEADER_BYTES,
  recordAt,
  sealRecord,
} from '../src/format/record-codec.ts';
import { type Document, recordOf, type SpoolRecord } from '../src/index.ts';

const LIMIT = { bytesMax: 10_000_000 };

function encoded(record: SpoolRecord, salt: number, ordinal = 0): Buffer {
  const payload = encodePayload(record, 1_234);
  const bytes = Buffer.alloc(RECORD_HEADER_BYTES + payload.length);
  payload.copy(bytes, RECORD_HEADER_BYTES);
  sealRecord(bytes, 0, bytes.length, { salt, ordinal, dataSet: record.dataSet });
  return bytes;
}

/** As JSON has them, and as JSON gives them back. */
const documents = fc
  .dictionary(
    fc.string().filter((name) => name !== '__proto__'),
    fc.jsonValue().filter((value) => !JSON.stringify(value).includes('__proto__')),
  )
  .map((document) => JSON.parse(JSON.stringify(document)) as Document);
const records: fc.Arbitrary<SpoolRecord> = fc.record({
  dataSet: fc.constantFrom('waf' as const, 'l7' as const),
  id: fc.string({ unit: 'grapheme' }),
  source: fc.string(),
  document: documents,
});

describe('a record', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.nat(0xffff_ffff), (record, salt, ordinal) => {
        const bytes = encoded(record, salt, ordinal);
        const found = recordAt(bytes, 0, bytes.length, { salt, ...LIMIT });
        expect(found).toMatchObject({ kind: 'record', ordinal, dataSet: record.dataSet });
        if (found.kind !== 'record') return;
        expect(decodeRecord(bytes, found)).toEqual({ record, writtenAt: 1_234 });
      }),
    );
  });

  it('is none where a byte of it is another', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.integer({ min: 1, max: 255 }), (record, place, change) => {
        const bytes = encoded(record, 7);
        bytes[place % bytes.length]! ^= change;
        expect(recordAt(bytes, 0, bytes.length, { salt: 7, ...LIMIT }).kind).not.toBe('record');
      }),
    );
  });

  it('is incomplete, or none, where its end is missing', () => {
    fc.assert(
      fc.property(records, fc.nat(), (record, place) => {
        const bytes = encoded(record, 7);
        const end = place % bytes.length;
        expect(recordAt(bytes, 0, end, { salt: 7, ...LIMIT }).kind).toBe('incomplete');
      }),
    );
  });

  it('is none under the salt of another segment', () => {
    fc.assert(
      fc.property(records, fc.nat(), fc.nat(), (record, salt, other) => {
        fc.pre(salt !== other);
        const bytes = encoded(record, salt);
        expect(recordAt(bytes, 0, bytes.length, { salt: other, ...LIMIT }).kind).toBe('invalid');
      }),
    );
  });

  it('has no text in it that holds the marker', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        const bytes = encoded({ dataSet: 'waf', id: text, source: text, document: { [text]: text } }, 7);
        expect(bytes.indexOf(Buffer.from('ffc1ffc1', 'hex'), 1)).toBe(-1);
      }),
    );
  });

  it('is told by its document', () => {
    const document = { event: { id: 'a', dataset: 'sluice.l7' }, source: { ip: '192.0.2.1' } };
    expect(recordOf(document)).toEqual({ dataSet: 'l7', id: 'a', source: '192.0.2.1', document });
    expect(recordOf({ event: { dataset: 'sluice.waf' } })).toBeNull();
    expect(recordOf({ event: { id: 'a', dataset: 'sluice.other' } })).toBeNull();
  });
});
