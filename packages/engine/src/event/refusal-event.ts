/**
 * The event of an exchange that the adapter decided by itself: a deadline passed, a worker was lost, more headers came than
 * are taken. No transaction tells of it; it is masked as those are.
 */
import type { HttpRequestAttributes } from '../attributes/http-attributes.ts';
import { DEFAULT_SETTINGS } from '../compile/settings.ts';
import type { PolicyMode } from '../link/rule-set.ts';
import { readHead } from '../transaction/request-head.ts';
import { RequestData } from '../variables/request-data.ts';
import { type EventCoverage, shownCounts } from './coverage.ts';
import { messageFields, type WafEvent } from './event.ts';
import { maskFor } from './mask.ts';
import { showable } from './showable.ts';

export interface Refusal {
  readonly attributes: HttpRequestAttributes;
  /** Name of the policy. */
  readonly policy: string;
  readonly mode: PolicyMode;
  /** From the adapter's closed set: `deadline`, `headers`, `inspector_failed`. */
  readonly cause: string;
  readonly detail: string;
  /** Whether the client was refused: Detect lets pass, as does a policy that names the cause. */
  readonly isDenied: boolean;
  /** HTTP status of the answer; null where the request went on. */
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
  const { attributes, coverage = NOTHING_COUNTED } = refusal;
  const request = new RequestData(attributes);
  readHead(request, DEFAULT_SETTINGS);
  const mask = maskFor(request, null);
  return {
    ...messageFields(request, mask, {
      startedAtMillis: refusal.startedAtMillis,
      durationMicros: refusal.durationMicros,
      isDenied: refusal.isDenied,
      action: 'uninspectable',
    }),
    waf: {
      schema: 1,
      policy: refusal.policy,
      mode: refusal.mode,
      would_block: true,
      status: refusal.status,
      cause: refusal.cause,
      detail: showable(mask, refusal.detail),
      scores: {},
      rules: [],
      coverage: { body_bytes: 0, body_inspected: false, ...shownCounts(coverage, []) },
    },
  };
}
