/** Events of what the server decides by itself: no transaction tells of it. */
import {
  buildRefusalEvent,
  type EventCoverage,
  type EventEnds,
  type HttpRequestAttributes,
  type WafEvent,
} from '@sluice/engine';
import { type EventOrigin, eventContext } from './event-origin.ts';
import type { Mode, Scheme, Verdict } from './inspector.ts';
import { LogThrottle } from './log.ts';
import type { EnforcedPolicy } from './policy.ts';

/** Events of requests for which there was no room: more would take the time that is missing already. */
const UNAVAILABLE_MAX = 100;
const UNAVAILABLE_PERIOD_MILLIS = 1_000;

export interface RefusedRequest {
  readonly attributes: HttpRequestAttributes;
  readonly policyName: string;
  readonly policy: EnforcedPolicy;
  readonly mode: Mode;
  readonly probe: boolean;
  readonly scheme: Scheme | null;
  /** Milliseconds since it began. */
  readonly elapsedMillis: number;
  readonly coverage?: EventCoverage;
  readonly ends?: EventEnds;
}

export interface Refusing {
  readonly verdict: Exclude<Verdict, { kind: 'allow' }>;
  /** In words, where the cause does not say it all. */
  readonly detail?: string;
  readonly isDenied: boolean;
  readonly wouldBlock: boolean;
  /** HTTP status of the denial, or of what it would be; null where it is Envoy's own, or none. */
  readonly status: number | null;
}

type Facts = Omit<Refusing, 'verdict'> & {
  readonly action: 'deny' | 'uninspectable';
  readonly cause: string;
};

export class RefusalEvents {
  readonly #origin: EventOrigin;
  readonly #throttle = new LogThrottle(UNAVAILABLE_MAX, UNAVAILABLE_PERIOD_MILLIS);

  constructor(origin: EventOrigin) {
    this.#origin = origin;
  }

  refused(request: RefusedRequest, { verdict, ...refusing }: Refusing): WafEvent {
    const cause = verdict.kind === 'uninspectable' ? verdict.cause : 'policy';
    return this.#build(request, { ...refusing, action: verdict.kind, cause });
  }

  /**
   * Sluice could not take the request: what becomes of it, Envoy's configuration says.
   *
   * @param detail what there was no room for
   * @returns null where there have been too many; the next one tells how many
   */
  unavailable(request: RefusedRequest, detail: string): WafEvent | null {
    const leftOut = this.#throttle.admit(performance.now());
    if (leftOut === null) return null;
    const isDenied = request.mode === 'Block' && request.policy.unavailable !== 'Open';
    const others = leftOut === 0 ? '' : `; ${leftOut} requests before it have no event`;
    return this.#build(request, {
      action: 'uninspectable',
      cause: 'unavailable',
      detail: detail + others,
      isDenied,
      wouldBlock: isDenied,
      status: null,
    });
  }

  #build(request: RefusedRequest, { detail = '', ...facts }: Facts): WafEvent {
    const { attributes, policyName: policy, mode, probe, scheme, elapsedMillis, coverage, ends } = request;
    return buildRefusalEvent({
      ...eventContext(this.#origin, request.policy.events),
      ...ends,
      ...facts,
      attributes,
      policy,
      mode,
      detail,
      probe,
      ...(scheme === null ? {} : { scheme }),
      startedAtMillis: Date.now() - elapsedMillis,
      durationMicros: Math.round(elapsedMillis * 1_000),
      ...(coverage === undefined ? {} : { coverage }),
    });
  }
}
