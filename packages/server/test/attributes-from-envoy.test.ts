import { describe, expect, it } from 'vitest';
import { type EnvoyRequest, fromEnvoy } from '../src/attributes-from-envoy.ts';
import { decodeCheckRequest } from '../src/wire/check-request.ts';
import { type CheckOptions, CheckRequestType, checkMessage, encode } from './support/protos.ts';

const read = (options: CheckOptions, bodyBytesMax = 0): EnvoyRequest =>
  fromEnvoy(decodeCheckRequest(checkMessage(options), 1_000), bodyBytesMax);

const PSEUDO = [
  [':method', 'POST'],
  [':path', '/x'],
  [':scheme', 'https'],
  [':authority', 'shop.example'],
] as const;

describe('fromEnvoy', () => {
  it('takes the request line and both ends from the attributes', () => {
    const { attributes } = read({ method: 'POST', path: '/a%2e?x=%ff', protocol: 'HTTP/2' });
    expect(attributes).toMatchObject({
      method: 'POST',
      uri: '/a%2e?x=%ff',
      protocol: 'HTTP/2',
      client: { address: '203.0.113.7', port: 51_000 },
      server: { address: '10.0.0.2', port: 8_080 },
    });
  });

  it('keeps header lines in order, with duplicates and every byte', () => {
    const lines = [
      ['b', 'one'],
      ['a', '\x00\xff\r'],
      ['b', 'two'],
      ['b', ''],
    ] as const;
    expect(read({ lines: [...PSEUDO, ...lines] }).attributes.headers).toEqual([
      ['host', 'shop.example'],
      ...lines,
    ]);
  });

  it('reads the map form where there are no lines, and ignores it where there are', () => {
    const headers = { ':authority': 'shop.example', 'x-a': '1' };
    expect(read({ headers }).attributes.headers).toEqual([
      ['host', 'shop.example'],
      ['x-a', '1'],
    ]);
    expect(read({ headers, lines: [['x-b', '2']] }).attributes.headers).toEqual([
      ['host', 'shop.example'],
      ['x-b', '2'],
    ]);
  });

  it('keeps a map entry named like a property of every object', () => {
    expect(read({ headers: { constructor: 'x' } }).attributes.headers).toContainEqual(['constructor', 'x']);
  });

  it.each([
    ['of the authority', [[':authority', 'a.example']], ['a.example']],
    ['as sent, where there is no authority', [['host', 'b.example']], ['b.example']],
    [
      'once, where both are the same',
      [
        [':authority', 'a.example'],
        ['host', 'a.example'],
      ],
      ['a.example'],
    ],
    [
      'of both, where they differ: a workload may read either',
      [
        [':authority', 'a.example'],
        ['host', 'b.example'],
      ],
      ['a.example', 'b.example'],
    ],
    ['of the request, where headers have none', [['x', 'y']], ['shop.example']],
  ] as const)('gives the Host %s', (_, lines, hosts) => {
    const given = read({ lines }).attributes.headers.filter(([name]) => name === 'host');
    expect(given.map(([, value]) => value)).toEqual(hosts);
  });

  it("takes Envoy's request id over where it is a token", () => {
    expect(read({ lines: [['x-request-id', 'ab-12.x_y:z']] }).attributes.id).toBe('ab-12.x_y:z');
  });

  it.each([
    ['absent', []],
    ['empty', [['x-request-id', '']]],
    [
      'given twice',
      [
        ['x-request-id', 'a'],
        ['x-request-id', 'b'],
      ],
    ],
    ['markup', [['x-request-id', '<script>']]],
    ['of two lines', [['x-request-id', 'a\nb']]],
    ['too long', [['x-request-id', 'a'.repeat(129)]]],
  ] as const)('makes a request id of its own where it is %s', (_, lines) => {
    expect(read({ lines }).attributes.id).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    );
  });

  it('names the policy of the route, if it names one', () => {
    expect(read({}).policy).toBeNull();
    expect(read({ extensions: { 'sluice.policy': 'shop/checkout' } }).policy).toBe('shop/checkout');
  });

  it('lets no header choose the policy', () => {
    expect(
      read({ lines: [['sluice.policy', 'off']], headers: { 'sluice.policy': 'off' } }).policy,
    ).toBeNull();
  });

  it('prefers the packed body and takes the other where it is alone', () => {
    const packed = Buffer.from([0, 255, 1]);
    expect(Buffer.from(read({ body: packed }).body)).toEqual(packed);
    expect(Buffer.from(read({ textBody: 'text' }).body).toString()).toBe('text');
    expect(Buffer.from(read({ body: packed, textBody: 'text' }).body)).toEqual(packed);
  });

  it.each([undefined, Buffer.alloc(0)])('refuses a message without an HTTP request', (prefix) => {
    const empty = prefix ?? encode(CheckRequestType, { attributes: { request: {} } });
    expect(() => fromEnvoy(decodeCheckRequest(empty, 10), 0)).toThrow(
      expect.objectContaining({ code: 'CHECK_INCOMPLETE' }),
    );
  });

  it('refuses a request without a method', () => {
    expect(() => read({ method: '' })).toThrow(expect.objectContaining({ code: 'CHECK_INCOMPLETE' }));
  });
});

