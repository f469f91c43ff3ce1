/** A CheckRequest to what the inspector is asked. All of Envoy's particulars end here. */
import type { HttpRequestAttributes } from '@sluice/engine';
import { CONTEXT_BODY_BYTES_MAX, CONTEXT_POLICY, CONTEXT_REQUEST_ID } from '@sluice/envoy-config/contract';
import { ServerError } from './errors.ts';
import type { Scheme } from './inspector.ts';
import {
  type HeaderScan,
  requestIdOf,
  requestTarget,
  restoreFraming,
  scanHeaders,
  schemeOf,
} from './request-headers.ts';
import type { CheckRequest } from './wire/check-request.ts';

/** Envoy adds it to what it sends to us, and strips the client's own: it is not part of the request. */
const PARTIAL_BODY_HEADER = 'x-envoy-auth-partial-body';

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
  /** What the probe calls itself; empty where it is none. */
  readonly probeName: string;
  /** Between client and Envoy; null where it is neither of both. */
  readonly scheme: Scheme | null;
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
  let saysPartial = false;
  const scan = scanHeaders(http.headerLines.length > 0 ? http.headerLines : http.headers, {
    host: http.host,
    requestIds: contextExtensions.get(CONTEXT_REQUEST_ID),
    takes: (name, value) => {
      if (name !== PARTIAL_BODY_HEADER) return false;
      saysPartial ||= value !== 'false';
      return true;
    },
  });
  const body = http.rawBody.byteLength > 0 ? http.rawBody : http.body;
  restoreFraming(scan, http.protocol, body.byteLength > 0);
  const limit = bodyLimit(contextExtensions.get(CONTEXT_BODY_BYTES_MAX), bodyBytesMax);
  return {
    attributes: {
      id: requestIdOf(scan, contextExtensions.get(CONTEXT_REQUEST_ID)),
      method: http.method,
      uri: requestTarget(http.method, http.path, scan),
      protocol: http.protocol,
      headers: scan.headers,
      client: check.source,
      server: check.destination,
    },
    policy: contextExtensions.get(CONTEXT_POLICY) ?? null,
    body,
    bodyComplete: !saysPartial && isBodyComplete(scan, body.byteLength, limit),
    headersComplete: !http.headersCut,
    accept: scan.accept,
    probe: scan.probe,
    probeName: scan.probeName,
    scheme: schemeOf(http.scheme),
  };
}

/**
 * Envoy's own word is not enough: it says "false" where a chunk's end falls on its limit although more follows, and
 * it buffers nothing of an upgrade's body or where a route switches buffering off.
 */
function isBodyComplete(scan: HeaderScan, bodyBytes: number, limit: number): boolean {
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
