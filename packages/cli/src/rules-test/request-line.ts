/** The request line, as a strict HTTP/1 server reads it (RFC 9112 §3, Apache httpd's HttpProtocolOptions Strict). */
import { badRequest, type Refusal } from './refusal.ts';

export interface RequestLine {
  readonly method: string;
  readonly uri: string;
  readonly protocol: string;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Bytes above 0x7f and characters that a URI must escape are let through, as servers do: rules look for them.
const TARGET = /^[\x21-\x7e\x80-\xff]+$/;
const ABSOLUTE = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?]/;
const NAME_OR_ADDRESS = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?$/;
const AUTHORITY = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}$/;
// Major versions from 1 on are taken. "HTTP/2" and "HTTP/3" are not HTTP/1 syntax, but they are how a server with
// those protocols names them to its rules, and a test can say it in no other way.
const VERSION = /^HTTP\/(?:[1-9]\.[0-9]|[23])$/;

/** Whether a Host field's value names a host. A name with percent-encoding is none. */
export const isHost = (value: string): boolean => NAME_OR_ADDRESS.test(value);

/**
 * Reads the line without its CRLF. A line without a version is HTTP/0.9.
 *
 * @returns what is wrong with it where a server must not go on
 */
export function parseRequestLine(line: string): RequestLine | Refusal {
  const [method = '', uri = '', protocol = '', ...rest] = line.split(' ');
  if (!TOKEN.test(method)) return badRequest('the method is not a token');
  if (rest.length > 0) return badRequest('the request line has more than three words');
  if (uri === '') return badRequest('the request line has no target');
  if (!TARGET.test(uri)) return badRequest('the target holds a control character');
  const wrong = targetFault(method, uri);
  if (wrong !== null) return badRequest(wrong);
  if (protocol === '') {
    if (method !== 'GET') return badRequest('HTTP/0.9 knows only GET');
    return { method, uri, protocol: 'HTTP/0.9' };
  }
  if (!VERSION.test(protocol)) return badRequest('the version is not one of HTTP');
  return { method, uri, protocol };
}

/** The four forms of RFC 9112 §3.2, each for its methods. */
function targetFault(method: string, uri: string): string | null {
  if (method === 'CONNECT') return AUTHORITY.test(uri) ? null : 'CONNECT needs a host and a port';
  if (uri.includes('#')) return 'the target holds a fragment';
  if (uri === '*') return method === 'OPTIONS' ? null : 'only OPTIONS takes the target *';
  if (uri.startsWith('/') || ABSOLUTE.test(uri)) return null;
  return 'the target does not begin with a slash';
}
