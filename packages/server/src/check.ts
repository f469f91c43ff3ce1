/**
 * Answers ext_authz: a message in, a message out. Every way through ends in a reply made by reply.ts or in an error;
 * whatever the inspector does, its failure is `uninspectable`, and the policy decides.
 */
import type { EventEnds } from '@sluice/engine';
import { AUTHORIZATION_SERVICE } from '@sluice/envoy-config/contract';
import type { Afterwards } from './afterwards.ts';
import { type EnvoyRequest, fromEnvoy } from './attributes-from-envoy.ts';
import { type Decision, decide } from './decide.ts';
import { reasonOf, ServerError } from './errors.ts';
import { EventKeeper } from './event-keeper.ts';
import { eventOrigin } from './event-origin.ts';
import { outcomeOf, settling } from './event-outcome.ts';
import type { EventThread } from './event-thread/event-thread.ts';
import type { Coverage } from './exchange-inspector.ts';
import type { Skip } from './ext-proc/coverage.ts';
import type { EventSink, Inspection, Inspector, UninspectableCause, Verdict } from './inspector.ts';
import type { L7View } from './l7/l7-view.ts';
import { requestOfCheck } from './l7/of-check.ts';
import type { ServerLimits } from './limits.ts';
import { describeFault, type Log, LogThrottle } from './log.ts';
import type { Metrics } from './metrics.ts';
import { type PoliciesInForce, withDenial } from './policies/in-force.ts';
import type { Selection } from './policies/select.ts';
import type { JudgedProbes } from './probe/judged-probes.ts';
import { RefusalEvents, type RefusedRequest } from './refusal-events.ts';
import { allowReply, denyReply, type ReplyMetadata } from './reply.ts';
import type { UnaryHandler } from './transport/transport.ts';
import { decodeCheckRequest } from './wire/check-request.ts';
import type { Workloads } from './workloads/workloads.ts';

export const CHECK_PATH = `/${AUTHORIZATION_SERVICE}/Check`;

export interface CheckParts {
  readonly policies: PoliciesInForce;
  readonly limits: ServerLimits;
  readonly inspector: Inspector;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Null where events are not kept. */
  readonly events: EventSink | null;
  /** When events are made; without it, at once. */
  readonly afterwards?: Afterwards;
  /** Who makes them; without it, this thread. */
  readonly thread?: EventThread | null;
  /** Without it, those of this process. */
  readonly refusals?: RefusalEvents;
  /** Without it nobody counts. */
  readonly l7?: L7View | null;
  /** Without it nobody knows who stands behind an address. */
  readonly workloads?: Workloads | null;
  /** Without it nobody asks what became of a probe. */
  readonly probes?: JudgedProbes;
}

/** Lines of the same kind: ten in ten seconds. */
const LOG_LINES_MAX = 10;
const LOG_PERIOD_MILLIS = 10_000;

/** One request on its way. */
export interface Check {
  readonly request: EnvoyRequest;
  readonly selection: Selection;
  readonly startMillis: number;
  /** Who stands at both ends, where that is known. */
  readonly ends: EventEnds | null;
}

class CheckService {
  readonly #parts: CheckParts;
  readonly #failureThrottle = new LogThrottle(LOG_LINES_MAX, LOG_PERIOD_MILLIS);
  readonly #events: EventKeeper;
  readonly #refusals: RefusalEvents;

  constructor(parts: CheckParts) {
    this.#parts = parts;
    this.#events = new EventKeeper(parts);
    this.#refusals = parts.refusals ?? new RefusalEvents(eventOrigin());
  }

  /** @throws ServerError WIRE_MALFORMED, WIRE_LIMIT, CHECK_INCOMPLETE, CONTEXT_INVALID, POLICY_UNKNOWN, DESTINATION_UNKNOWN */
  handle(message: Uint8Array): Uint8Array | Promise<Uint8Array> {
    const startMillis = performance.now();
    const { limits, policies } = this.#parts;
    const request = fromEnvoy(decodeCheckRequest(message, limits.headerLinesMax), limits.requestBodyBytesMax);
    const { attributes, policy: named } = request;
    const { client, headers, server, uri } = attributes;
    // Routes and virtual hosts have no place in a CheckRequest.
    const destination = { address: server.address, port: server.port, route: null, virtualHost: null };
    const selection = policies.select({ named, destination, client, headers, uri });
    const ends = this.#parts.workloads?.endsOf(client.address, server.address) ?? null;
    const check: Check = { request, selection, startMillis, ends };
    if (selection.policy.mode === 'Off') return this.#answer(check, NOT_INSPECTED);
    try {
      const inspection = this.#inspect(check);
      if (inspection instanceof Promise) return this.#later(check, inspection);
      return this.#settle(check, inspection);
    } catch (error) {
      this.#countUnjudged(check);
      throw error;
    }
  }

