/** What of an exchange was not inspected, and why. */

import { CLIENT_GONE } from '@sluice/engine';

/** A closed set: each is a label. */
export const SKIPS = [
  /** The policy inspects no bodies of this kind. */
  'request_body: policy',
  /** Bytes of a tunnel, behind a handshake that was inspected. */
  'request_body: upgrade',
  /** More than the limit, which the policy lets pass. */
  'request_body: over the limit',
  /** Detect: more came than can be kept for inspection. */
  'request_body: backlog',
  /** The request ended before its body did: its client left, or the workload answered without waiting for it. */
  CLIENT_GONE,
  /** A failure, or a limit that the policy lets pass. */
  'request: uninspectable',
  /** Nothing is inspected: there is no room, and the policy detects. */
  'exchange: no room',
  /** A rule weakened the mode for this request. */
  'exchange: mode',
  /** The policy inspects no responses, or none of this kind. */
  'response_body: policy',
  'response_body: upgrade',
  /** A stream without end by its media type, or one that came in pieces with pauses. */
  'response_body: stream',
  'response_body: over the limit',
  'response_body: backlog',
  /** It came before the request's end. */
  'response: early',
  'response: uninspectable',
  'response_trailers: not inspected',
] as const;

export type Skip = (typeof SKIPS)[number];
