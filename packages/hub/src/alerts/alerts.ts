/**
 * Alerts as they run: each is evaluated once a period, by whoever has the lease; what it finds goes into the book in one
 * transaction, and from there to people.
 */
import type { EventStore } from '../store/event-store.ts';
import type { AlertBook, AlertStatus, Progress } from './book.ts';
import type { AlertDefinition } from './definition.ts';
import { type Evaluation, Evaluator, timesAgain } from './evaluation.ts';
import { ALERT_LIMITS } from './limits.ts';
import type { AlertCounts } from './metrics.ts';

export interface AlertsLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface AlertsOptions {
  readonly store: EventStore;
  readonly book: AlertBook;
  readonly log: AlertsLog;
  /** Of this process, unlike all others. */
  readonly holder: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Who is told: targets by name, of an alert. */
  readonly targetsOf: (definition: AlertDefinition) => readonly string[];
  readonly counts?: AlertCounts;
  /** There is something in the book that people are to be told. */
  readonly onNotices?: () => void;
  /** An alert was evaluated, or could not be. */
  readonly onStatus?: (definition: AlertDefinition, status: AlertStatus) => void;
}

/** A definition, and since when it is in force. */
interface InForce {
  readonly definition: AlertDefinition;
  readonly since: number;
}

export class Alerts {
  readonly #options: AlertsOptions;
  readonly #now: () => number;
  #inForce: ReadonlyMap<string, InForce> = new Map();
  /** Of those whose last evaluation failed. */
  readonly #failed = new Map<string, AlertStatus>();

