/** Which values of a message are secrets, by where they stand. */
import { urlDecode } from '../attributes/url-decode.ts';
import { asciiLower } from '../bytes.ts';
import { EVENT_LIMITS } from '../limits.ts';
import type { TextReader } from './read-texts.ts';
import type { SecretNames } from './secret-names.ts';
import type { EventRequest, EventResponse } from './source.ts';

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
  request: EventRequest,
  response: EventResponse | null,
  names: SecretNames,
  reader: TextReader,
): ReadonlySet<string> {
  const secrets = new Set<string>();
  const add = (value: string): void => {
    if (value.length >= SEARCHED_BYTES_MIN) secrets.add(value);
  };
  const find = finder(reader, add);
  find(request.attributes.uri);
  for (const { lowerKey, value } of [...request.headers, ...(response?.headers ?? [])]) {
    if (!names.isSecretHeader(lowerKey)) {
      find(value);
      continue;
    }
    add(value);
    for (const part of credentialsIn(value)) add(part);
  }
  for (const cookie of request.cookies) add(cookie.value);
  for (const { key, value } of request.args) {
    if (names.isSecret(key)) addForms(value, add);
    else find(value);
  }
  for (const { key, value } of request.xmlNamed) if (names.isSecret(key)) addForms(value, add);
  const isNamed = (name: string): boolean => names.isSecret(name);
  for (const raw of segmentsOf(request.target.query ?? '', isNamed)) addForms(raw, add);
  if (request.processor === 'URLENCODED') {
    for (const raw of segmentsOf(request.bodyText ?? '', isNamed)) addForms(raw, add);
  }
  return secrets;
}

/** Bytes of values that are searched for secrets, each value up to what is shown of it, and all together. */
const FOUND_BYTES_MAX = EVENT_LIMITS.valueBytesMax;
const SEARCHED_TOTAL_BYTES_MAX = 65_536;

/** No name with a value, and no token, is shorter. */
const FOUND_BYTES_MIN = 8;

/** Takes values, and adds what they show to be secrets, as it stands there and as it is read: rules may set parts of it aside. */
function finder(reader: TextReader, add: (value: string) => void): (value: string) => void {
  let room = SEARCHED_TOTAL_BYTES_MAX;
  return (value) => {
    if (value.length < FOUND_BYTES_MIN || room <= 0) return;
    const searched = value.slice(0, Math.min(FOUND_BYTES_MAX, room));
    room -= searched.length;
    for (const { text, placeOf, named } of reader.read(searched) ?? []) {
      for (const span of named) {
        const { start, end } = placeOf(span);
        add(text.slice(span.start, span.end));
        add(searched.slice(start, end));
      }
    }
  };
}

/** Parts of a header's value: cookies, credentials without the name of their scheme. */
function credentialsIn(value: string): readonly string[] {
  const parts = value.split(/[ ;,\t]+/);
  const withoutScheme = parts.length > 1 && /^[A-Za-z]+$/.test(parts[0] ?? '') ? parts.slice(1) : parts;
  return withoutScheme.flatMap((part) => {
    const equals = part.indexOf('=');
    const named = equals < 0 ? [part] : [part, part.slice(equals + 1).replace(/^"|"$/g, '')];
    return [...named, ...userAndPassword(part)];
  });
}

/** Of RFC 7617: rules may undo the base 64. */
function userAndPassword(credentials: string): readonly string[] {
  const text = Buffer.from(credentials, 'base64').toString('latin1');
  const colon = text.indexOf(':');
  return colon < 0 ? [] : [text, text.slice(colon + 1)];
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
export const hasSecretQuery = (request: EventRequest, names: SecretNames): boolean =>
  request.argsGet.some(({ key }) => names.isSecret(key));
