/**
 * The HTTP/1 server in front of the engine. It refuses what a server must not hand on, so that no stage passes on a
 * request that could never arrive; it lets through what real servers let through, so that rules see it: unknown methods,
 * any version from HTTP/1.0 on, HTTP/0.9, raw bytes in the target, repeated and missing fields.
 *
 * The model is Apache httpd in its strict mode, for which the Core Rule Set's expectations are written. It differs in
 * two places: Content-Length beside Transfer-Encoding is refused instead of dropped, and "HTTP/2" is a version.
 */
import { fromBytes, toBytes } from './latin1.ts';
import { parseBody } from './message-body.ts';
import { parseHeaders, valuesOf } from './message-headers.ts';
import { badRequest, incomplete, type Refusal } from './refusal.ts';
import { isHost, parseRequestLine } from './request-line.ts';
import type { HeaderList, ParsedRequest } from './stage-engine.ts';

export type ParseResult =
  | { readonly kind: 'request'; readonly request: ParsedRequest }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Reads the first request of a connection. Linear in its length. */
export function parseRequest(bytes: Uint8Array): ParseResult {
  const request = parse(fromBytes(bytes));
  return 'reason' in request ? { kind: 'refused', refusal: request } : { kind: 'request', request };
}

function parse(text: string): ParsedRequest | Refusal {
  // One empty line before the request line is skipped (RFC 9112 §2.2).
  const start = text.startsWith('\r\n') ? 2 : 0;
  const end = text.indexOf('\r\n', start);
  if (end === -1) return incomplete('the request line has no end');
  const line = parseRequestLine(text.slice(start, end));
  if ('reason' in line) return line;
  // HTTP/0.9 has neither header fields nor bodies: what follows is not read.
  if (line.protocol === 'HTTP/0.9') return { ...line, headers: [], body: toBytes('') };
  const section = parseHeaders(text, end + 2);
  if ('reason' in section) return section;
  const wrongHost = hostFault(section.headers, line.protocol);
  if (wrongHost !== null) return badRequest(wrongHost);
  const body = parseBody(text, section.end, section.headers, line.protocol);
  if ('reason' in body) return body;
  return { ...line, headers: section.headers, body: toBytes(body.body) };
}

/** From HTTP/1.1 on exactly one Host that names a host; in HTTP/1.0 it may be missing or empty. */
function hostFault(headers: HeaderList, protocol: string): string | null {
  const hosts = valuesOf(headers, 'host');
  if (hosts.length > 1) return 'Host is given twice';
  const [host] = hosts;
  if (protocol === 'HTTP/1.0' && (host === undefined || host === '')) return null;
  if (host === undefined) return 'Host is missing';
  return isHost(host) ? null : 'Host does not name a host';
}
