/** The requests of a HAR file (HTTP Archive 1.2), as browsers export them. */
import { fromBytes, fromText, toBytes } from '@sluice/engine';
import { InspectError } from './errors.ts';
import { parseUrl, percent, type RequestParts } from './request.ts';
import { visibleText } from './visible.ts';

/** @throws InspectError INSPECT_NOT_HAR with the place of what is wrong */
export function requestsFromHar(path: string, bytes: Uint8Array): readonly RequestParts[] {
  const refuse = (reason: string, cause?: unknown) =>
    new InspectError('INSPECT_NOT_HAR', { path, reason }, cause);
  let har: unknown;
  try {
    // A byte order mark is what Windows tools write.
    har = JSON.parse(
      Buffer.from(bytes)
        .toString('utf8')
        .replace(/^\uFEFF/, ''),
    );
  } catch (error) {
    // The message quotes the file.
    throw refuse(visibleText(error instanceof Error ? error.message : String(error)), error);
  }
  const entries = field(field(har, 'log'), 'entries');
  if (!Array.isArray(entries)) throw refuse('log.entries is no list');
  return entries.map((entry: unknown, at) => {
    const request = field(entry, 'request');
    const url = textOf(request, 'url');
    const method = textOf(request, 'method');
    if (url === null || method === null) throw refuse(`log.entries[${at}].request has no url or no method`);
    return requestFromEntry(request, method, url);
  });
}

function requestFromEntry(request: unknown, method: string, url: string): RequestParts {
  const { host, uri } = parseUrl(fromText(url));
  const given = pairsOf(field(request, 'headers'));
  // HTTP/2 has its request line in pseudo headers.
  const headers = given.filter(([name]) => !name.startsWith(':'));
  const hasHost = headers.some(([name]) => name.toLowerCase() === 'host');
  const body = bodyOf(field(request, 'postData'));
  const hasLength = headers.some(([name]) => /^(?:content-length|transfer-encoding)$/i.test(name));
  const addsLength = body.length > 0 && !hasLength;
  return {
    method: fromText(method),
    uri,
    protocol: protocolOf(textOf(request, 'httpVersion') ?? ''),
    headers: [
      ...(hasHost ? [] : [['Host', host] as const]),
      ...headers,
      ...(addsLength ? [['Content-Length', String(body.length)] as const] : []),
    ],
    body: toBytes(body),
    // Browsers send it, and not all of them write it down.
    notes: addsLength ? [`Content-Length: ${body.length} was added`] : [],
  };
}

function protocolOf(version: string): string {
  if (/^(?:h2|http\/2)/i.test(version)) return 'HTTP/2';
  if (/^(?:h3|http\/3)/i.test(version)) return 'HTTP/3';
  return /^http\/1\.0$/i.test(version) ? 'HTTP/1.0' : 'HTTP/1.1';
}

/** The text as it was sent, or the form that its parameters make. */
function bodyOf(postData: unknown): string {
  const text = textOf(postData, 'text');
  if (text !== null) {
    return field(postData, 'encoding') === 'base64' ? fromBytes(Buffer.from(text, 'base64')) : fromText(text);
  }
  const encode = (value: string) => value.replace(/[^A-Za-z0-9._~-]/g, percent);
  return pairsOf(field(postData, 'params'))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join('&');
}

function pairsOf(list: unknown): readonly (readonly [string, string])[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item: unknown): [string, string][] => {
    const name = textOf(item, 'name');
    return name === null ? [] : [[fromText(name), fromText(textOf(item, 'value') ?? '')]];
  });
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown, name: string): string | null {
  const found = field(value, name);
  return typeof found === 'string' ? found : null;
}