describe('what Envoy in a pod writes for itself on the way', () => {
  const own = ['x-sluice-forwarded-proto', 'x-sluice-destination', 'x-sluice-cluster'];
  const lines = [['x-forwarded-proto', 'http'] as const, ...own.map((name) => [name, 'https'] as const)];
  const names = (extensions: Readonly<Record<string, string>>): readonly string[] =>
    read({ lines, extensions }).attributes.headers.map(([name]) => name);

  it('is no part of the request', () => {
    expect(names({ 'sluice.request_id': 'own' })).toEqual(['host', 'x-forwarded-proto']);
  });
  it("is the client's anywhere else, where the workload gets it, and inspected", () => {
    expect(names({})).toEqual(expect.arrayContaining(own));
  });
});

describe('the request id', () => {
  const lines = [['x-request-id', 'a-1']] as const;
  it('is the one that Envoy made', () => {
    expect(read({ lines }).attributes.id).toBe('a-1');
  });
  it("is our own where Envoy makes none: a client's could be the same each time", () => {
    const own = () => read({ lines, extensions: { 'sluice.request_id': 'own' } }).attributes.id;
    expect(own()).toMatch(/^[0-9a-f-]{36}$/);
    expect(own()).not.toBe(own());
  });
});

describe('probe', () => {
  it('is what the client says, whatever it writes there, and changes nothing else', () => {
    const plain = read({ lines: [['x-request-id', 'a']] });
    const probe = read({
      lines: [
        ['x-request-id', 'a'],
        ['x-sluice-probe', ''],
      ],
    });
    expect(plain.probe).toBe(false);
    expect(probe.probe).toBe(true);
    const { headers, ...rest } = probe.attributes;
    expect(headers).toEqual([...plain.attributes.headers, ['x-sluice-probe', '']]);
    expect(rest).toEqual({ ...plain.attributes, headers: undefined, ...rest });
    expect({ ...probe, attributes: 0, probe: 0 }).toEqual({ ...plain, attributes: 0, probe: 0 });
  });
});

describe('bodyComplete', () => {
  const body = Buffer.from('0123456789');

  it('believes Envoy that a body is whole, and hides its mark', () => {
    const whole = read({ lines: [['x-envoy-auth-partial-body', 'false']], body });
    expect(whole.bodyComplete).toBe(true);
    expect(whole.attributes.headers.map(([name]) => name)).not.toContain('x-envoy-auth-partial-body');
  });

  it.each(['true', 'TRUE', '', 'no', 'false,false'])('takes the mark %j as partial', (mark) => {
    expect(read({ lines: [['x-envoy-auth-partial-body', mark]], body }).bodyComplete).toBe(false);
  });

  it('takes the mark as partial where any of several says so', () => {
    const lines = [
      ['x-envoy-auth-partial-body', 'true'],
      ['x-envoy-auth-partial-body', 'false'],
    ] as const;
    expect(read({ lines, body }).bodyComplete).toBe(false);
    expect(read({ headers: { 'x-envoy-auth-partial-body': 'true' }, body }).bodyComplete).toBe(false);
  });

  it("takes a body of Envoy's limit as cut off, whatever the mark says", () => {
    const lines = [['x-envoy-auth-partial-body', 'false']] as const;
    expect(read({ lines, body }, 11).bodyComplete).toBe(true);
    expect(read({ lines, body }, 10).bodyComplete).toBe(false);
    expect(read({ lines, body }, 9).bodyComplete).toBe(false);
  });

  it('lets the limit of a route go before that of the configuration', () => {
    const extensions = { 'sluice.max_request_bytes': '10' };
    expect(read({ body, extensions }, 100).bodyComplete).toBe(false);
    expect(read({ body, extensions: { 'sluice.max_request_bytes': '100' } }, 5).bodyComplete).toBe(true);
  });

  it.each(['', '0', '-1', '1e3', ' 5', '99999999999999999999'])('refuses a limit of %j', (value) => {
    expect(() => read({ extensions: { 'sluice.max_request_bytes': value } })).toThrow(
      expect.objectContaining({ code: 'CONTEXT_INVALID' }),
    );
  });

  it('misses bytes that content-length announces: buffering may be off', () => {
    expect(read({ lines: [['content-length', '11']], body }).bodyComplete).toBe(false);
    expect(read({ lines: [['content-length', '10']], body }).bodyComplete).toBe(true);
    expect(read({ lines: [['content-length', '5']] }).bodyComplete).toBe(false);
    expect(read({ lines: [['content-length', '0']] }).bodyComplete).toBe(true);
  });

  it('misses the body of an upgrade, which Envoy does not buffer', () => {
    const upgrade = ['upgrade', 'websocket'] as const;
    expect(read({ lines: [upgrade] }).bodyComplete).toBe(true);
    expect(read({ lines: [upgrade, ['transfer-encoding', 'chunked']] }).bodyComplete).toBe(false);
    expect(read({ lines: [upgrade, ['content-length', '3']] }).bodyComplete).toBe(false);
  });
});