  async #later(check: Check, inspection: Promise<Inspection>): Promise<Uint8Array> {
    try {
      return this.#settle(check, await inspection);
    } catch (error) {
      this.#countUnjudged(check);
      throw error;
    }
  }

  /** No answer of ours: Envoy fails as it is configured to. */
  #countUnjudged(check: Check): void {
    this.#parts.l7?.add(requestOfCheck(check, null));
  }

  /** Asks the inspector. What it throws is a verdict too. */
  #inspect(check: Check): Inspection | Promise<Inspection> {
    const { attributes, body, bodyComplete, probe, scheme } = check.request;
    const { ruleSet: policy } = check.selection;
    const { ends } = check;
    const known = { ...(scheme === null ? {} : { scheme }), ...(ends === null ? {} : { ends }) };
    const asked = { attributes, body, bodyComplete, policy, probe, ...known };
    try {
      const inspection = this.#parts.inspector.inspect(asked);
      if (!(inspection instanceof Promise)) return inspection;
      return this.#inTime(inspection, check);
    } catch (error) {
      return this.#failed(check, error);
    }
  }

  /** A verdict that comes later has until the deadline. A late one, and a late failure, change nothing any more. */
  async #inTime(inspection: Promise<Inspection>, check: Check): Promise<Inspection> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Inspection>((resolve) => {
      timer = setTimeout(
        () => resolve(uninspectable(check, 'deadline')),
        this.#parts.limits.verdictMillisMax,
      );
    });
    try {
      return await Promise.race([inspection, late]);
    } catch (error) {
      return this.#failed(check, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws ServerError POOL_FULL: that is no matter of this request, and Envoy fails as it does where nobody answers */
  #failed(check: Check, error: unknown): Inspection {
    const code = error instanceof ServerError ? error.code : null;
    if (code === 'POOL_FULL') {
      const request = refusedRequest(check);
      const make = (): unknown => this.#refusals.unavailable(request, reasonOf(error));
      this.#events.keep({ make, brief: null });
      throw error;
    }
    if (code === 'INSPECTION_LATE') return uninspectable(check, 'deadline');
    if (code === 'RULE_SET_RETIRED') return uninspectable(check, 'rule_set_retired');
    const suppressed = this.#failureThrottle.admit(performance.now());
    if (suppressed !== null) {
      const requestId = check.request.attributes.id;
      this.#parts.log.error({ requestId, suppressed, ...describeFault(error) }, 'the inspector failed');
    }
    return uninspectable(check, 'inspector_failed');
  }

  /** Answers with what the inspector found. An answer that makes no sense is a failure of the inspector. */
  #settle(check: Check, found: Inspection): Uint8Array {
    try {
      const { request, selection } = check;
      return this.#answer(check, withDenial(selection, withCoverage(request, found), request.attributes));
    } catch (error) {
      return this.#answer(check, this.#failed(check, error));
    }
  }

  #answer(check: Check, inspection: Inspection): Uint8Array {
    const { request, selection } = check;
    const { name, policy } = selection;
    const { verdict, rules, score } = inspection;
    const decision = decide(verdict, policy, inspection.mode);
    const durationMillis = performance.now() - check.startMillis;
    const cause = verdict.kind === 'uninspectable' ? verdict.cause : null;
    const metadata: ReplyMetadata = {
      requestId: request.attributes.id,
      policy: name,
      mode: decision.mode,
      verdict: verdict.kind,
      wouldBlock: decision.wouldBlock || (decision.mode === 'Detect' && inspection.wouldBlock),
      rules,
      score,
      cause: cause ?? '',
      durationMicros: Math.round(durationMillis * 1_000),
      probe: request.probe,
      coverage: coverageOf(request, verdict, decision),
    };
    const reply =
      decision.action === 'deny'
        ? denyReply(metadata, {
            status: decision.status,
            accept: request.accept,
            page: policy.blockPage,
          })
        : allowReply(metadata);
    this.#parts.metrics.observeCheck({
      policy: name,
      verdict: verdict.kind,
      mode: decision.mode,
      action: decision.action,
      durationSeconds: durationMillis / 1_000,
      bodyBytes: request.body.byteLength,
      bodyComplete: request.bodyComplete,
      cause,
      wouldBlock: metadata.wouldBlock,
      rules,
      score,
    });
    this.#parts.l7?.add(requestOfCheck(check, { metadata, decision }));
    if (request.probe)
      this.#parts.probes?.add({ ...judgedOf(metadata, request), verdict: verdict.kind, mode: decision.mode });
    this.#logDecision(metadata, decision);
    this.#keepEvent(check, inspection, decision);
    return reply;
  }

  /** What the server decided by itself, no transaction tells of. What makes an event holds nothing of the message received. */
  #keepEvent(check: Check, { verdict, event }: Inspection, decision: Decision): void {
    const { policy } = check.selection;
    const settlement = { verdict, decision, policy };
    if (event !== null) this.#events.keep(settling(event, settlement));
    if (event !== null || verdict.kind === 'allow') return;
    const { isDenied, wouldBlock, status } = outcomeOf(settlement);
    const coverage = coverageOf(check.request, verdict, decision);
    const request = { ...refusedRequest(check), mode: decision.mode, coverage };
    const refusing = { verdict, isDenied, wouldBlock, status };
    this.#events.keep({ make: () => this.#refusals.refused(request, refusing), brief: null });
  }

  #logDecision(metadata: ReplyMetadata, decision: Decision): void {
    if (decision.action === 'allow' && !metadata.wouldBlock) return;
    const { requestId, policy, mode, verdict, rules, cause, wouldBlock, probe } = metadata;
    const { action, status } = decision;
    this.#parts.log.debug(
      { requestId, policy, mode, verdict, action, status, rules, cause, wouldBlock, probe },
      'request judged',
    );
  }
}

