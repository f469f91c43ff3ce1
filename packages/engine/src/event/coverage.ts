/** How much of a message was inspected: what an event says of it, and what of that the engine knows by itself. */
import type { TransactionResult } from '../transaction/transaction.ts';
import type { Verdict } from '../verdict/verdict.ts';

/** What went by, as an adapter has counted it. */
export interface EventCoverage {
  readonly requestBytesSeen: number;
  readonly requestBytesPassed: number;
  readonly responseBytesSeen: number;
  readonly responseBytesPassed: number;
  /** What was not inspected, and why: `request_body: upgrade`. From a closed set. */
  readonly skipped: readonly string[];
}

/** A type, as those of waf-event.ts. */
export type ShownCoverage = {
  /** Bytes of the request's body that the engine took, and whether it looked at them. */
  readonly body_bytes: number;
  readonly body_inspected: boolean;
  /** Bytes of bodies that came, and that went on. */
  readonly request_bytes_seen: number;
  readonly request_bytes_passed: number;
  readonly response_bytes_seen: number;
  readonly response_bytes_passed: number;
  readonly skipped: readonly string[];
};

/** What the engine may say was not inspected as a whole; adapters add their own. */
export const ENGINE_SKIPS = Object.freeze({
  /** The policy inspects no bodies of requests, or a rule has switched it off for this one. */
  requestBody: 'request_body: policy',
  /** Longer than what is judged at once: each part of it was judged with what stands around it. */
  requestWindowed: 'request_body: windowed',
  /** Bytes beyond a limit, where the policy lets them pass (ProcessPartial). */
  requestLimit: 'request_body: limit',
  responseLimit: 'response_body: limit',
  /** Compressed in a way that is not undone. */
  responseEncoding: 'response_body: encoding',
});

/** An adapter's word that the client left before its request was over, which nobody refused. */
export const CLIENT_GONE = 'request: client gone' as const;

export const isClientGone = (skipped: readonly string[]): boolean => skipped.includes(CLIENT_GONE);

/**
 * What the rules say of a request that its client has left: that a part of the body is all there is is no attack, unless a rule
 * finds one in that part.
 */
export function verdictOfGone(
  verdict: Verdict,
  options: { readonly coverage?: EventCoverage | undefined },
): Verdict {
  const isExcused = verdict.kind === 'uninspectable' && verdict.cause === 'body_partial';
  return isExcused && isClientGone(options.coverage?.skipped ?? []) ? { kind: 'allow' } : verdict;
}

/** What was left out because of a limit, a failure or a client, and not because the policy says so. */
const CUT_SHORT = /limit$|: (?:backlog|no room|uninspectable|client gone|encoding|early)$/;

export const isCutShort = (skipped: readonly string[]): boolean =>
  skipped.some((what) => CUT_SHORT.test(what));

/** Without what an adapter has counted, a body that was not denied has passed. */
export function shownCoverage(result: TransactionResult, given: EventCoverage | undefined): ShownCoverage {
  const { state, verdict, mode } = result;
  const { request, response } = state;
  const isDenied = mode === 'Block' && verdict.kind !== 'allow';
  const responseBytes = response?.bodyBytes ?? 0;
  const counted = given ?? {
    requestBytesSeen: request.bodyBytes,
    requestBytesPassed: isDenied ? 0 : request.bodyBytes,
    responseBytesSeen: responseBytes,
    responseBytesPassed: isDenied ? 0 : responseBytes,
    skipped: [],
  };
  return {
    body_bytes: request.bodyBytes,
    body_inspected: state.requestBodyAccess,
    ...shownCounts(counted, skipsOf(result, counted)),
  };
}

export const shownCounts = (
  counted: EventCoverage,
  skips: readonly string[],
): Omit<ShownCoverage, 'body_bytes' | 'body_inspected'> => ({
  request_bytes_seen: counted.requestBytesSeen,
  request_bytes_passed: counted.requestBytesPassed,
  response_bytes_seen: counted.responseBytesSeen,
  response_bytes_passed: counted.responseBytesPassed,
  skipped: [...new Set([...counted.skipped, ...skips])],
});

const NO_SKIPS: readonly string[] = [];

function skipsOf(result: TransactionResult, counted: EventCoverage): readonly string[] {
  const isByPolicy = !result.state.requestBodyAccess && counted.requestBytesSeen > 0;
  const skips = engineSkips(result);
  return isByPolicy ? [ENGINE_SKIPS.requestBody, ...skips] : skips;
}

/** What the engine left out, apart from what it was told not to look at. Most requests have none. */
export function engineSkips({ state, isWindowed }: TransactionResult): readonly string[] {
  const { request, response, ruleSet } = state;
  const isOver = request.inboundDataError || response?.outboundDataError === true;
  if (!isWindowed && !isOver && response?.isEncoded !== true) return NO_SKIPS;
  const { requestBodyLimitAction, responseBodyLimitAction } = ruleSet.settings;
  const skips: string[] = [];
  if (isWindowed) skips.push(ENGINE_SKIPS.requestWindowed);
  if (request.inboundDataError && requestBodyLimitAction === 'ProcessPartial') {
    skips.push(ENGINE_SKIPS.requestLimit);
  }
  if (response?.outboundDataError === true && responseBodyLimitAction === 'ProcessPartial') {
    skips.push(ENGINE_SKIPS.responseLimit);
  }
  if (response?.isEncoded === true) skips.push(ENGINE_SKIPS.responseEncoding);
  return skips;
}
