/**
 * The event of an exchange that the adapter decided by itself: a deadline passed, a worker was lost, there was no room, more
 * headers came than are taken. No transaction tells of it; it is masked as those are.
 */
import type { HttpRequestAttributes } from '../attributes/http-attributes.ts';
import { DEFAULT_SETTINGS } from '../compile/settings.ts';
import type { PolicyMode } from '../link/rule-set.ts';
import { readHead } from '../transaction/request-head.ts';
import { RequestData } from '../variables/request-data.ts';
import { known } from './absent.ts';
import { type EventCoverage, isCutShort, shownCounts } from './coverage.ts';
import { contextFacts } from './event.ts';
import { makeEventId } from './event-id.ts';
import type { EventContext } from './event-options.ts';
import { maskFor } from './mask.ts';
import { messageFields } from './message-fields.ts';
import { shower } from './showable.ts';
import type { EventAction, WafEvent } from './waf-event.ts';

export interface Refusal extends EventContext {
  readonly attributes: HttpRequestAttributes;
  /** Name of the policy. */
  readonly policy: string;
  readonly mode: PolicyMode;
  /** Default: `uninspectable`. `deny` is what a policy denies without a look at rules. */
  readonly action?: Exclude<EventAction, 'allow'>;
  /** From the adapter's closed set: `deadline`, `headers`, `inspector_failed`, `unavailable`. */
  readonly cause: string;
  readonly detail: string;
  /** Whether the client was refused: Detect lets pass, as does a policy that names the cause. */
  readonly isDenied: boolean;
  /** Whether Block refuses such a request; absent: it does. */
  readonly wouldBlock?: boolean;
  /** HTTP status of the answer; null where the request went on, or where it is Envoy's own business. */
  readonly status: number | null;
  /** Milliseconds since the epoch, when the exchange began. */
  readonly startedAtMillis: number;
  readonly durationMicros: number;
  readonly coverage?: EventCoverage;
}

const NOTHING_COUNTED: EventCoverage = {
  requestBytesSeen: 0,
  requestBytesPassed: 0,
  responseBytesSeen: 0,
  responseBytesPassed: 0,
  skipped: [],
};

/** Total: attributes that no transaction would take make an event, too. */
export function buildRefusalEvent(refusal: Refusal): WafEvent {
  const { attributes, coverage = NOTHING_COUNTED, action = 'uninspectable', cause } = refusal;
  const request = new RequestData(attributes);
  readHead(request, DEFAULT_SETTINGS);
  const mask = maskFor(request, null, [], refusal.masking);
  const shows = shower(mask);
  const detail = shows(refusal.detail);
  const shown = { body_bytes: 0, body_inspected: false, ...shownCounts(coverage, []) };
  const fields = messageFields(
    { request, response: null, coverage: shown, context: refusal, shows },
    {
      id: makeEventId(),
      startedAtMillis: refusal.startedAtMillis,
      durationMicros: refusal.durationMicros,
      isDenied: refusal.isDenied,
      action,
      isIncomplete: action === 'uninspectable' || isCutShort(coverage.skipped),
      severity: null,
      reason: detail === '' ? cause : detail,
      status: refusal.isDenied ? refusal.status : null,
      msg: action === 'deny' ? `WAF policy denied: ${cause}` : `WAF could not inspect: ${cause}`,
      level: 'warning',
    },
  );
  return {
    ...fields,
    waf: {
      schema: 1,
      policy: refusal.policy,
      mode: refusal.mode,
      would_block: refusal.wouldBlock ?? true,
      ...known('status', refusal.status),
      cause,
      ...known('detail', detail),
      ...contextFacts(refusal),
      latency_us: refusal.durationMicros,
      scores: {},
      rules: [],
      coverage: shown,
    },
    rules: [],
  };
}
