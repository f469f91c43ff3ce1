import { STREAM_ATTRIBUTES, STREAM_METADATA_NAMESPACE } from '@sluice/envoy-config/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ServerError } from '../src/errors.ts';
import { BODY_SEND_MODES } from '../src/wire/processing-mode.ts';
import {
  decodeProcessingRequest,
  PROCESSING_KINDS,
  type ProcessingKind,
  type ProcessingRequest,
} from '../src/wire/processing-request.ts';
import { encode, ProcessingRequestType } from './support/protos.ts';

const LINES_MAX = 1_000;
const decode = (bytes: Uint8Array): ProcessingRequest => decodeProcessingRequest(bytes, LINES_MAX);
const encodeRequest = (value: object): Buffer => encode(ProcessingRequestType, value);

const EMPTY: Omit<ProcessingRequest, 'kind'> = {
  headers: [],
  headersCut: false,
  body: new Uint8Array(0),
  endOfStream: false,
  attributes: new Map(),
  protocolConfig: null,
  observabilityMode: false,
};

const text = fc
  .oneof(fc.string({ maxLength: 20 }), fc.string({ unit: 'grapheme', maxLength: 20 }))
  .filter((value) => value.isWellFormed() && value !== '__proto__');
const bytes = fc.uint8Array({ maxLength: 300 });
const lines = fc.array(
  fc.oneof(fc.record({ key: text, rawValue: bytes }), fc.record({ key: text, value: text })),
  { maxLength: 8 },
);
const headers = fc.record({ headers: fc.record({ headers: lines }), endOfStream: fc.boolean() });
const body = fc.record({ body: bytes, endOfStream: fc.boolean() });
const trailers = fc.record({ trailers: fc.record({ headers: lines }) });
const part = fc.oneof(
  fc.tuple(fc.constantFrom('requestHeaders', 'responseHeaders'), headers),
  fc.tuple(fc.constantFrom('requestBody', 'responseBody'), body),
  fc.tuple(fc.constantFrom('requestTrailers', 'responseTrailers'), trailers),
);
const value = fc.oneof(
  fc.record({ stringValue: text }),
  fc.record({ numberValue: fc.double() }),
  fc.record({ boolValue: fc.boolean() }),
  fc.record({ structValue: fc.constant({ fields: { a: { stringValue: 'b' } } }) }),
  fc.record({ listValue: fc.constant({ values: [{ numberValue: 1 }] }) }),
);
const struct = fc.record({
  fields: fc.dictionary(fc.oneof(fc.constantFrom(...STREAM_ATTRIBUTES), text), value),
});
const message = fc.record({
  part,
  attributes: fc.dictionary(fc.oneof(fc.constant(STREAM_METADATA_NAMESPACE), text), struct, { maxKeys: 3 }),
  observabilityMode: fc.boolean(),
  protocolConfig: fc.option(
    fc.record({
      requestBodyMode: fc.nat(5),
      responseBodyMode: fc.nat(5),
      sendBodyWithoutWaitingForHeaderResponse: fc.boolean(),
    }),
    { nil: undefined },
  ),
});

type Message = typeof message extends fc.Arbitrary<infer T> ? T : never;

const encodeMessage = ({ part: [kind, content], protocolConfig, ...rest }: Message): Buffer =>
  encodeRequest({ ...rest, [kind]: content, ...(protocolConfig === undefined ? {} : { protocolConfig }) });

const latin1 = (given: string): string => Buffer.from(given, 'utf8').toString('latin1');

function expectedLines({ part: [, content] }: Message): (readonly [string, string])[] {
  if ('body' in content) return [];
  const given = 'trailers' in content ? content.trailers.headers : content.headers.headers;
  return given.map((line) => [
    latin1(line.key),
    'rawValue' in line ? Buffer.from(line.rawValue).toString('latin1') : latin1(line.value),
  ]);
}

function expectedAttributes({ attributes }: Message): [string, unknown][] {
  const fields = Object.entries(attributes[STREAM_METADATA_NAMESPACE]?.fields ?? {});
  return fields.flatMap(([name, given]): [string, unknown][] => {
    if (!(STREAM_ATTRIBUTES as readonly string[]).includes(name)) return [];
    if ('stringValue' in given) return [[name, given.stringValue]];
    return 'numberValue' in given ? [[name, given.numberValue]] : [];
  });
}

