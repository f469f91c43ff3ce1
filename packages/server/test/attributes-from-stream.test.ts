import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpoint, fromStream, requireMode, streamContext } from '../src/attributes-from-stream.ts';
import { kindOf } from '../src/ext-proc/kinds.ts';
import type { HeadersMessage } from '../src/ext-proc/messages.ts';
import type { ProtocolConfig } from '../src/wire/processing-request.ts';

const REQUEST = [
  [':method', 'POST'],
  [':path', '/a?b=c'],
  [':authority', 'shop.example'],
] as const;

const message = (more: readonly (readonly [string, string])[] = []): HeadersMessage => ({
  kind: 'requestHeaders',
  headers: [...REQUEST, ...more],
  headersCut: false,
  endOfStream: true,
});

const ATTRIBUTES = new Map([
  ['source.address', '203.0.113.7:51000'],
  ['destination.address', '[2001:db8::1]:8080'],
  ['request.protocol', 'HTTP/2'],
]);

describe('a request on a stream', () => {
  it('has its line from pseudo-headers, its ends from attributes', () => {
    const { attributes } = fromStream(message([['x-forwarded-for', '192.0.2.1']]), ATTRIBUTES, undefined);
    expect(attributes).toMatchObject({
      method: 'POST',
      uri: '/a?b=c',
      protocol: 'HTTP/2',
      headers: [
        ['host', 'shop.example'],
        ['x-forwarded-for', '192.0.2.1'],
      ],
      // What a client says of itself changes nothing.
      client: { address: '203.0.113.7', port: 51_000 },
      server: { address: '2001:db8::1', port: 8_080 },
    });
  });
  it.each<[string, readonly string[], string | undefined, boolean]>([
    ["Envoy's", ['abc-1'], undefined, true],
    ["a client's, where Envoy makes none", ['abc-1'], 'own', false],
    ['one of two', ['abc-1', 'abc-1'], undefined, false],
    ['one that is no token', ['a b'], undefined, false],
  ])('has %s request id or one of its own', (_, ids, source, isTaken) => {
    const lines = ids.map((id) => ['x-request-id', id] as const);
    const { attributes } = fromStream(message(lines), ATTRIBUTES, source);
    expect(attributes.id === 'abc-1').toBe(isTaken);
    expect(attributes.id).toMatch(/^[a-z0-9-]+$/);
  });
  it('has no method: refused', () => {
    const headers = REQUEST.slice(1);
    expect(() => fromStream({ ...message(), headers }, ATTRIBUTES, undefined)).toThrow('CHECK_INCOMPLETE');
  });
  it.each([undefined, '', '/run/a.sock', '203.0.113.7', 'a:1', '[::1'])('%j is no end', (text) => {
    expect(endpoint(text ?? null)).toEqual({ address: '', port: 0 });
  });
});

describe('the metadata of a stream', () => {
  const context = (given: Readonly<Record<string, string>>) => streamContext((name) => given[name]);
  it('says policy, profile and what Envoy can hold', () => {
    expect(
      context({ 'sluice-policy': 'shop', 'sluice-profile': 'window', 'sluice-held-bytes-max': '65536' }),
    ).toEqual({ policy: 'shop', profile: 'window', heldBytesMax: 65_536, requestIds: undefined, peer: '' });
    const peer = { 'sluice-profile': 'upgrade', 'sluice-peer': '[fd00::7]:4711' };
    expect(context(peer)).toMatchObject({ peer: 'fd00::7' });
    expect(context({ 'sluice-profile': 'upgrade' })).toMatchObject({ policy: null, heldBytesMax: 0 });
  });
  it.each<Readonly<Record<string, string>>>([
    {},
    { 'sluice-profile': 'none', 'sluice-held-bytes-max': '1' },
    { 'sluice-profile': 'streaming' },
    { 'sluice-profile': 'streaming', 'sluice-held-bytes-max': '0' },
    { 'sluice-profile': 'streaming', 'sluice-held-bytes-max': '1e3' },
    { 'sluice-profile': 'buffered', 'sluice-held-bytes-max': '-1' },
  ])('is refused: %j', (given) => {
    expect(() => context(given)).toThrow('STREAM_CONTEXT_INVALID');
  });
});

