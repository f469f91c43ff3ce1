/** Where a request's body ends, as a strict HTTP/1 server decides it (RFC 9112 §6 and §7). */
import { parseHeaders, valuesOf } from './message-headers.ts';
import { badRequest, incomplete, type Refusal } from './refusal.ts';
import type { HeaderList } from './stage-engine.ts';

/** The body, one byte a character, without the chunked coding. What follows it is another request's. */
export interface Body {
  readonly body: string;
}

const LENGTH = /^[0-9]{1,15}$/;
const CHUNK_LINE = /^([0-9A-Fa-f]{1,8})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/;

export function parseBody(text: string, from: number, headers: HeaderList, protocol: string): Body | Refusal {
  const lengths = valuesOf(headers, 'content-length');
  const codings = valuesOf(headers, 'transfer-encoding');
  if (codings.length > 0) {
    // Either one alone would be legal to act on, but hops that choose differently can be made to disagree.
    if (lengths.length > 0) return badRequest('both Content-Length and Transfer-Encoding are given');
    if (protocol === 'HTTP/1.0') return badRequest('HTTP/1.0 knows no Transfer-Encoding');
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked') {
      return { status: 501, reason: 'a Transfer-Encoding other than chunked' };
    }
    return parseChunks(text, from);
  }
  if (lengths.length > 1) return badRequest('Content-Length is given twice');
  const [length] = lengths;
  if (length === undefined) return { body: '' };
  if (!LENGTH.test(length)) return badRequest('Content-Length is not a number');
  const end = from + Number(length);
  if (end > text.length) return incomplete('the body is shorter than its Content-Length');
  return { body: text.slice(from, end) };
}

function parseChunks(text: string, from: number): Body | Refusal {
  const parts: string[] = [];
  let start = from;
  for (;;) {
    const lineEnd = text.indexOf('\r\n', start);
    if (lineEnd === -1) return incomplete('a chunk has no size line');
    const digits = CHUNK_LINE.exec(text.slice(start, lineEnd))?.[1];
    if (digits === undefined) return badRequest('the size of a chunk is malformed');
    const size = Number.parseInt(digits, 16);
    const data = lineEnd + 2;
    if (size === 0) {
      const trailers = parseHeaders(text, data);
      return 'reason' in trailers ? trailers : { body: parts.join('') };
    }
    if (data + size + 2 > text.length) return incomplete('the last chunk is cut short');
    if (text.slice(data + size, data + size + 2) !== '\r\n') {
      return badRequest('a chunk does not end with its line');
    }
    parts.push(text.slice(data, data + size));
    start = data + size + 2;
  }
}
