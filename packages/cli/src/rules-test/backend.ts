/**
 * What the suite's backend (albedo) answers: an empty 200 to everything, but for `POST /reflect`, whose JSON body
 * describes the response: `{status, headers, body | encodedBody, logMessage}`.
 */
import { fromBytes, fromText, toBytes } from './latin1.ts';
import { sniffMediaType } from './sniff.ts';
import type { BackendResponse, ParsedRequest } from './stage-engine.ts';

type Header = readonly [name: string, value: string];

interface Reflection {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: string;
}

const REFLECT = /^(?:[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?]*)?\/reflect(?:[/?]|$)/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function respond(request: ParsedRequest): BackendResponse {
  if (request.method !== 'POST' || !REFLECT.test(request.uri)) return response(200, [], '');
  const reflection = parseReflection(Buffer.from(request.body).toString('utf8'));
  if (typeof reflection === 'string') return response(400, [], reflection);
  return response(reflection.status, reflection.headers, reflection.body);
}

function response(status: number, headers: readonly Header[], body: string): BackendResponse {
  const all = [...headers];
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  if (body !== '' && !given.has('content-type')) all.push(['Content-Type', sniffMediaType(body)]);
  if (!given.has('content-length')) all.push(['Content-Length', String(body.length)]);
  return { status, headers: all, body: toBytes(body) };
}

/** What is to be answered, or the text of a 400. Unknown keys are ignored, wrong types are not. */
function parseReflection(text: string): Reflection | string {
  const invalid = 'Invalid JSON in request body';
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    // The request's author sent something else than JSON: the backend's answer to that is a 400, not a failure.
    return invalid;
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return invalid;
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const status = fields.get('status') ?? 0;
  const body = fields.get('body') ?? '';
  const encodedBody = fields.get('encodedBody') ?? '';
  const headers = fields.get('headers') ?? {};
  if (typeof status !== 'number' || typeof body !== 'string' || typeof encodedBody !== 'string')
    return invalid;
  if (!isStringMap(headers)) return invalid;
  if (status !== 0 && (!Number.isInteger(status) || status < 100 || status > 599)) {
    return `Invalid status code: ${status}`;
  }
  if (!BASE64.test(encodedBody)) return 'invalid base64 encoding of response body';
  return {
    status: status === 0 ? 200 : status,
    headers: Object.entries(headers).map(([name, value]): Header => [fromText(name), fromText(value)]),
    body: body === '' ? fromBytes(Buffer.from(encodedBody, 'base64')) : fromText(body),
  };
}

const isStringMap = (value: unknown): value is Record<string, string> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((item) => typeof item === 'string');

/** The response as a client reads it: status line, header fields, body. */
export function responseText({ status, headers, body }: BackendResponse): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status}\r\n${lines}\r\n${fromBytes(body)}`;
}
