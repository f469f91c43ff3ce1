import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServerError } from '../src/errors.ts';
import { type CheckRequest, decodeCheckRequest } from '../src/wire/check-request.ts';
import { CheckRequestType, checkMessage, encode } from './support/protos.ts';

const LINES_MAX = 1_000;
const decode = (bytes: Uint8Array): CheckRequest => decodeCheckRequest(bytes, LINES_MAX);

const latin1 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
const text = fc.oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'binary', maxLength: 20 }));
const bytes = fc.uint8Array({ maxLength: 300 });
const peer = fc.option(
  fc.oneof(
    fc.record({
      address: fc.record({ socketAddress: fc.record({ address: text, portValue: fc.nat(65_535) }) }),
    }),
    fc.record({ address: fc.record({ pipe: fc.record({ path: text }) }) }),
    fc.constant({}),
  ),
  { nil: undefined },
);
const map = fc.dictionary(
  text.filter((key) => key !== '__proto__'),
  text,
  { maxKeys: 8 },
);
const http = fc.record({
  id: text,
  method: text,
  path: text,
  host: text,
  scheme: text,
  protocol: text,
  headers: map,
  body: text,
  rawBody: bytes,
  headerMap: fc.record({
    headers: fc.array(
      fc.oneof(fc.record({ key: text, rawValue: bytes }), fc.record({ key: text, value: text })),
      { maxLength: 8 },
    ),
  }),
});
const message = fc.record({
  source: peer,
  destination: peer,
  http: fc.option(http, { nil: undefined }),
  contextExtensions: map,
});

type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

const encodeMessage = (value: Message): Buffer =>
  encode(CheckRequestType, {
    attributes: {
      ...(value.source === undefined ? {} : { source: value.source }),
      ...(value.destination === undefined ? {} : { destination: value.destination }),
      ...(value.http === undefined ? {} : { request: { http: value.http } }),
      contextExtensions: value.contextExtensions,
    },
  });

function expectedPeer(value: Message['source']): { address: string; port: number } {
  if (value === undefined || !('address' in value) || !('socketAddress' in value.address)) {
    return { address: '', port: 0 };
  }
  const { address, portValue } = value.address.socketAddress;
  return { address: latin1(address), port: portValue };
}

const entries = (value: Record<string, string>, convert: (text: string) => string) =>
  Object.entries(value)
    .map(([key, item]) => [convert(key), convert(item)])
    .sort();

