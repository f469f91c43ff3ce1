/** Ways to carry the arguments of a query or a form to another place of the request. */
import { fromBytes, toBytes } from '../../packages/cli/src/rules-test/latin1.ts';
import type { HeaderList, ParsedRequest } from '../../packages/cli/src/rules-test/stage-engine.ts';

/** The moved request, or null where there are no arguments to move. Its `name` is the function's. */
export type Move = (request: ParsedRequest) => ParsedRequest | null;

type Pair = readonly [name: string, value: string];

/** The pairs as they are written, of the form if there is one, else of the query. */
function rawPairs(request: ParsedRequest): Pair[] {
  const mark = request.uri.indexOf('?');
  const isForm = request.headers.some(
    ([name, value]) => /^content-type$/i.test(name) && /^application\/x-www-form-urlencoded/i.test(value),
  );
  const body = fromBytes(request.body);
  const text = isForm && body !== '' ? body : mark < 0 ? '' : request.uri.slice(mark + 1);
  return text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
    });
}

const decode = (text: string): string =>
  text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));

const isBodyField = (name: string): boolean => /^content-(?:type|length)$/i.test(name);

const path = (uri: string): string => uri.split('?', 1)[0] ?? '/';

function send(request: ParsedRequest, mediaType: string, body: string): ParsedRequest {
  const headers: HeaderList = [
    ...request.headers.filter(([name]) => !isBodyField(name)),
    ['Content-Type', mediaType],
    ['Content-Length', String(body.length)],
  ];
  return { ...request, method: 'POST', uri: path(request.uri), headers, body: toBytes(body) };
}

function toJson(request: ParsedRequest): ParsedRequest | null {
  const pairs = rawPairs(request);
  if (pairs.length === 0) return null;
  const members = pairs.map(([name, value]) => `${quote(decode(name))}:${quote(decode(value))}`);
  return send(request, 'application/json', `{${members.join(',')}}`);
}

/** JSON text is UTF-8, which the bytes may not be: they are left as they are, as an attacker would. */
const quote = (text: string): string =>
  `"${text.replace(/[\0-\x1f"\\]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;

function toMultipart(request: ParsedRequest): ParsedRequest | null {
  const pairs = rawPairs(request);
  if (pairs.length === 0) return null;
  const parts = pairs.map(([name, value]) => {
    const safe = decode(name).replace(/[\0\r\n"\\;]/g, '_');
    return `--sluice\r\nContent-Disposition: form-data; name="${safe}"\r\n\r\n${decode(value)}\r\n`;
  });
  return send(request, 'multipart/form-data; boundary=sluice', `${parts.join('')}--sluice--\r\n`);
}

function toXml(request: ParsedRequest): ParsedRequest | null {
  const pairs = rawPairs(request);
  if (pairs.length === 0) return null;
  const encode = (text: string): string =>
    text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`).replace(/[^\t\r\n\x20-\x7e]/g, '?');
  const elements = pairs.map(
    ([name, value]) => `<a n="${encode(decode(name))}">${encode(decode(value))}</a>`,
  );
  return send(request, 'application/xml', `<?xml version="1.0"?><r>${elements.join('')}</r>`);
}

function toQuery(request: ParsedRequest): ParsedRequest | null {
  const pairs = rawPairs(request);
  if (pairs.length === 0) return null;
  const query = pairs.map(([name, value]) => `${name}=${value}`).join('&');
  const headers = request.headers.filter(([name]) => !isBodyField(name));
  return { ...request, method: 'GET', uri: `${path(request.uri)}?${query}`, headers, body: toBytes('') };
}

function toForm(request: ParsedRequest): ParsedRequest | null {
  const pairs = rawPairs(request);
  if (pairs.length === 0) return null;
  const form = pairs.map(([name, value]) => `${name}=${value}`).join('&');
  return send(request, 'application/x-www-form-urlencoded', form);
}

function toCookie(request: ParsedRequest): ParsedRequest | null {
  const pairs = rawPairs(request);
  if (pairs.length === 0) return null;
  const crumbs = pairs.map(([name, value]) => `${name}=${value}`).join('; ');
  const headers: HeaderList = [
    ...request.headers.filter(([name]) => !isBodyField(name) && !/^cookie$/i.test(name)),
    ['Cookie', crumbs],
  ];
  return { ...request, method: 'GET', uri: path(request.uri), headers, body: toBytes('') };
}

export const MOVES: readonly Move[] = [toJson, toMultipart, toXml, toQuery, toForm, toCookie];
