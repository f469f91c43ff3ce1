/** A CheckRequest to what the inspector is asked. All of Envoy's particulars end here. */
import { randomUUID } from 'node:crypto';
import type { HttpRequestAttributes } from '@sluice/engine';
import {
  CONTEXT_BODY_BYTES_MAX,
  CONTEXT_POLICY,
  CONTEXT_REQUEST_ID,
  KEPT_PROTO_HEADER,
  PROBE_HEADER,
  REQUEST_ID_OWN,
} from '@sluice/envoy-config/contract';
import { ServerError } from './errors.ts';
import type { CheckedHttp, CheckRequest, HeaderEntry } from './wire/check-request.ts';

/** Envoy adds it to what it sends to us, and strips the client's own: it is not part of the request. */
const PARTIAL_BODY_HEADER = 'x-envoy-auth-partial-body';

/** What a request id must look like to be taken over: a token that is safe in logs, pages and queries. */
const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

const DIGITS = /^[0-9]{1,15}$/;

export interface EnvoyRequest {
  readonly attributes: HttpRequestAttributes;
  /** The policy that Envoy's configuration of the route names, or null. */
  readonly policy: string | null;
  readonly body: Uint8Array;
  /** False where the workload may get bytes of the body that are not in `body`. */
  readonly bodyComplete: boolean;
  /** False where header lines were left out for their number. */
  readonly headersComplete: boolean;
  /** The Accept header, or empty. */
  readonly accept: string;
  /** The client says that it is a probe of ours: a label of what is told, never a reason for anything. */
  readonly probe: boolean;
}

/**
 * @param bodyBytesMax `max_request_bytes` of Envoy's filter where the configuration says it, else 0; the context
 *   extension `sluice.max_request_bytes` of a route has the last word
 * @throws ServerError CHECK_INCOMPLETE, CONTEXT_INVALID
 */
export function fromEnvoy(check: CheckRequest, bodyBytesMax: number): EnvoyRequest {
  const { http, contextExtensions } = check;
  if (http === null) throw new ServerError('CHECK_INCOMPLETE', { part: 'request.http' });
  if (http.method === '') throw new ServerError('CHECK_INCOMPLETE', { part: 'method' });
  const scan = scanHeaders(http);
  const body = http.rawBody.byteLength > 0 ? http.rawBody : http.body;
  const limit = bodyLimit(contextExtensions.get(CONTEXT_BODY_BYTES_MAX), bodyBytesMax);
  return {
    attributes: {
      id: requestId(scan, contextExtensions.get(CONTEXT_REQUEST_ID)),
      method: http.method,
      uri: http.path,
      protocol: http.protocol,
      headers: scan.headers,
      client: check.source,
      server: check.destination,
    },
    policy: contextExtensions.get(CONTEXT_POLICY) ?? null,
    body,
    bodyComplete: isBodyComplete(scan, body.byteLength, limit),
    headersComplete: !http.headersCut,
    accept: scan.accept,
    probe: scan.probe,
  };
}

/** Envoy's own, so that its log and our event say the same. Where Envoy makes none, a client's could be the same each time. */
function requestId({ requestId: given, requestIds }: HeaderScan, source: string | undefined): string {
  const isTaken = source !== REQUEST_ID_OWN && requestIds === 1 && REQUEST_ID.test(given);
  return isTaken ? given : randomUUID();
}

interface HeaderScan {
  readonly headers: HeaderEntry[];
  requestId: string;
  requestIds: number;
  accept: string;
  probe: boolean;
  saysPartial: boolean;
  hasUpgrade: boolean;
  hasTransferEncoding: boolean;
  /** Bytes; the largest where several are given, 0 where none. */
  contentLength: number;
}

function scanHeaders(http: CheckedHttp): HeaderScan {
  const scan: HeaderScan = {
    headers: [],
    requestId: '',
    requestIds: 0,
    accept: '',
    probe: false,
    saysPartial: false,
    hasUpgrade: false,
    hasTransferEncoding: false,
    contentLength: 0,
  };
  const hosts: string[] = [];
  let authority = '';
  for (const entry of http.headerLines.length > 0 ? http.headerLines : http.headers) {
    const [name, value] = entry;
    if (name === ':authority') authority = value;
    if (name.startsWith(':')) continue;
    if (name === PARTIAL_BODY_HEADER) {
      scan.saysPartial ||= value !== 'false';
      continue;
    }
    if (name === KEPT_PROTO_HEADER) continue;
    if (name === 'host') hosts.push(value);
    scan.headers.push(entry);
    noteHeader(scan, name, value);
  }
  if (authority === '' && hosts.length === 0) authority = http.host;
  // The workload gets :authority as its Host, so it is inspected even where another Host is given beside it.
  if (authority !== '' && !hosts.includes(authority)) scan.headers.unshift(['host', authority]);
  return scan;
}

/** Keeps of a header what the server itself looks at. Envoy gives names in lower case. */
function noteHeader(scan: HeaderScan, name: string, value: string): void {
  switch (name) {
    case 'x-request-id':
      scan.requestId = value;
      scan.requestIds++;
      return;
    case 'accept':
      if (scan.accept === '') scan.accept = value;
      return;
    case PROBE_HEADER:
      scan.probe = true;
      return;
    case 'upgrade':
      scan.hasUpgrade = true;
      return;
    case 'transfer-encoding':
      scan.hasTransferEncoding = true;
      return;
    case 'content-length':
      if (DIGITS.test(value)) scan.contentLength = Math.max(scan.contentLength, Number(value));
      return;
  }
}

/**
 * Envoy's own word is not enough: it says "false" where a chunk's end falls on its limit although more follows, and
 * it buffers nothing of an upgrade's body or where a route switches buffering off.
 */
function isBodyComplete(scan: HeaderScan, bodyBytes: number, limit: number): boolean {
  if (scan.saysPartial) return false;
  if (limit > 0 && bodyBytes >= limit) return false;
  if (scan.contentLength > bodyBytes) return false;
  return !(scan.hasUpgrade && scan.hasTransferEncoding);
}

function bodyLimit(extension: string | undefined, configured: number): number {
  if (extension === undefined) return configured;
  if (!DIGITS.test(extension) || Number(extension) === 0) {
    throw new ServerError('CONTEXT_INVALID', {
      name: CONTEXT_BODY_BYTES_MAX,
      reason: 'not a number of bytes, 1 or more',
    });
  }
  return Number(extension);
}
