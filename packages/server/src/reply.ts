/** The two replies there are. Handlers make a response through these alone. */
import { blockPage } from './block-page.ts';
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
  /** Why the request could not be inspected; empty where it could. */
  readonly cause: string;
  readonly durationMicros: number;
  /** The request called itself a probe. */
  readonly probe: boolean;
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
    headers: [
      ['content-type', page.contentType],
      ['cache-control', 'no-store'],
      ['x-request-id', metadata.requestId],
      ...page.headers,
    ],
    body: page.body,
    metadata: struct('deny', metadata),
  };
  return encodeCheckResponse(response);
}

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
});
