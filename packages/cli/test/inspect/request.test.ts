import { fromBytes } from '@sluice/engine';
import { describe, expect, it } from 'vitest';
import { requestFromFlags } from '../../src/inspect/curl.ts';
import { requestsFromHar } from '../../src/inspect/har.ts';
import { requestFromRaw } from '../../src/inspect/raw.ts';
import type { RequestParts } from '../../src/inspect/request.ts';
import { readArguments } from './support.ts';

const FILES: Readonly<Record<string, string>> = { 'a.txt': 'one\r\ntwo\n', 'a.png': '\x89PNG' };

function request(...args: readonly string[]): RequestParts & { readonly text: string } {
  const { url, flags } = readArguments(args);
  const parts = requestFromFlags(url ?? '', flags, (path) => Buffer.from(FILES[path] ?? '', 'latin1'));
  return { ...parts, text: fromBytes(parts.body) };
}

const header = ({ headers }: RequestParts, name: string): string | undefined =>
  headers.find(([key]) => key === name)?.[1];

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('a request from flags in the style of curl', () => {
  it('is a GET with the headers of curl', () => {
    expect(request('http://shop:8080/a?b=c#d')).toMatchObject({
      method: 'GET',
      uri: '/a?b=c',
      protocol: 'HTTP/1.1',
      headers: [
        ['Host', 'shop:8080'],
        ['User-Agent', 'curl/8.5.0'],
        ['Accept', '*/*'],
      ],
    });
  });

  it.each([
    ['shop', 'shop', '/'],
    ['shop?a=http://b/', 'shop', '/?a=http://b/'],
    ['/only/path', 'localhost', '/only/path'],
    ['https://user:pass@shop/', 'shop', '/'],
    ['http://shop/a b?c=ü"<', 'shop', '/a%20b?c=%C3%BC%22%3C'],
    ['http://shop/a/../b/%2e%2e', 'shop', '/a/../b/%2e%2e'],
  ])('takes %s for %s and %s', (url, host, uri) => {
    const parts = request(url);
    expect([header(parts, 'Host'), parts.uri]).toEqual([host, uri]);
  });

  it('joins data in the order of the command line, whatever the kind', () => {
    const parts = request('a', '-d', 'x=1', '--data-urlencode', 'y=a b', '--data-raw', '@z', '-d', '@a.txt');
    expect(parts.text).toBe('x=1&y=a%20b&@z&onetwo');
    expect(parts.method).toBe('POST');
    expect(header(parts, 'Content-Type')).toBe('application/x-www-form-urlencoded');
    expect(header(parts, 'Content-Length')).toBe('21');
  });

  it('keeps a binary file as it is, and puts data into the query where it is told to', () => {
    expect(request('a', '--data-binary', '@a.txt').text).toBe('one\r\ntwo\n');
    const parts = request('a/?x=1', '-G', '-d', 'y=2', '-X', 'DELETE');
    expect([parts.method, parts.uri, parts.text]).toEqual(['DELETE', '/?x=1&y=2', '']);
  });

  it('replaces, removes and empties headers', () => {
    const parts = request(
      'a',
      '-H',
      'user-agent: me',
      '-H',
      'Accept:',
      '-H',
      'X-Empty;',
      '-b',
      's=1',
      '-u',
      'a:b',
    );
    expect(parts.headers).toEqual([
      ['Host', 'a'],
      ['Authorization', 'Basic YTpi'],
      ['Cookie', 's=1'],
      ['user-agent', 'me'],
      ['X-Empty', ''],
    ]);
  });

  it('makes multipart of fields and files', () => {
    const parts = request(
      'a',
      '-F',
      'note=hi',
      '-F',
      'f=@a.png;type=image/png;filename=b".png',
      '-F',
      't=<a.txt',
    );
    const boundary = /boundary=(.+)$/.exec(header(parts, 'Content-Type') ?? '')?.[1] ?? '';
    expect(parts.text.replaceAll(boundary, 'B')).toBe(
      [
        '--B\r\nContent-Disposition: form-data; name="note"\r\n\r\nhi',
        '--B\r\nContent-Disposition: form-data; name="f"; filename="b"\r\nContent-Type: image/png\r\n\r\n\x89PNG',
        '--B\r\nContent-Disposition: form-data; name="t"\r\n\r\none\r\ntwo\n',
        '--B--\r\n',
      ].join('\r\n'),
    );
  });

  it('takes what browsers copy', () => {
    const parts = request('https://shop/', '--compressed', '--insecure', '-L', '-s', '--data-raw', '{}');
    expect(parts.text).toBe('{}');
  });

  it.each([
    [['a', '-H', 'no colon']],
    [['a', '-H', 'X: a\r\nY: b']],
    [['a', '-b', 'cookies.txt']],
    [['a', '-F', 'x']],
    [['a', '-F', 'x=1', '-d', 'y=2']],
    [['http:///path']],
  ])('refuses %j', (args) => {
    expect(() => request(...args)).toThrow(expect.objectContaining({ code: 'INSPECT_BAD_OPTION' }));
  });
});

