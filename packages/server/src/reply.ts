/** The replies there are. Handlers say allow and deny through these alone. */
import { type BlockPage, blockPage } from './block-page.ts';
import type { Coverage } from './exchange-inspector.ts';
import type { ImmediateReply } from './ext-proc/messages.ts';
import type { BlockPagePolicy } from './policy.ts';
import {
  type AllowResponse,
  type DenyResponse,
  encodeCheckResponse,
  type Metadata,
} from './wire/check-response.ts';

export interface ReplyMetadata {
  readonly requestId: string;
  readonly policy: string;
  readonly mode: string;
  /** allow, deny or uninspectable: what was found, whatever was done about it. */
  readonly verdict: string;
  readonly wouldBlock: boolean;
  readonly rules: readonly number[];
  /** The inbound anomaly score, or null. */
  readonly score: number | null;
  /** Why the request could not be inspected; empty where it could. */
  readonly cause: string;
  readonly durationMicros: number;
  /** The request called itself a probe. */
  readonly probe: boolean;
  /** As far as it is known with this answer. */
  readonly coverage: Coverage;
}

export interface DenyReplyOptions {
  /** HTTP status, 400 to 511. */
  readonly status: number;
  /** The client's Accept header, latin1, or empty. */
  readonly accept: string;
  /** The policy's own page. */
  readonly page?: BlockPagePolicy;
}

/** More rule ids than this are left to the event: Envoy's access log is no place for hundreds. */
const METADATA_RULES_MAX = 32;

/** The request goes on as it is: nothing is added that the client or the workload could see. */
export function allowReply(metadata: ReplyMetadata): Uint8Array {
  const response: AllowResponse = { kind: 'allow', metadata: struct('allow', metadata) };
  return encodeCheckResponse(response);
}

/** The client gets a block page in its place. */
export function denyReply(metadata: ReplyMetadata, options: DenyReplyOptions): Uint8Array {
  const page = blockPage(options.accept, metadata.requestId, options.page);
  const response: DenyResponse = {
    kind: 'deny',
    status: options.status,
    headers: denialHeaders(page, metadata.requestId),
    body: page.body,
    metadata: struct('deny', metadata),
  };
  return encodeCheckResponse(response);
}

export interface ImmediateOptions extends DenyReplyOptions {
  /** The client speaks gRPC: it is told in gRPC's own terms. */
  readonly isGrpc: boolean;
}

/** On a stream: the client gets a block page in place of what the workload said, or would have said. */
export function denyImmediately(metadata: ReplyMetadata, options: ImmediateOptions): ImmediateReply {
  const { status, accept, isGrpc } = options;
  const page = isGrpc ? GRPC_PAGE : blockPage(accept, metadata.requestId, options.page);
  return {
    kind: 'immediate',
    status,
    headers: denialHeaders(page, metadata.requestId),
    body: page.body,
    grpcStatus: isGrpc ? (GRPC_STATUSES[status] ?? GRPC_PERMISSION_DENIED) : null,
    details: metadata.cause === '' ? 'sluice_denied' : `sluice_${metadata.cause}`,
    metadata: struct('deny', metadata),
  };
}

/** On a stream: what is said of a message that goes on as it is. */
export const passMetadata = (metadata: ReplyMetadata): Metadata => struct('allow', metadata);

/** google.rpc.Code */
const GRPC_PERMISSION_DENIED = 7;
const GRPC_STATUSES: Readonly<Record<number, number>> = { 408: 4, 413: 8 };

/** Envoy makes `grpc-message` of a body. */
const GRPC_PAGE: BlockPage = { contentType: 'application/grpc', body: 'blocked', headers: [] };

const denialHeaders = (page: BlockPage, requestId: string): DenyResponse['headers'] => [
  ['content-type', page.contentType],
  ['cache-control', 'no-store'],
  ['x-request-id', requestId],
  ...page.headers,
];

const struct = (action: 'allow' | 'deny', from: ReplyMetadata): Metadata => ({
  request_id: from.requestId,
  policy: from.policy,
  mode: from.mode,
  verdict: from.verdict,
  action,
  would_block: from.wouldBlock,
  rule_ids: from.rules.slice(0, METADATA_RULES_MAX),
  cause: from.cause,
  duration_us: from.durationMicros,
  probe: from.probe,
  ...told(from.coverage),
});

/** Bytes are told where there were any, and what was left out where something was: most requests are neither. */
function told(coverage: Coverage): Metadata {
  const { requestBytesSeen, requestBytesPassed, responseBytesSeen, responseBytesPassed, skipped } = coverage;
  return {
    ...(requestBytesSeen > 0
      ? { request_bytes_seen: requestBytesSeen, request_bytes_passed: requestBytesPassed }
      : {}),
    ...(responseBytesSeen > 0
      ? { response_bytes_seen: responseBytesSeen, response_bytes_passed: responseBytesPassed }
      : {}),
    ...(skipped.length > 0 ? { skipped: skipped.join(', ') } : {}),
  };
}
