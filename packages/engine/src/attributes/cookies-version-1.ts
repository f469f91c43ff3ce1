/**
 * The Cookie header as ModSecurity reads version 1 cookies (RFC 2109, SecCookieFormat 1): separated by `;` or `,`, values
 * perhaps in double quotes, blanks around both dropped. What begins with `$` belongs to the cookie before it and is named
 * after it: `$a_Path`.
 */

const BLANKS = /[ \t\r\n\v\f]*/y;
const SEPARATORS = /[ \t\r\n\v\f,;]*/y;
const NAME = /[^=;,]*/y;
/** To the closing quote, or to the end where there is none. */
const QUOTED = /(?:[^"\\]|\\[\s\S]?)*/y;
const PLAIN = /[^;,]*/y;

/** Calls `emit` for each cookie and each attribute of one header value, in wire order, duplicates kept. */
export function parseVersion1Cookies(header: string, emit: (name: string, value: string) => void): void {
  let last = '';
  for (let at = matchAt(SEPARATORS, header, 0).length; at < header.length; ) {
    const rawName = matchAt(NAME, header, at);
    at += rawName.length;
    let value = '';
    if (header[at] === '=') {
      at += 1 + matchAt(BLANKS, header, at + 1).length;
      const isQuoted = header[at] === '"';
      if (isQuoted) at += 1;
      const written = matchAt(isQuoted ? QUOTED : PLAIN, header, at);
      at += written.length + (isQuoted ? 1 : 0);
      value = isQuoted ? written : trimEnd(written);
    }
    const isAttribute = rawName.startsWith('$') && last !== '';
    const name = isAttribute ? `$${last}_${rawName.slice(1)}` : rawName;
    if (!isAttribute) last = rawName;
    if (name !== '' || value !== '') emit(name, value);
    at += matchAt(SEPARATORS, header, at).length;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && ' \t\r\n\v\f'.includes(text[end - 1] ?? '')) end--;
  return text.slice(0, end);
}