describe('a raw request', () => {
  it('is taken as it is', () => {
    const parts = requestFromRaw('r', bytes('PUT /x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi'));
    expect(parts).toMatchObject({ method: 'PUT', uri: '/x', notes: [] });
    expect(fromBytes(parts.body)).toBe('hi');
  });

  it('is mended where an editor saved it, and says so', () => {
    const parts = requestFromRaw('r', bytes('POST /x HTTP/1.1\nHost: a\n\n{"a":\n1}'));
    expect(fromBytes(parts.body)).toBe('{"a":\n1}');
    expect(parts.notes).toHaveLength(2);
  });

  it.each(['', 'GET\r\n\r\n', 'GET / HTTP/1.1\r\n\r\n', 'GET / HTTP/1.1\nHost: a\nContent-Length: 9\n\nx'])(
    'refuses %j as a server does',
    (text) => {
      expect(() => requestFromRaw('r', bytes(text))).toThrow(
        expect.objectContaining({ code: 'INSPECT_NOT_HTTP' }),
      );
    },
  );
});

describe('a HAR file', () => {
  const har = (...requests: readonly object[]): Buffer =>
    bytes(JSON.stringify({ log: { entries: requests.map((each) => ({ request: each })) } }));

  it('gives all its requests', () => {
    const found = requestsFromHar(
      'h',
      har(
        {
          method: 'GET',
          url: 'https://a/b?c=d',
          httpVersion: 'h2',
          headers: [
            { name: ':path', value: '/' },
            { name: 'x', value: '1' },
          ],
        },
        {
          method: 'POST',
          url: 'https://a/',
          headers: [],
          postData: { params: [{ name: 'a b', value: '&' }] },
        },
        { method: 'POST', url: 'https://a/', postData: { text: 'aGk=', encoding: 'base64' } },
      ),
    );
    expect(found).toMatchObject([
      {
        uri: '/b?c=d',
        protocol: 'HTTP/2',
        headers: [
          ['Host', 'a'],
          ['x', '1'],
        ],
      },
      {
        method: 'POST',
        headers: [
          ['Host', 'a'],
          ['Content-Length', '9'],
        ],
      },
      { method: 'POST' },
    ]);
    expect(found.map(({ body }) => fromBytes(body))).toEqual(['', 'a%20b=%26', 'hi']);
  });

  it.each(['{', '[]', '{"log":{}}', '{"log":{"entries":[{"request":{"method":"GET"}}]}}', 'null'])(
    'refuses %s',
    (text) => {
      expect(() => requestsFromHar('h', bytes(text))).toThrow(
        expect.objectContaining({ code: 'INSPECT_NOT_HAR' }),
      );
    },
  );
});