describe('the mode of a stream', () => {
  const held: ProtocolConfig = {
    requestBodyMode: 'STREAMED',
    responseBodyMode: 'NONE',
    sendBodyWithoutWaitingForHeaderResponse: true,
  };
  it.each([
    ['streaming', held],
    ['window', { ...held, responseBodyMode: 'STREAMED' }],
    ['buffered', { ...held, requestBodyMode: 'BUFFERED' }],
    ['upgrade', { ...held, requestBodyMode: 'NONE', sendBodyWithoutWaitingForHeaderResponse: false }],
  ] as const)('that %s is made for is taken', (profile, config) => {
    expect(() => requireMode(profile, 'Block', config)).not.toThrow();
  });
  it('that holds nothing is taken where nothing is held', () => {
    const config = { ...held, sendBodyWithoutWaitingForHeaderResponse: false };
    expect(() => requireMode('streaming', 'Detect', config)).not.toThrow();
  });
  it.each([
    ['streaming', null],
    ['streaming', { ...held, requestBodyMode: 'NONE' }],
    ['streaming', { ...held, requestBodyMode: 'BUFFERED_PARTIAL' }],
    ['streaming', { ...held, requestBodyMode: 'FULL_DUPLEX_STREAMED' }],
    ['streaming', { ...held, requestBodyMode: 'UNKNOWN' }],
    ['streaming', { ...held, sendBodyWithoutWaitingForHeaderResponse: false }],
    ['streaming', { ...held, responseBodyMode: 'BUFFERED' }],
    ['buffered', held],
    ['upgrade', held],
  ] as const)('that %s is not made for is refused: %j', (profile, config) => {
    expect(() => requireMode(profile, 'Block', config)).toThrow('STREAM_MODE');
  });
});

describe('the kind of a message', () => {
  it.each<[string, readonly (readonly [string, string])[], Partial<ReturnType<typeof kindOf>>]>([
    ['gRPC', [['content-type', 'application/grpc+proto']], { isGrpc: true }],
    ['nearly gRPC', [['content-type', 'application/grpcx']], { isGrpc: false }],
    ['gRPC-Web, which browsers send whole', [['content-type', 'application/grpc-web']], { isGrpc: false }],
    ['one length', [['content-length', '5']], { contentLength: 5, announcesBody: true }],
    [
      'a length twice',
      [
        ['content-length', '5'],
        ['content-length', '5'],
      ],
      { contentLength: 5 },
    ],
    [
      'two lengths',
      [
        ['content-length', '5'],
        ['content-length', '6'],
      ],
      { contentLength: null, announcesBody: true },
    ],
    ['a length that is none', [['content-length', '+5']], { contentLength: null }],
    ['CONNECT', [[':method', 'CONNECT']], { isTunnel: true }],
    ['extended CONNECT', [[':protocol', 'websocket']], { isTunnel: true }],
    [
      'an empty upgrade',
      [
        ['connection', 'upgrade'],
        ['upgrade', ' '],
      ],
      { isTunnel: false },
    ],
    [
      'a token that ends so',
      [
        ['connection', 'noupgrade'],
        ['upgrade', 'websocket'],
      ],
      { isTunnel: false },
    ],
    ['events', [['content-type', 'Text/Event-Stream;charset=utf-8']], { isEndless: true }],
  ])('%s', (_, lines, kind) => {
    expect(kindOf(lines)).toMatchObject(kind);
  });
  it('is told of any lines', () => {
    const line = fc.tuple(
      fc.constantFrom('upgrade', 'connection', 'content-length', 'content-type'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const { contentLength } = kindOf(lines);
        expect(contentLength === null || contentLength >= 0).toBe(true);
      }),
    );
  });
});
