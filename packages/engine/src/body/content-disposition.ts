/** The value of a part's Content-Disposition header, read as ModSecurity reads it, strict where backends differ. */
import { urlDecode } from '../attributes/url-decode.ts';
import { asciiLower } from '../bytes.ts';

const BLANKS = /[ \t]*/y;
const TYPE = /form-data[ \t]*(?=;|$)/iy;
const NAME = /[^=\t ;]+/y;
const TOKEN = /[^\x00-\x20()<>@,;:\\"/[\]?=\x7f-\xff]*/y;
/**
 * RFC 8187 §3.2.1: charset ' language ' percent-encoded. In another charset, servers that heed it read another name; of
 * other bytes, each makes what it likes.
 */
const EXTENDED = /^(?:utf-8|iso-8859-1|us-ascii)?'[a-z0-9-]*'((?:[a-z0-9!#$&+.^_`|~-]|%[0-9a-f]{2})*)$/i;

export interface ContentDisposition {
  readonly name: string;
  /** The `filename` parameter; null where there is none. */
  readonly fileName: string | null;
  /** The `filename*` parameter, %-decoded, its bytes in whatever charset it names; null where there is none. */
  readonly extendedFileName: string | null;
  /** Single quotes used as quotes, or in a value without quotes. INVALID_QUOTING. */
  readonly invalidQuoting: boolean;
}

export type ContentDispositionResult =
  | { readonly ok: true; readonly disposition: ContentDisposition }
  | {
      readonly ok: false;
      readonly reason: string;
      readonly invalidQuoting: boolean;
      /** A parameter stands twice: parsers differ over which counts. */
      readonly duplicate: boolean;
    };

interface Value {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly invalidQuoting: boolean;
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
}

/** A quoted value from its opening quote; only the quote and the backslash can be escaped. Null: no closing quote. */
function parseQuoted(header: string, open: number): Value | null {
  const quote = header[open] as string;
  let text = '';
  let copied = open + 1;
  for (let at = open + 1; at < header.length; at += 1) {
    const byte = header[at];
    if (byte === quote) {
      text += header.slice(copied, at);
      return { text, start: open, end: at + 1, invalidQuoting: quote === "'" };
    }
    if (byte === '\\' && (header[at + 1] === quote || header[at + 1] === '\\')) {
      text += header.slice(copied, at);
      copied = at + 1;
      at += 1;
    }
  }
  return null;
}

function parseValue(header: string, at: number): Value | null {
  if (header[at] === '"' || header[at] === "'") return parseQuoted(header, at);
  const text = matchAt(TOKEN, header, at);
  return text === '' ? null : { text, start: at, end: at + text.length, invalidQuoting: text.includes("'") };
}

/** Parses e.g. `form-data; name="a"; filename="b"`. Parameters other than these and `filename*` are refused. */
export function parseContentDisposition(header: string): ContentDispositionResult {
  const values = new Map<string, string>();
  let invalidQuoting = false;
  const refused = (reason: string, duplicate = false): ContentDispositionResult => ({
    ok: false,
    reason,
    invalidQuoting,
    duplicate,
  });

  const type = matchAt(TYPE, header, 0);
  if (type === '') return refused('is not form-data');
  for (let at = type.length; at < header.length; ) {
    // At a semicolon here: after the type, and after each value.
    at += 1;
    at += matchAt(BLANKS, header, at).length;
    if (at === header.length) break;
    const rawName = matchAt(NAME, header, at);
    const equals = at + rawName.length + matchAt(BLANKS, header, at + rawName.length).length;
    if (rawName === '' || header[equals] !== '=') return refused('has a malformed parameter');
    const value = parseValue(header, equals + 1 + matchAt(BLANKS, header, equals + 1).length);
    if (value === null) return refused('has a malformed value');
    // For parsers that look for an escaped quote and not for an escaped backslash, the value does not end there.
    if (header.startsWith('\\\\"', value.end - 3)) return refused('has a value that ends in a backslash');
    const name = asciiLower(rawName);
    // RFC 8187 has single quotes in the middle of extended values.
    invalidQuoting ||= value.invalidQuoting && !(name === 'filename*' && header[value.start] !== "'");

    if (name !== 'name' && name !== 'filename' && name !== 'filename*') {
      return refused('has a parameter other than name and filename');
    }
    if (values.has(name)) return refused(`has ${name} twice`, true);
    values.set(name, value.text);
    const blanks = matchAt(BLANKS, header, value.end);
    // Optional whitespace for RFC 9110; undici's value ends only at a space or a semicolon.
    if (name === 'filename*' && blanks.includes('\t')) return refused('has a tab behind filename*');
    at = value.end + blanks.length;
    if (at < header.length && header[at] !== ';') {
      const last = header[at - 1];
      invalidQuoting ||= last === '"' || last === "'";
      return refused('has more than a value after an equals sign');
    }
  }
  const name = values.get('name');
  if (name === undefined) return refused('has no name');
  return finish(name, values, invalidQuoting);
}

function finish(
  name: string,
  values: Map<string, string>,
  invalidQuoting: boolean,
): ContentDispositionResult {
  const extended = values.get('filename*');
  let extendedFileName: string | null = null;
  if (extended !== undefined) {
    const encoded = EXTENDED.exec(extended)?.[1];
    if (encoded === undefined) {
      return { ok: false, reason: 'has a malformed filename*', invalidQuoting, duplicate: false };
    }
    extendedFileName = urlDecode(encoded, false).value;
  }
  const fileName = values.get('filename') ?? null;
  return { ok: true, disposition: { name, fileName, extendedFileName, invalidQuoting } };
}
