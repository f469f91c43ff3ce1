/** Header and trailer fields, as a strict HTTP/1 server reads them (RFC 9112 §5). */
import { badRequest, incomplete, type Refusal } from './refusal.ts';
import type { HeaderList } from './stage-engine.ts';

export interface HeaderSection {
  readonly headers: HeaderList;
  /** The offset after the empty line. */
  readonly end: number;
}

const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;

/** Reads fields from `from` up to the empty line. Names, order and duplicates stay; blanks around values go. */
export function parseHeaders(text: string, from: number): HeaderSection | Refusal {
  const headers: [name: string, value: string][] = [];
  let start = from;
  for (;;) {
    const end = text.indexOf('\r\n', start);
    if (end === -1) return incomplete('the header section has no end');
    if (end === start) return { headers, end: end + 2 };
    const line = text.slice(start, end);
    const colon = line.indexOf(':');
    if (/^[ \t]/.test(line)) return badRequest('a header field is folded');
    if (colon === -1) return badRequest('a header field has no colon');
    const name = line.slice(0, colon);
    if (!NAME.test(name)) return badRequest('the name of a header field is not a token');
    const value = line.slice(colon + 1);
    if (BAD_VALUE.test(value)) return badRequest(`the header field ${name} holds a control character`);
    headers.push([name, trimBlanks(value)]);
    start = end + 2;
  }
}

/** The values of every field of that name, in order. `name` is in lower case. */
export const valuesOf = (headers: HeaderList, name: string): string[] =>
  headers.filter(([given]) => given.toLowerCase() === name).map(([, value]) => value);

function trimBlanks(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isBlank(value.charCodeAt(start))) start++;
  while (end > start && isBlank(value.charCodeAt(end - 1))) end--;
  return value.slice(start, end);
}

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09;
