/** Which values of a message are secrets, by where they stand. */
import { urlDecode } from '../attributes/url-decode.ts';
import { asciiLower } from '../bytes.ts';
import type { Pair } from '../variables/pair.ts';
import type { RequestData } from '../variables/request-data.ts';
import type { ResponseData } from '../variables/response-data.ts';

/** Headers of which the whole value is a secret. */
const SECRET_HEADERS: ReadonlySet<string> = new Set([
  'authorization',
  'cookie',
  'proxy-authorization',
  'set-cookie',
  'x-api-key',
  'x-auth-token',
  'x-csrf-token',
]);

/** Arguments whose values are secrets, by a part of their name. */
const SECRET_NAME = /pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|credential|session/i;

/** The same in running text, with the value that follows: `token=abc`, of a URL in some header perhaps. */
export const SECRET_ASSIGNMENT =
  /(?:pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|credential|session)[A-Za-z0-9_.[\]-]{0,64}(?:=|%3[dD])([^&\s;"'#<>]+)/gi;

/** Values shorter than this are masked where they stand, not wherever their bytes occur: `1` is in every text. */
export const SEARCHED_BYTES_MIN = 4;

/** Variables that hold the query as it was sent. */
export const URL_VARIABLES: ReadonlySet<string> = new Set([
  'QUERY_STRING',
  'REQUEST_LINE',
  'REQUEST_URI',
  'REQUEST_URI_RAW',
]);

const isSecretHeader = ({ lowerKey }: Pair): boolean => SECRET_HEADERS.has(lowerKey);

/** Whether a matched variable is itself a secret: then its value is masked whole, however short. */
export function isSecretLabel(label: string): boolean {
  const colon = label.indexOf(':');
  if (colon < 0) return label === 'REQUEST_BODY' || label === 'FULL_REQUEST';
  const variable = label.slice(0, colon);
  const key = label.slice(colon + 1);
  if (variable.startsWith('REQUEST_COOKIES')) return variable === 'REQUEST_COOKIES';
  if (variable.endsWith('HEADERS')) return SECRET_HEADERS.has(asciiLower(key));
  return variable.startsWith('ARGS') && !variable.includes('NAMES') && SECRET_NAME.test(key);
}

/** All secret values of a message, each in the forms in which rules may see it. */
export function secretsOf(request: RequestData, response: ResponseData | null): ReadonlySet<string> {
  const secrets = new Set<string>();
  const add = (value: string): void => {
    if (value.length >= SEARCHED_BYTES_MIN) secrets.add(value);
  };
  for (const header of [...request.headers, ...(response?.headers ?? [])]) {
    if (!isSecretHeader(header)) continue;
    add(header.value);
    for (const part of credentialsIn(header.value)) add(part);
  }
  for (const cookie of request.cookies) add(cookie.value);
  for (const { key, value } of request.args) if (SECRET_NAME.test(key)) addForms(value, add);
  for (const raw of secretSegments(request.target.query ?? '')) addForms(raw, add);
  if (request.processor === 'URLENCODED') {
    for (const raw of secretSegments(request.bodyText ?? '')) addForms(raw, add);
  }
  return secrets;
}

/** Parts of a header's value: cookies, credentials without the name of their scheme. */
function credentialsIn(value: string): readonly string[] {
  const parts = value.split(/[ ;,\t]+/);
  const withoutScheme = parts.length > 1 && /^[A-Za-z]+$/.test(parts[0] ?? '') ? parts.slice(1) : parts;
  return withoutScheme.flatMap((part) => {
    const equals = part.indexOf('=');
    return equals < 0 ? [part] : [part, part.slice(equals + 1).replace(/^"|"$/g, '')];
  });
}

/** As it is, decoded once more, and escaped as browsers do. */
export function addForms(value: string, add: (value: string) => void): void {
  add(value);
  add(urlDecode(value, true).value);
  add(escapeBytes(value));
  add(escapeBytes(value).replaceAll('%20', '+'));
}

const escapeBytes = (value: string): string =>
  value.replace(
    /[^A-Za-z0-9_.~-]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );

const secretSegments = (query: string): readonly string[] =>
  segmentsOf(query, (name) => SECRET_NAME.test(name));

/** Values of a query or a form as they were sent, whatever was escaped in them or in their names. */
export function segmentsOf(query: string, isNamed: (name: string) => boolean): readonly string[] {
  return query.split('&').flatMap((segment) => {
    const equals = segment.indexOf('=');
    if (equals < 0 || !isNamed(urlDecode(segment.slice(0, equals), true).value)) return [];
    return [segment.slice(equals + 1)];
  });
}

/** Whether the query holds a secret argument, long or short. */
export const hasSecretQuery = (request: RequestData): boolean =>
  request.argsGet.some(({ key }) => SECRET_NAME.test(key));
