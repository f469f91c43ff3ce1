/** Which values of a message are secrets, by where they stand. */
import { urlDecode } from '../attributes/url-decode.ts';
import { asciiLower } from '../bytes.ts';
import type { RequestData } from '../variables/request-data.ts';
import type { ResponseData } from '../variables/response-data.ts';
import type { SecretNames } from './secret-names.ts';
import { findTokens, TOKEN_BYTES_MIN } from './tokens.ts';

/** Values shorter than this are masked where they stand, not wherever their bytes occur: `1` is in every text. */
export const SEARCHED_BYTES_MIN = 4;

/** Variables that hold the query as it was sent. */
export const URL_VARIABLES: ReadonlySet<string> = new Set([
  'QUERY_STRING',
  'REQUEST_LINE',
  'REQUEST_URI',
  'REQUEST_URI_RAW',
]);

/** Whether a matched variable is itself a secret: then its value is masked whole, however short. */
export function isSecretLabel(label: string, names: SecretNames): boolean {
  const colon = label.indexOf(':');
  if (colon < 0) return label === 'REQUEST_BODY' || label === 'FULL_REQUEST';
  const variable = label.slice(0, colon);
  const key = label.slice(colon + 1);
  if (variable.startsWith('REQUEST_COOKIES')) return variable === 'REQUEST_COOKIES';
  if (variable.endsWith('HEADERS')) return names.isSecretHeader(asciiLower(key));
  return variable.startsWith('ARGS') && !variable.includes('NAMES') && names.isSecret(key);
}

/** All secret values of a message, each in the forms in which rules may see it. */
export function secretsOf(
  request: RequestData,
  response: ResponseData | null,
  names: SecretNames,
): ReadonlySet<string> {
  const secrets = new Set<string>();
  const add = (value: string): void => {
    if (value.length >= SEARCHED_BYTES_MIN) secrets.add(value);
  };
  for (const { lowerKey, value } of [...request.headers, ...(response?.headers ?? [])]) {
    if (!names.isSecretHeader(lowerKey)) {
      addTokens(value, add);
      continue;
    }
    add(value);
    for (const part of credentialsIn(value)) add(part);
  }
  for (const cookie of request.cookies) add(cookie.value);
  for (const { key, value } of request.args) {
    if (names.isSecret(key)) addForms(value, add);
    else addTokens(value, add);
  }
  const isNamed = (name: string): boolean => names.isSecret(name);
  for (const raw of segmentsOf(request.target.query ?? '', isNamed)) addForms(raw, add);
  if (request.processor === 'URLENCODED') {
    for (const raw of segmentsOf(request.bodyText ?? '', isNamed)) addForms(raw, add);
  }
  return secrets;
}

/** Of a key in a value, so much is told from other texts. */
const TOKEN_BYTES_MAX = 4_096;

/** What a value shows by its form to be a secret: rules may set parts of it aside. */
function addTokens(value: string, add: (value: string) => void): void {
  if (value.length < TOKEN_BYTES_MIN) return;
  for (const { start, end } of findTokens(value))
    add(value.slice(start, Math.min(end, start + TOKEN_BYTES_MAX)));
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

/** Values of a query or a form as they were sent, whatever was escaped in them or in their names. */
export function segmentsOf(query: string, isNamed: (name: string) => boolean): readonly string[] {
  return query.split('&').flatMap((segment) => {
    const equals = segment.indexOf('=');
    if (equals < 0 || !isNamed(urlDecode(segment.slice(0, equals), true).value)) return [];
    return [segment.slice(equals + 1)];
  });
}

/** Whether the query holds a secret argument, long or short. */
export const hasSecretQuery = (request: RequestData, names: SecretNames): boolean =>
  request.argsGet.some(({ key }) => names.isSecret(key));