const refusedRequest = ({ request, selection, startMillis, ends }: Check): RefusedRequest => ({
  attributes: request.attributes,
  policyName: selection.name,
  policy: selection.policy,
  mode: selection.policy.mode,
  probe: request.probe,
  scheme: request.scheme,
  elapsedMillis: performance.now() - startMillis,
  ...(ends === null ? {} : { ends }),
});

const judgedOf = (
  { policy, wouldBlock }: ReplyMetadata,
  { probeName: name, attributes: { server } }: EnvoyRequest,
) => ({ name, policy, wouldBlock, address: server.address, port: server.port });

const NOT_INSPECTED: Inspection = {
  verdict: { kind: 'allow' },
  mode: 'Off',
  wouldBlock: false,
  rules: [],
  score: null,
  event: null,
  durationMicros: 0,
};

const uninspectable = (check: Check, cause: UninspectableCause): Inspection => ({
  verdict: { kind: 'uninspectable', cause },
  mode: check.selection.policy.mode,
  wouldBlock: false,
  rules: [],
  score: null,
  event: null,
  durationMicros: 0,
});

/** An allow speaks of what was inspected only: where something was left out, it is no allow. */
function withCoverage(request: EnvoyRequest, inspection: Inspection): Inspection {
  if (inspection.verdict.kind !== 'allow') return inspection;
  if (!request.headersComplete)
    return { ...inspection, verdict: { kind: 'uninspectable', cause: 'headers' } };
  if (!request.bodyComplete) {
    return { ...inspection, verdict: { kind: 'uninspectable', cause: 'body_partial' } };
  }
  return inspection;
}

/** Of a body that came in part, the rest was not inspected. */
function coverageOf({ body, bodyComplete }: EnvoyRequest, verdict: Verdict, { action }: Decision): Coverage {
  const isPassed = action === 'allow';
  const skipped: Skip[] = [];
  if (!bodyComplete) skipped.push('request_body: over the limit');
  else if (isPassed && verdict.kind === 'uninspectable') skipped.push('request: uninspectable');
  return {
    requestBytesSeen: body.byteLength,
    requestBytesPassed: isPassed ? body.byteLength : 0,
    responseBytesSeen: 0,
    responseBytesPassed: 0,
    skipped,
  };
}

export function createCheckHandler(parts: CheckParts): UnaryHandler {
  const service = new CheckService(parts);
  return (message) => service.handle(message);
}
