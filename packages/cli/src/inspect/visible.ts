/**
 * Bytes as people can read them, and a terminal cannot obey them: UTF-8 where it is, every other byte as \xNN. Control
 * characters and those that change how others are shown (bidirectional marks, joiners, tags) are escaped.
 */

/** Well-formed UTF-8 of two to four bytes (RFC 3629), or any single byte that is not printable ASCII. */
const UNUSUAL =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[^\x20-\x7e]/g;

/** Control, format, private, unassigned characters and separators: nothing that a reader sees. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** @param value latin1, one byte a character */
export const visible = (value: string): string => value.replace(UNUSUAL, visibleCharacter);

function visibleCharacter(bytes: string): string {
  if (bytes.length === 1) return SHORT[bytes] ?? `\\x${hex(bytes.charCodeAt(0), 2)}`;
  const text = Buffer.from(bytes, 'latin1').toString('utf8');
  return UNSEEN.test(text) ? `\\u{${hex(text.codePointAt(0) ?? 0, 1)}}` : text;
}

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');

/** Text of ours, such as a path on the command line, in the same way. */
export const visibleText = (text: string): string => visible(Buffer.from(text, 'utf8').toString('latin1'));

/** Bytes as text for JSON: UTF-8, U+FFFD where it is not. */
export const toText = (value: string): string => Buffer.from(value, 'latin1').toString('utf8');
