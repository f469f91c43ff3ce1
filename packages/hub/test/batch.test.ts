/** Batches from bytes that are not trusted. */
import { joinRecords, packRecord } from '@sluice/shipper/hub-wire';
import type { Json } from '@sluice/spool';
import fc from 'fast-check';
import { Packr, Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { HubError } from '../src/errors.ts';
import { readBatch } from '../src/ingest/batch.ts';
import { checkMsgpack } from '../src/ingest/msgpack-shape.ts';

const packer = new Packr({ useRecords: false, variableMapSize: true });
const unpacker = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });
/** The decoder gives `__proto__` another name. */
const value = (fc.jsonValue({ maxDepth: 6 }) as fc.Arbitrary<Json>).filter(
  (each) => !JSON.stringify(each).includes('__proto__'),
);

const record = fc.record({
  dataSet: fc.constantFrom('waf' as const, 'l7' as const),
  id: fc.string(),
  source: fc.string({ maxLength: 100 }),
  document: fc.dictionary(
    fc.string().filter((name) => name !== '__proto__'),
    value,
  ),
});

describe('bytes', () => {
  it('that are a value are taken for one', () => {
    fc.assert(
      fc.property(value, (each) => {
        expect(() => checkMsgpack(packer.pack(each), 64)).not.toThrow();
      }),
    );
  });

  it('that are cut anywhere, or followed by more, are not', () => {
    fc.assert(
      fc.property(value, fc.nat(), (each, at) => {
        const packed = packer.pack(each);
        expect(() => checkMsgpack(packed.subarray(0, at % packed.length), 64)).toThrow(HubError);
        expect(() => checkMsgpack(Buffer.concat([packed, packed]), 64)).toThrow(HubError);
      }),
    );
  });

  it('whatever they are, end in a value that the decoder takes, or in a coded error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (given) => {
        const bytes = Buffer.from(given);
        try {
          checkMsgpack(bytes, 8);
        } catch (error) {
          expect(error).toMatchObject({ code: 'BATCH_MALFORMED' });
          return;
        }
        expect(() => unpacker.unpack(bytes)).not.toThrow();
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['an array', '8191c3c0'],
    ['a map', '8180c3'],
    ['a number, deep within', '9181a1618101c0'],
  ])('whose map has a key that is %s are no document: decoders would have to guess', (_, hex) => {
    expect(() => checkMsgpack(Buffer.from(hex, 'hex'), 8)).toThrow(/a key that is no text at byte \d/);
  });

  it('of every head are read with the length that the decoder reads', () => {
    for (let head = 0; head < 256; head++) {
      for (let filler = 0; filler < 3; filler++) {
        const bytes = Buffer.alloc(600, filler);
        bytes[0] = head;
        for (let length = 1; length <= 600; length++) {
          try {
            checkMsgpack(bytes.subarray(0, length), 4);
          } catch {
            // Not whole with this length.
            continue;
          }
          expect(() => unpacker.unpack(bytes.subarray(0, length))).not.toThrow();
        }
      }
    }
  });
});

describe('a batch', () => {
  it('holds the records that were put into it', () => {
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (records) => {
        const plain = JSON.parse(JSON.stringify(records));
        expect(readBatch(joinRecords(plain.map(packRecord)), 5)).toEqual(plain);
      }),
    );
  });

  it('with a bit turned is one, or a coded error, or has records that are refused', () => {
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 3 }),
        fc.nat(),
        fc.nat(7),
        (records, at, bit) => {
          const bytes = joinRecords(records.map(packRecord));
          bytes[at % bytes.length]! ^= 1 << bit;
          try {
            for (const read of readBatch(bytes, 5)) {
              if ('refused' in read) expect(read.refused).not.toBe('');
              else expect(JSON.parse(JSON.stringify(read.document))).toEqual(read.document);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(HubError);
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