  constructor(options: AlertsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => Date.now());
  }

  /** These are in force from now on, by their names. */
  use(definitions: readonly AlertDefinition[]): void {
    const now = this.#now();
    this.#inForce = new Map(
      definitions.map((definition) => {
        const { name } = definition;
        return [name, { definition, since: this.#inForce.get(name)?.since ?? now }];
      }),
    );
  }

  get definitions(): readonly AlertDefinition[] {
    return [...this.#inForce.values()].map(({ definition }) => definition);
  }

  definition(name: string): AlertDefinition | null {
    return this.#inForce.get(name)?.definition ?? null;
  }

  /** Milliseconds by which its next evaluation is late; 0 where it is not due yet, or there is no such alert. */
  overdueMillis(name: string): number {
    const each = this.#inForce.get(name);
    return each === undefined ? 0 : Math.max(0, this.#now() - this.#last(each) - each.definition.period);
  }

  /** Null where it was never evaluated, nor could not be. */
  status(name: string): AlertStatus | null {
    return this.#failed.get(name) ?? this.#options.book.status(name);
  }

  /**
   * Evaluates what is due, the periods that were missed included, one after the other.
   * @returns when something is due next, in milliseconds since the epoch; null where there is nothing
   */
  async run(signal?: AbortSignal): Promise<number | null> {
    if (!this.#lease()) return this.#now() + ALERT_LIMITS.leaseMillis;
    // An evaluation may take longer than the lease.
    const keeping = setInterval(() => this.#lease(), ALERT_LIMITS.leaseMillis / 3);
    try {
      for (const each of this.#inForce.values()) {
        for (const at of this.#due(each)) {
          if (signal?.aborted === true) return null;
          if (!(await this.#evaluate(each.definition, at))) break;
        }
      }
    } finally {
      clearInterval(keeping);
    }
    const next = [...this.#inForce.values()].map((each) => this.#last(each) + each.definition.period);
    return next.length === 0 ? null : Math.min(...next);
  }

  #lease(): boolean {
    const { book, holder } = this.#options;
    const now = this.#now();
    return book.lease(holder, now, now + ALERT_LIMITS.leaseMillis);
  }

  #last({ definition: { name, period }, since }: InForce): number {
    // One that was never evaluated is due at once, for the period behind it.
    return this.#options.book.progress(name)?.evaluatedAt ?? since - period;
  }

  #due(each: InForce): readonly number[] {
    const { name, period } = each.definition;
    const last = this.#last(each);
    const missed = Math.floor((this.#now() - last) / period);
    const kept = Math.min(missed, ALERT_LIMITS.missedPeriodsMax);
    if (kept < missed) {
      const fields = { alert: name, periods: missed - kept };
      this.#options.log.warn(fields, 'periods without a hub are not made up for');
    }
    return Array.from({ length: kept }, (_, index) => last + (missed - kept + index + 1) * period);
  }

  /** @returns whether it was done; what failed is tried again at the next run */
  async #evaluate(definition: AlertDefinition, at: number): Promise<boolean> {
    const { book, store, holder, log, targetsOf, onNotices, onStatus, counts } = this.#options;
    const { name } = definition;
    const now = this.#now();
    const took = stopwatch();
    try {
      const silencedUntil = book.silence(name, now)?.until ?? null;
      const evaluator = new Evaluator(definition, store, { instances: book.instances(name), silencedUntil });
      const arrivalsUntil = now - ALERT_LIMITS.settleMillis;
      const left = await this.#lookAgain(definition, evaluator, at, arrivalsUntil);
      await evaluator.at(at);
      const { evaluation } = evaluator;
      const targets = targetsOf(definition);
      const notices = evaluation.notices.map((notice) => ({ notice, targets }));
      const status = statusOf(evaluation, book.status(name), at, problemsOf(evaluation, left));
      const { instances } = evaluation;
      const evaluated = { alert: name, at, arrivalsUntil, instances, notices, status };
      if (!book.write(evaluated, holder, this.#now())) return false;
      this.#failed.delete(name);
      counts?.evaluated(name, 'done', took());
      for (const notice of evaluation.notices) counts?.noticed(notice);
      onStatus?.(definition, status);
      if (notices.length > 0) onNotices?.();
      return true;
    } catch (error) {
      counts?.evaluated(name, 'failed', took());
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ alert: name, reason }, 'an alert cannot be evaluated; it is tried again');
      const status = failed(book.status(name), this.#now(), reason);
      this.#failed.set(name, status);
      onStatus?.(definition, status);
      return false;
    }
  }

  /** @returns how many evaluations that late documents belong to were too many to be made again */
  async #lookAgain(
    definition: AlertDefinition,
    evaluator: Evaluator,
    at: number,
    arrivalsUntil: number,
  ): Promise<number> {
    const { book } = this.#options;
    const progress: Progress | null = book.progress(definition.name);
    if (progress === null) return 0;
    const late = book.oldestArrival(progress.arrivalsUntil, arrivalsUntil) ?? Number.POSITIVE_INFINITY;
    const last = at - definition.period;
    const oldest = Math.min(late, last - ALERT_LIMITS.lagMillis);
    const again = timesAgain(definition, { at, last, oldest, first: progress.firstAt });
    for (const time of again.times) await evaluator.again(time);
    return again.left;
  }
}

/** @returns seconds since then */
function stopwatch(): () => number {
  const began = performance.now();
  return () => (performance.now() - began) / 1_000;
}

interface Problem {
  readonly type: string;
  readonly message: string;
}

function problemsOf({ truncated }: Evaluation, left: number): readonly Problem[] {
  const keys = `more than ${ALERT_LIMITS.findingsMax} keys: those beyond are not told apart`;
  const late = `documents came so late that ${left} evaluations were not made again`;
  return [
    ...(truncated ? [{ type: 'TooManyKeys', message: keys }] : []),
    ...(left > 0 ? [{ type: 'TooLate', message: late }] : []),
  ];
}

function statusOf(
  { firing }: Evaluation,
  before: AlertStatus | null,
  at: number,
  problems: readonly Problem[],
): AlertStatus {
  const time = new Date(at).toISOString();
  const active = firing > 0;
  return {
    lastUpdate: time,
    active,
    healthy: problems.length === 0,
    lastExecuted: time,
    lastEvent: active ? time : (before?.lastEvent ?? null),
    errorConditions: problems,
  };
}

const failed = (before: AlertStatus | null, now: number, message: string): AlertStatus => ({
  lastUpdate: new Date(now).toISOString(),
  active: before?.active ?? false,
  healthy: false,
  lastExecuted: before?.lastExecuted ?? null,
  lastEvent: before?.lastEvent ?? null,
  errorConditions: [{ type: 'NotEvaluated', message }],
});