const GET = encodeRequest({
  requestHeaders: {
    headers: { headers: [{ key: ':method', rawValue: Buffer.from('GET') }] },
    endOfStream: true,
  },
});

const field = (tag: number, content: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([tag, content.length]), content]);

/** A GET with the attribute request.id, whose Value has these bytes, and its entry these behind it. */
function withAttribute(valueBytes: readonly number[], behind: readonly number[] = []): Buffer {
  const name = field(0x0a, Buffer.from('request.id'));
  const member = field(
    0x0a,
    Buffer.concat([name, field(0x12, Buffer.from(valueBytes)), Buffer.from(behind)]),
  );
  const key = field(0x0a, Buffer.from(STREAM_METADATA_NAMESPACE));
  return Buffer.concat([field(0x4a, Buffer.concat([key, field(0x12, member)])), GET]);
}

describe('decodeProcessingRequest', () => {
  it('reads what protobufjs wrote', () => {
    fc.assert(
      fc.property(message, (given) => {
        const decoded = decode(encodeMessage(given));
        const [kind, content] = given.part;
        expect(decoded.kind).toBe(kind);
        expect(decoded.headers).toEqual(expectedLines(given));
        expect(decoded.headersCut).toBe(false);
        expect(Buffer.from(decoded.body)).toEqual(Buffer.from('body' in content ? content.body : []));
        expect(decoded.endOfStream).toBe('endOfStream' in content ? content.endOfStream : true);
        expect([...decoded.attributes].sort()).toEqual(expectedAttributes(given).sort());
        expect(decoded.observabilityMode).toBe(given.observabilityMode);
        const config = given.protocolConfig;
        expect(decoded.protocolConfig).toEqual(
          config === undefined
            ? null
            : {
                requestBodyMode: BODY_SEND_MODES[config.requestBodyMode],
                responseBodyMode: BODY_SEND_MODES[config.responseBodyMode],
                sendBodyWithoutWaitingForHeaderResponse: config.sendBodyWithoutWaitingForHeaderResponse,
              },
        );
      }),
      { numRuns: 400 },
    );
  });

  it('gives a body as a view, not a copy', () => {
    const given = encodeRequest({ requestBody: { body: Buffer.from('hello') } });
    expect(decode(given).body.buffer).toBe(given.buffer);
  });

  it('says nothing of what a message does not carry', () => {
    expect(decode(encodeRequest({ responseBody: {} }))).toEqual({ ...EMPTY, kind: 'responseBody' });
    expect(decode(encodeRequest({ requestTrailers: {} }))).toEqual({
      ...EMPTY,
      kind: 'requestTrailers',
      endOfStream: true,
    });
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['attributes alone', encodeRequest({ attributes: { a: { fields: {} } } })],
    ['the number that Envoy keeps', Buffer.from([0x0a, 0x00])],
    ['the window update of later versions', Buffer.from([0x6a, 0x02, 0x08, 0x01])],
    ['headers of the wrong type', Buffer.from([0x10, 0x01])],
  ])('refuses %s: it is no part of an exchange', (_, given) => {
    expect(() => decode(given)).toThrow(expect.objectContaining({ code: 'WIRE_MALFORMED' }));
  });

  it('lets the last member of the oneof win, and merges what is the same', () => {
    const first = encodeRequest({
      requestHeaders: { headers: { headers: [{ key: 'a', value: '1' }] }, endOfStream: true },
    });
    const second = encodeRequest({
      requestHeaders: { headers: { headers: [{ key: 'b', value: '2' }] } },
    });
    expect(decode(Buffer.concat([first, second]))).toEqual({
      ...EMPTY,
      kind: 'requestHeaders',
      headers: [
        ['a', '1'],
        ['b', '2'],
      ],
      endOfStream: true,
    });
    const other = encodeRequest({ responseHeaders: {} });
    expect(decode(Buffer.concat([first, other]))).toEqual({ ...EMPTY, kind: 'responseHeaders' });
    const chunk = encodeRequest({ requestBody: { body: Buffer.from('x'), endOfStream: true } });
    expect(decode(Buffer.concat([chunk, other]))).toEqual({ ...EMPTY, kind: 'responseHeaders' });
    expect(decode(Buffer.concat([encodeRequest({ requestTrailers: {} }), other])).endOfStream).toBe(false);
  });

  it('keeps no more lines than the limit, and says so', () => {
    const many = Array.from({ length: 12 }, (_, index) => ({ key: `h${index}`, value: 'v' }));
    for (const given of [
      { requestHeaders: { headers: { headers: many } } },
      { requestTrailers: { trailers: { headers: many } } },
    ]) {
      expect(decodeProcessingRequest(encodeRequest(given), 12).headersCut).toBe(false);
      const cut = decodeProcessingRequest(encodeRequest(given), 11);
      expect(cut.headersCut).toBe(true);
      expect(cut.headers).toHaveLength(11);
    }
  });

  it('takes attributes of its own filter only, whatever comes first in an entry', () => {
    const fields = (route: string) => ({ fields: { 'xds.route_name': { stringValue: route } } });
    const given = encodeRequest({
      attributes: {
        [STREAM_METADATA_NAMESPACE]: fields('mine'),
        'envoy.filters.http.other': fields('other'),
      },
    });
    expect([...decode(Buffer.concat([given, GET])).attributes]).toEqual([['xds.route_name', 'mine']]);
    const name = Buffer.from(STREAM_METADATA_NAMESPACE);
    const key = Buffer.concat([Buffer.from([0x0a, name.length]), name]);
    const member = Buffer.concat([
      Buffer.from([0x12, 0x04, 0x1a, 0x02]),
      Buffer.from('ab'),
      Buffer.from([0x0a, 14]),
      Buffer.from('xds.route_name'),
    ]);
    const map = Buffer.concat([Buffer.from([0x0a, member.length]), member]);
    const reversed = Buffer.concat([Buffer.from([0x12, map.length]), map, key]);
    const entry = Buffer.concat([Buffer.from([0x4a, reversed.length]), reversed]);
    expect([...decode(Buffer.concat([GET, entry])).attributes]).toEqual([['xds.route_name', 'ab']]);
  });

  it.each([
    ['a string in the place of a number', [0x11, ...Array(8).fill(0), 0x1a, 1, 0x61], 'a'],
    ['a bool in the place of a string', [0x1a, 1, 0x61, 0x20, 1], undefined],
    ['a list in the place of a string', [0x1a, 1, 0x61, 0x32, 0], undefined],
  ])('takes of a value %s', (_, given, expected) => {
    expect(decode(withAttribute(given)).attributes.get('request.id')).toBe(expected);
  });

  it('refuses a number that goes on behind the end of its value', () => {
    // The bytes that it lacks are those of an unknown field.
    expect(() => decode(withAttribute([0x11, 0, 0, 0], [0x1a, 3, 0, 0, 0]))).toThrow(
      expect.objectContaining({ code: 'WIRE_MALFORMED' }),
    );
  });

  it('names a body mode that it does not know, and takes it for none that it does', () => {
    // 6; 4,294,967,295; and -1, as protobuf writes it.
    for (const mode of [[0x06], [0xff, 0xff, 0xff, 0xff, 0x0f], [...Array(9).fill(0xff), 0x01]]) {
      const given = Buffer.from([0x5a, mode.length + 1, 0x08, ...mode]);
      expect(decode(Buffer.concat([GET, given])).protocolConfig).toEqual({
        requestBodyMode: 'UNKNOWN',
        responseBodyMode: 'NONE',
        sendBodyWithoutWaitingForHeaderResponse: false,
      });
    }
  });

  it('reads a bool as true where any of its 64 bits is set', () => {
    for (const flag of [[0x01], [0x80, 0x01], [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]]) {
      const given = Buffer.from([0x22, flag.length + 1, 0x10, ...flag]);
      expect(decode(given).endOfStream).toBe(true);
    }
    expect(decode(Buffer.from([0x22, 0x03, 0x10, 0x80, 0x00])).endOfStream).toBe(false);
  });

  it('decodes or refuses every truncation, mutation and random input', () => {
    const survives = (input: Uint8Array): void => {
      try {
        const { kind } = decode(input);
        expect(PROCESSING_KINDS as readonly ProcessingKind[]).toContain(kind);
      } catch (error) {
        expect(error).toBeInstanceOf(ServerError);
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), survives), { numRuns: 2_000 });
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(message, edits, fc.nat(), (given, changes, length) => {
        const encoded = encodeMessage(given);
        survives(encoded.subarray(0, length % (encoded.length + 1)));
        for (const [at, byte] of changes) if (encoded.length > 0) encoded[at % encoded.length] = byte;
        survives(encoded);
      }),
      { numRuns: 500 },
    );
  });
});