describe('decodeCheckRequest', () => {
  it('reads what protobufjs wrote', () => {
    fc.assert(
      fc.property(message, (value) => {
        // A lone surrogate is not UTF-8: what an encoder makes of it is its own affair.
        fc.pre(JSON.stringify(value).isWellFormed() && !/\\ud[89a-f]/i.test(JSON.stringify(value)));
        const decoded = decode(encodeMessage(value));
        expect(decoded.source).toEqual(expectedPeer(value.source));
        expect(decoded.destination).toEqual(expectedPeer(value.destination));
        expect([...decoded.contextExtensions].sort()).toEqual(
          entries(value.contextExtensions, (item) => item),
        );
        if (value.http === undefined) {
          expect(decoded.http).toBeNull();
          return;
        }
        const { http: sent } = value;
        const got = decoded.http;
        expect(got).toMatchObject({
          id: latin1(sent.id),
          method: latin1(sent.method),
          path: latin1(sent.path),
          host: latin1(sent.host),
          scheme: latin1(sent.scheme),
          protocol: latin1(sent.protocol),
          headersCut: false,
        });
        expect([...(got?.headers ?? [])].sort()).toEqual(entries(sent.headers, latin1));
        expect(got?.headerLines).toEqual(
          sent.headerMap.headers.map((line) => [
            latin1(line.key),
            'rawValue' in line ? Buffer.from(line.rawValue).toString('latin1') : latin1(line.value),
          ]),
        );
        expect(Buffer.from(got?.rawBody ?? [])).toEqual(Buffer.from(sent.rawBody));
        expect(Buffer.from(got?.body ?? []).toString('utf8')).toBe(sent.body);
      }),
      { numRuns: 300 },
    );
  });

  it('gives bodies as views, not copies', () => {
    const bytesOf = checkMessage({ body: Buffer.from('hello') });
    expect(decode(bytesOf).http?.rawBody.buffer).toBe(bytesOf.buffer);
  });

  it('decodes or refuses every truncation', () => {
    const whole = checkMessage({
      lines: [
        [':authority', 'a'],
        ['x', 'y'],
      ],
      headers: { a: 'b' },
      body: Buffer.from('body'),
      extensions: { 'sluice.policy': 'p' },
    });
    let refused = 0;
    for (let length = 0; length < whole.length; length++) {
      try {
        decode(whole.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(ServerError);
        refused++;
      }
    }
    // The outermost message has a length: no proper prefix is whole but the empty one.
    expect(refused).toBe(whole.length - 1);
  });

  it('decodes or refuses every mutation and every random input', () => {
    const survives = (input: Uint8Array): void => {
      try {
        decode(input);
      } catch (error) {
        expect(error).toBeInstanceOf(ServerError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives), { numRuns: 2_000 });
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(message, edits, (value, changes) => {
        const encoded = encodeMessage(value);
        for (const [at, byte] of changes) if (encoded.length > 0) encoded[at % encoded.length] = byte;
        survives(encoded);
      }),
      { numRuns: 500 },
    );
  });

  it('says at which byte a message goes wrong', () => {
    const bad = Buffer.concat([checkMessage({}), Buffer.from([0x0a, 0x7f])]);
    const offset = bad.length;
    expect(() => decode(bad)).toThrow(
      expect.objectContaining({ code: 'WIRE_MALFORMED', details: expect.objectContaining({ offset }) }),
    );
  });

  it.each([
    ['a group', [0x0b, 0x0c]],
    ['an end of a group', [0x0c]],
    ['wire type 6', [0x0e]],
    ['wire type 7', [0x0f]],
    ['field number 0', [0x02, 0x00]],
    ['a tag over 32 bits that would alias field 1', [0x8a, 0x80, 0x80, 0x80, 0x10, 0x00]],
    ['a tag of six bytes', [0x8a, 0x80, 0x80, 0x80, 0x80, 0x00, 0x00]],
    ['a number of eleven bytes', [0x18, ...Array(10).fill(0x80), 0x01]],
    ['a length beyond the end', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['a fixed64 that is cut off', [0x19, 1, 2, 3]],
    ['a fixed32 that is cut off', [0x1d, 1, 2, 3]],
    ['a nested field longer than its message', [0x0a, 0x02, 0x0a, 0x05, 0x10, 0x01, 0x12, 0x01, 0x00]],
  ])('refuses %s', (_, input) => {
    expect(() => decode(Uint8Array.from(input))).toThrow(expect.objectContaining({ code: 'WIRE_MALFORMED' }));
  });

  it('steps over unknown fields of every type, and known numbers of another type', () => {
    const unknown = [
      [0x10, 0x96, 0x01],
      [0x19, 1, 2, 3, 4, 5, 6, 7, 8],
      [0x22, 3, 1, 2, 3],
      [0x2d, 1, 2, 3, 4],
      [0x08, 0x01],
    ].flat();
    const decoded = decode(Buffer.concat([Buffer.from(unknown), checkMessage({}), Buffer.from(unknown)]));
    expect(decoded.http?.path).toBe('/a?b=c');
  });

  it('lets the last of a repeated field win, and merges messages', () => {
    const first = checkMessage({ method: 'GET', path: '/first', headers: { a: '1', b: '1' } });
    const second = checkMessage({ method: 'POST', path: '/second', headers: { a: '2' } });
    const { http: merged } = decode(Buffer.concat([first, second]));
    expect(merged).toMatchObject({ method: 'POST', path: '/second' });
    expect([...(merged?.headers ?? [])]).toEqual([
      ['a', '2'],
      ['b', '1'],
    ]);
  });

  it('forgets a socket address when the peer is a pipe after all', () => {
    const pipe = encode(CheckRequestType, { attributes: { source: { address: { pipe: { path: '/x' } } } } });
    expect(decode(Buffer.concat([checkMessage({}), pipe])).source).toEqual({ address: '', port: 0 });
  });

  it('reads lines alike, however many bytes they are together', () => {
    for (const count of [1, 100, 160, 165, 170, 175, 180, 185, 190, 300]) {
      const headers = Array.from({ length: count }, (_, index) => ({
        key: `x-${String(index).padStart(4, '0')}`,
        rawValue: Buffer.from([0xff, 0x80, 0x00, ...Buffer.from(`value ${index}`)]),
      }));
      const { http } = decode(
        encode(CheckRequestType, {
          attributes: { request: { http: { path: '/a', headerMap: { headers } } } },
        }),
      );
      expect(http?.headerLines).toEqual(
        headers.map(({ key, rawValue }) => [key, Buffer.from(rawValue).toString('latin1')]),
      );
      expect(http?.path).toBe('/a');
    }
  });

  it('keeps no more header lines than the limit, and says so', () => {
    const lines = Array.from({ length: 12 }, (_, index) => [`h${index}`, 'v'] as const);
    expect(decodeCheckRequest(checkMessage({ lines }), 12).http?.headersCut).toBe(false);
    const cut = decodeCheckRequest(checkMessage({ lines }), 11).http;
    expect(cut?.headersCut).toBe(true);
    expect(cut?.headerLines).toHaveLength(11);
    const fromMap = decodeCheckRequest(checkMessage({ headers: Object.fromEntries(lines) }), 11).http;
    expect(fromMap?.headersCut).toBe(true);
    expect(fromMap?.headers.size).toBe(11);
  });

  it('refuses context extensions without end', () => {
    const extensions = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`k${index}`, 'v']));
    expect(() => decode(checkMessage({ extensions }))).toThrow(
      expect.objectContaining({ code: 'WIRE_LIMIT' }),
    );
  });
});
