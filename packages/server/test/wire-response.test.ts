import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCheckResponse, type Metadata } from '../src/wire/check-response.ts';
import { WireWriter } from '../src/wire/writer.ts';
import { CheckResponseType, decode, decodeReply, decodeSparse } from './support/protos.ts';

const text = fc
  .oneof(fc.string({ maxLength: 300 }), fc.string({ unit: 'grapheme', maxLength: 40 }))
  .filter((value) => value.isWellFormed());
const name = text.filter((value) => value !== '__proto__');
const metadata: fc.Arbitrary<Metadata> = fc.dictionary(
  name,
  fc.oneof(text, fc.integer(), fc.boolean(), fc.array(fc.integer(), { maxLength: 40 })),
  { maxKeys: 6 },
);

const plain = (value: Record<string, unknown>): unknown => {
  if ('listValue' in value) {
    const { values } = value.listValue as { values: { numberValue: number }[] };
    return values.map((item) => item.numberValue);
  }
  return value.stringValue ?? value.numberValue ?? value.boolValue;
};

const metadataOf = (bytes: Uint8Array): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(decodeReply(bytes).dynamicMetadata.fields).map(([key, value]) => [key, plain(value)]),
  );

describe('encodeCheckResponse', () => {
  it('writes an allow that says so', () => {
    fc.assert(
      fc.property(metadata, (given) => {
        const bytes = encodeCheckResponse({ kind: 'allow', metadata: given });
        const sparse = decodeSparse(CheckResponseType, bytes);
        // Status with code 0 written out: nothing is left to a default.
        expect(Buffer.from(bytes.subarray(0, 4))).toEqual(Buffer.from([0x0a, 0x02, 0x08, 0x00]));
        expect(sparse).toHaveProperty('status');
        expect(sparse.okResponse).toEqual({});
        expect(sparse).not.toHaveProperty('deniedResponse');
        expect(metadataOf(bytes)).toEqual({ ...given });
      }),
      { numRuns: 200 },
    );
  });

  it('writes a denial as protobufjs reads it', () => {
    const headers = fc.array(fc.tuple(text, text), { maxLength: 4 });
    fc.assert(
      fc.property(
        fc.integer({ min: 400, max: 599 }),
        headers,
        text,
        metadata,
        (status, lines, body, given) => {
          const bytes = encodeCheckResponse({ kind: 'deny', status, headers: lines, body, metadata: given });
          expect(decode(CheckResponseType, bytes)).toMatchObject({
            status: { code: 7 },
            deniedResponse: {
              status: { code: status },
              headers: lines.map(([key, value]) => ({ header: { key, value }, appendAction: 2 })),
              body,
            },
          });
          expect(metadataOf(bytes)).toEqual({ ...given });
        },
      ),
      { numRuns: 200 },
    );
  });

  it('denies what is not said to be an allow', () => {
    const response = {
      kind: 'perhaps',
      status: 403,
      headers: [],
      body: '',
      metadata: {},
    } as unknown as Parameters<typeof encodeCheckResponse>[0];
    expect(decodeReply(encodeCheckResponse(response)).status?.code).toBe(7);
  });
});

describe('WireWriter', () => {
  it.each([0, 1, 126, 127, 128, 129, 16_383, 16_384, 100_000])('nests messages of %i bytes', (size) => {
    const writer = new WireWriter();
    writer.message(1, (outer) => outer.message(2, (inner) => inner.bytes(3, Buffer.alloc(size, 7))));
    writer.uint32(4, 0xffff_ffff);
    const bytes = Buffer.from(writer.finish());
    expect(bytes.subarray(-6)).toEqual(Buffer.from([0x20, 0xff, 0xff, 0xff, 0xff, 0x0f]));
    expect(bytes.filter((byte) => byte === 7).length).toBeGreaterThanOrEqual(size);
  });
});
