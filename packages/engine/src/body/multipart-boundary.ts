/**
 * The boundary of a multipart Content-Type header. Where two servers could read two boundaries, the header is refused:
 * a body that is taken apart differently by the backend is a body that was not inspected.
 */
import { asciiLower } from '../bytes.ts';
import type { MultipartFlag } from './processor.ts';

/** As in ModSecurity; no honest client comes near. */
const CONTENT_TYPE_BYTES_MAX = 1_024;

const MEDIA_TYPE = /^[ \t]*multipart\/[^\s;,"]+/i;
const BLANKS = /[ \t]*/y;
const PARAMETER_NAME = /[^\x00-\x20()<>@,;:\\"/[\]?={}\x7f-\xff]+/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;
const UNQUOTED = /[^;"]*/y;
/** Also inside quotes, where a parser that does not know them would find one; not `----WebKitFormBoundary`. */
const BOUNDARY_PARAMETER = /boundary[ \t]*=/gi;
/** RFC 2046 bchars. */
const BOUNDARY = /^[0-9A-Za-z'()+_,\-./:=? ]*[0-9A-Za-z'()+_,\-./:=?]$/;

export interface MultipartBoundary {
  /** Without the two dashes; null where the header gives none that can be relied on. */
  readonly boundary: string | null;
  /** Why there is none; empty where there is one. */
  readonly reason: string;
  /** BOUNDARY_QUOTED, BOUNDARY_WHITESPACE, MISSING_SEMICOLON. */
  readonly flags: readonly MultipartFlag[];
}

interface Parameter {
  readonly name: string;
  readonly value: string;
  readonly quoted: boolean;
  /** Blanks around the equals sign or after an unquoted value. */
  readonly blanks: boolean;
  readonly end: number;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

const skipBlanks = (text: string, at: number): number => at + (matchAt(BLANKS, text, at)?.[0].length ?? 0);

/** `name = value` at `at`; null where it is malformed. */
function parseParameter(header: string, at: number): Parameter | null {
  const name = matchAt(PARAMETER_NAME, header, at)?.[0];
  if (name === undefined) return null;
  const equals = skipBlanks(header, at + name.length);
  if (header[equals] !== '=') return null;
  const start = skipBlanks(header, equals + 1);
  const blanks = equals > at + name.length || start > equals + 1;
  if (header[start] === '"') {
    const quoted = matchAt(QUOTED, header, start);
    if (quoted === null) return null;
    return { name, value: quoted[1] ?? '', quoted: true, blanks, end: start + quoted[0].length };
  }
  const raw = matchAt(UNQUOTED, header, start)?.[0] ?? '';
  const value = raw.replace(/[ \t]+$/, '');
  return { name, value, quoted: false, blanks: blanks || value !== raw, end: start + raw.length };
}

const refused = (reason: string, flags: readonly MultipartFlag[] = []): MultipartBoundary => ({
  boundary: null,
  reason: `the Content-Type ${reason}`,
  flags,
});

function check(parameter: Parameter, flags: MultipartFlag[]): MultipartBoundary {
  if (parameter.name !== 'boundary') return refused('spells boundary in capitals', flags);
  if (parameter.quoted) flags.push('BOUNDARY_QUOTED');
  if (parameter.blanks) flags.push('BOUNDARY_WHITESPACE');
  // PHP ends an unquoted boundary at a comma, others do not.
  const valid = BOUNDARY.test(parameter.value) && (parameter.quoted || !/[ ,]/.test(parameter.value));
  if (!valid) return refused('has a boundary of characters that it may not have', flags);
  return { boundary: parameter.value, reason: '', flags };
}

/** Finds the boundary in a whole Content-Type header. */
export function parseMultipartBoundary(contentType: string): MultipartBoundary {
  if (contentType.length > CONTENT_TYPE_BYTES_MAX) {
    return refused(`is longer than ${CONTENT_TYPE_BYTES_MAX} bytes`);
  }
  const mediaType = MEDIA_TYPE.exec(contentType)?.[0];
  if (mediaType === undefined) return refused('is not multipart');
  if ((contentType.match(BOUNDARY_PARAMETER)?.length ?? 0) > 1) return refused('names a boundary twice');

  const flags: MultipartFlag[] = [];
  let found: Parameter | null = null;
  let at = skipBlanks(contentType, mediaType.length);
  if (at < contentType.length && contentType[at] !== ';') flags.push('MISSING_SEMICOLON');
  while (at < contentType.length) {
    if (contentType[at] === ';') {
      at = skipBlanks(contentType, at + 1);
      continue;
    }
    const parameter = parseParameter(contentType, at);
    if (parameter === null) return refused('is malformed', flags);
    if (asciiLower(parameter.name) === 'boundary') found = parameter;
    at = skipBlanks(contentType, parameter.end);
    if (at < contentType.length && contentType[at] !== ';') return refused('is malformed', flags);
  }
  return found === null ? refused('has no boundary', flags) : check(found, flags);
}
