/**
 * Builds a stage's request byte by byte as the suite's own client (go-ftw) sends it: the tests are written for its
 * rewriting, so a runner that skips a step runs other tests. What is odd here is odd there.
 */
import { toBytes } from './latin1.ts';
import type { StageInput } from './stage.ts';

type Header = readonly [name: string, value: string];

const FORM = 'application/x-www-form-urlencoded';
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
// Alternatives are not grouped in the client's own pattern: it takes any method that contains PUT or PATCH.
const METHOD_WITH_BODY = /^POST|PUT|PATCH|DELETE$/;

/** The request as it goes over the wire. */
export function buildRequest(input: StageInput): Uint8Array {
  if (input.rawRequest !== null) return toBytes(input.rawRequest);
  const headers: Header[] = [...input.headers];
  let { data } = input;
  if (data !== '' && input.autocompleteHeaders) {
    if (!has(headers, 'Content-Type')) headers.push(['Content-Type', FORM]);
    if (values(headers, 'Content-Type').some((value) => value.toLowerCase() === FORM))
      data = encodeForm(data);
  }
  // Also without autocompletion, and an LF that already follows a CR gets a second one.
  if (values(headers, 'Content-Type').some((value) => value.toLowerCase().includes('multipart/form-data;'))) {
    data = data.replaceAll('\n', '\r\n');
  }
  if (input.autocompleteHeaders) addStandardHeaders(headers, input.method, data.length);
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return toBytes(`${input.method} ${input.uri} ${input.version}\r\n${lines}\r\n${data}`);
}

function addStandardHeaders(headers: Header[], method: string, length: number): void {
  if (!has(headers, 'Connection')) headers.push(['Connection', 'close']);
  if (has(headers, 'Content-Length')) return;
  if (length > 0 || METHOD_WITH_BODY.test(method)) headers.push(['Content-Length', String(length)]);
}

/** Names that are no tokens are compared as they stand. */
const sameName = (name: string, wanted: string): boolean =>
  name === wanted || (TOKEN.test(name) && name.toLowerCase() === wanted.toLowerCase());

const has = (headers: readonly Header[], wanted: string): boolean =>
  headers.some(([name]) => sameName(name, wanted));

const values = (headers: readonly Header[], wanted: string): string[] =>
  headers.filter(([name]) => sameName(name, wanted)).map(([, value]) => value);

/** Form data in which decoding would change nothing is taken for not encoded yet, and is encoded pair by pair. */
function encodeForm(data: string): string {
  if (/[%+]/.test(data)) return data;
  const pairs = data.split('&');
  // What ends in `&` ends in an empty pair, which the client does not see.
  if (pairs.at(-1) === '') pairs.pop();
  return pairs.map(encodePair).join('&');
}

function encodePair(pair: string): string {
  const equals = pair.indexOf('=');
  if (equals === -1) return escapeQuery(pair);
  return `${escapeQuery(pair.slice(0, equals))}=${escapeQuery(pair.slice(equals + 1))}`;
}

const escapeQuery = (text: string): string =>
  text.replace(/[^A-Za-z0-9\-_.~]/g, (char) =>
    char === ' ' ? '+' : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
