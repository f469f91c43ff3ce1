import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../src/rules-test/http-parser.ts';
import { fromBytes, toBytes } from '../../src/rules-test/latin1.ts';

const HOST = 'Host: a\r\n\r\n';

function parsed(text: string) {
  const result = parseRequest(toBytes(text));
  if (result.kind === 'refused') throw new TypeError(result.refusal.reason);
  return { ...result.request, body: fromBytes(result.request.body) };
}

describe('parsing a request', () => {
  it.each([
    ['a blank before the method', `  GET / HTTP/1.1\r\n${HOST}`, 400],
    ['a tab before the method', `\tGET / HTTP/1.1\r\n${HOST}`, 400],
    ['a method that is no token', `G(T / HTTP/1.1\r\n${HOST}`, 400],
    ['two blanks in the request line', `GET  / HTTP/1.1\r\n${HOST}`, 400],
    ['a fourth word', `GET /a b HTTP/1.1\r\n${HOST}`, 400],
    ['a blank after the version', `GET / HTTP/1.1 \r\n${HOST}`, 400],
    ['a request line without a target', 'GET\r\n\r\n', 400],
    ['a control character in the target', `GET /\x01 HTTP/1.1\r\n${HOST}`, 400],
    ['a bare CR in the target', `GET /\ra HTTP/1.1\r\n${HOST}`, 400],
    ['a bare LF after the request line', 'GET / HTTP/1.1\nHost: a\r\n\r\n', 400],
    ['a fragment', `GET /#a HTTP/1.1\r\n${HOST}`, 400],
    ['a target without a slash', `GET a HTTP/1.1\r\n${HOST}`, 400],
    ['a backslash for a slash', `GET \\a HTTP/1.1\r\n${HOST}`, 400],
    ['an asterisk for GET', `GET * HTTP/1.1\r\n${HOST}`, 400],
    ['CONNECT without a port', `CONNECT a.b HTTP/1.1\r\n${HOST}`, 400],
    ['CONNECT to a path', `CONNECT / HTTP/1.1\r\n${HOST}`, 400],
    ['HTTP/0.9 by name', `GET / HTTP/0.9\r\n${HOST}`, 400],
    ['another protocol', `GET / JUNK/1.0\r\n${HOST}`, 400],
    ['a version without HTTP', `GET / 1.1\r\n${HOST}`, 400],
    ['a version in lower case', `GET / http/1.1\r\n${HOST}`, 400],
    ['a version of two digits', `GET / HTTP/1.10\r\n${HOST}`, 400],
    ['POST in HTTP/0.9', 'POST /\r\n', 400],
    ['a missing Host', 'GET / HTTP/1.1\r\nA: b\r\n\r\n', 400],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:  \r\n\r\n', 400],
    ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n', 400],
    ['two Hosts in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\nhost: a\r\n\r\n', 400],
    ['a Host that is no name', 'GET / HTTP/1.1\r\nHost: a%00\r\n\r\n', 400],
    ['a Host with a path', 'GET / HTTP/1.0\r\nHost: a/b\r\n\r\n', 400],
    ['a field without a colon', 'GET / HTTP/1.1\r\nHost: a\r\nabc\r\n\r\n', 400],
    ['a blank before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 400],
    ['an empty name', 'GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n', 400],
    ['a folded field', 'GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c\r\n\r\n', 400],
    ['a NUL in a value', 'GET / HTTP/1.1\r\nHost: a\r\nA: \0\r\n\r\n', 400],
    ['a bare CR in a value', 'GET / HTTP/1.1\r\nHost: a\r\nA: b\rC: d\r\n\r\n', 400],
    ['a bare LF in a value', 'GET / HTTP/1.1\r\nHost: a\r\nA: b\nC: d\r\n\r\n', 400],
    ['a Content-Length of letters', 'POST / HTTP/1.1\r\nContent-Length: x\r\nHost: a\r\n\r\n', 400],
    ['a signed Content-Length', 'POST / HTTP/1.1\r\nContent-Length: +1\r\nHost: a\r\n\r\nx', 400],
    ['an empty Content-Length', 'POST / HTTP/1.1\r\nContent-Length:\r\nHost: a\r\n\r\n', 400],
    ['a list of lengths', 'POST / HTTP/1.1\r\nContent-Length: 1, 1\r\nHost: a\r\n\r\nx', 400],
    ['two lengths', 'POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\nHost: a\r\n\r\nx', 400],
    [
      'length and coding',
      'POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nHost: a\r\n\r\n0\r\n\r\n',
      400,
    ],
    ['a coding in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['an unknown coding', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n', 501],
    [
      'a bad chunk size',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n',
      400,
    ],
    [
      'a bad chunk end',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n',
      400,
    ],
    [
      'a bad trailer',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\na b: c\r\n\r\n',
      400,
    ],
    [
      'chunks without an end',
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n',
      408,
    ],
    ['a short chunk', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\na\r\n', 408],
    ['a short body', 'POST / HTTP/1.1\r\nContent-Length: 2\r\nHost: a\r\n\r\nx', 408],
    ['headers without an end', 'GET / HTTP/1.1\r\nHost: a\r\n', 408],
    ['nothing', '', 408],
  ])('refuses %s', (_, text, status) => {
    const result = parseRequest(toBytes(text));
    expect(result.kind === 'refused' ? result.refusal.status : 'taken').toBe(status);
  });

  it.each([
    ['an unknown method', `FOO / HTTP/1.1\r\n${HOST}`],
    ['a method with a bar', `|GET / HTTP/1.1\r\n${HOST}`],
    ['raw bytes in the target', `GET /\xff<>"{}|\\^\` HTTP/1.1\r\n${HOST}`],
    ['a bad percent sign', `GET /%zz%00 HTTP/1.1\r\n${HOST}`],
    ['the absolute form', `GET http://localhost HTTP/1.1\r\n${HOST}`],
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${HOST}`],
    ['CONNECT to a host and port', `CONNECT [::1]:80 HTTP/1.1\r\n${HOST}`],
    ['HTTP/1.0 without Host', 'GET / HTTP/1.0\r\n\r\n'],
    ['HTTP/1.0 with an empty Host', 'GET / HTTP/1.0\r\nHost:\r\n\r\n'],
    ['HTTP/4.0', `GET / HTTP/4.0\r\n${HOST}`],
    ['HTTP/2', `GET / HTTP/2\r\n${HOST}`],
    ['an underscore in a name', 'GET / HTTP/1.1\r\nHost: a\r\nX_A: b\r\n\r\n'],
    ['an address for a Host', 'GET / HTTP/1.1\r\nHost: [fe80::1]:80\r\n\r\n'],
    ['an empty line first', `\r\nGET / HTTP/1.1\r\n${HOST}`],
  ])('lets %s through', (_, text) => {
    expect(parseRequest(toBytes(text)).kind).toBe('request');
  });

  it('says that a folded field is folded', () => {
    const result = parseRequest(toBytes('GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n c: d\r\n\r\n'));
    expect(result).toMatchObject({ kind: 'refused', refusal: { reason: 'a header field is folded' } });
  });

  it('keeps the case, order, duplicates and bytes of header fields', () => {
    expect(parsed('GET / HTTP/1.1\r\nhost: a\r\nB:\t1 \r\nA: \xff\r\nb: 2\r\n\r\n').headers).toEqual([
      ['host', 'a'],
      ['B', '1'],
      ['A', '\xff'],
      ['b', '2'],
    ]);
  });

  it('reads HTTP/0.9 as its first line alone', () => {
    const expected = { method: 'GET', uri: '/a', protocol: 'HTTP/0.9', headers: [], body: '' };
    expect(parsed('GET /a\r\n')).toEqual(expected);
    expect(parsed('GET /a \r\nA: b\r\n\r\nc')).toEqual(expected);
  });

  it('ends the body at its length, and takes none without one', () => {
    expect(parsed(`POST / HTTP/1.1\r\nContent-Length: 3\r\n${HOST}abcdef`).body).toBe('abc');
    expect(parsed(`POST / HTTP/1.1\r\n${HOST}abcdef`).body).toBe('');
  });

  it('joins chunks, and drops their extensions and trailers', () => {
    const request = parsed(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nHi \r\n0A\r\n0123456789\r\n0\r\nT: u\r\n\r\n',
    );
    expect(request.body).toBe('Hi 0123456789');
    expect(request.headers).toContainEqual(['Transfer-Encoding', 'Chunked']);
  });

  it('answers any bytes without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, prefixed) => {
        const text = prefixed ? `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n` : '';
        expect(['request', 'refused']).toContain(parseRequest(toBytes(text + fromBytes(bytes))).kind);
      }),
    );
  });

  it('gives back any body that was cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })), (chunks) => {
        const parts = chunks.map(fromBytes);
        const body = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
        const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
        expect(parsed(`${head}${body}0\r\n\r\n`).body).toBe(parts.join(''));
      }),
    );
  });
});
