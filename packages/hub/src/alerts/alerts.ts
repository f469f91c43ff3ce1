/**
 * Alerts as they run: each is evaluated once a period, by whoever has the lease; what it finds goes into the book in one
 * transaction, and from there to people.
 */
import type { EventStore } from '../store/event-store.ts';
import type { AlertBook, AlertStatus } from './book.ts';
import type { AlertDefinition } from './definition.ts';
import { evaluate, type Finding, type Window } from './evaluate.ts';
import { type Instance, step } from './instance.ts';
import { ALERT_LIMITS } from './limits.ts';
import { type AlertNotice, noticeOf } from './notice.ts';

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
  /** How long documents took of late from their time to the store, at most, in milliseconds. */
  readonly lag?: () => number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Who is told: targets by name, of an alert. */
  readonly targetsOf: (definition: AlertDefinition) => readonly string[];
  /** There is something in the book that people are to be told. */
  readonly onNotices?: () => void;
}

export class Alerts {
  readonly #options: AlertsOptions;
  readonly #now: () => number;
  #definitions: ReadonlyMap<string, AlertDefinition> = new Map();
  #since: number;

  constructor(options: AlertsOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => Date.now());
    this.#since = this.#now();
  }

  /** These are in force from now on, by their names; what others left in the book stays there. */
  use(definitions: readonly AlertDefinition[]): void {
    this.#definitions = new Map(definitions.map((definition) => [definition.name, definition]));
  }

  get definitions(): readonly AlertDefinition[] {
    return [...this.#definitions.values()];
  }

  /**
   * Evaluates what is due, the periods that were missed included, one after the other.
   * @returns when something is due next, in milliseconds since the epoch; null where there is nothing
   */
  async run(signal?: AbortSignal): Promise<number | null> {
    const { book, holder } = this.#options;
    if (!book.lease(holder, this.#now(), this.#now() + ALERT_LIMITS.leaseMillis)) {
      return this.#now() + ALERT_LIMITS.leaseMillis;
    }
    for (const definition of this.#definitions.values()) {
      for (const at of this.#due(definition)) {
        if (signal?.aborted === true) return null;
        if (!(await this.#evaluate(definition, at))) break;
      }
    }
    const next = this.definitions.map((definition) => this.#last(definition) + definition.period);
    return next.length === 0 ? null : Math.min(...next);
  }

  #last({ name, period }: AlertDefinition): number {
    // One that was never evaluated is due at once, for the period behind it.
    return this.#options.book.evaluatedAt(name) ?? this.#since - period;
  }

  #due(definition: AlertDefinition): readonly number[] {
    const { name, period } = definition;
    const now = this.#now();
    const last = this.#last(definition);
    const missed = Math.floor((now - last) / period);
    const kept = Math.min(missed, ALERT_LIMITS.missedPeriodsMax);
    if (kept < missed) {
      this.#options.log.warn(
        { alert: name, periods: missed - kept },
        'periods without a hub are not made up for',
      );
    }
    return Array.from({ length: kept }, (_, index) => last + (missed - kept + index + 1) * period);
  }

  /** @returns whether it was done; what failed is tried again at the next run */
  async #evaluate(definition: AlertDefinition, at: number): Promise<boolean> {
    const { book, store, holder, log, targetsOf, onNotices } = this.#options;
    const { name } = definition;
    const now = this.#now();
    try {
      const { findings, truncated } = await evaluate(definition, store, this.#window(definition, at));
      const outcome = outcomeOf(definition, book.instances(name), findings, at);
      const problem = truncated
        ? `more than ${ALERT_LIMITS.findingsMax} keys: those beyond are not told apart`
        : null;
      const { instances } = outcome;
      const targets = targetsOf(definition);
      const notices = outcome.notices.map((notice) => ({ notice, targets }));
      const status = statusOf(instances, book.status(name), at, problem);
      if (!book.write({ alert: name, at, instances, notices, status }, holder, this.#now())) return false;
      if (notices.length > 0) onNotices?.();
      return true;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn(
        { alert: name, reason, millis: this.#now() - now },
        'an alert cannot be evaluated; it is tried again',
      );
      return false;
    }
  }

  /** Documents that were late are in it, too: those that came since the last evaluation may have any time up to the lag. */
  #window({ period, lookback }: AlertDefinition, at: number): Window {
    const lag = Math.max(ALERT_LIMITS.lagMillis, this.#options.lag?.() ?? 0);
    return { from: at - Math.max(lookback, period + lag), to: at };
  }
}

interface Outcome {
  readonly instances: readonly Instance[];
  readonly notices: readonly AlertNotice[];
}

function outcomeOf(
  definition: AlertDefinition,
  before: readonly Instance[],
  findings: readonly Finding[],
  at: number,
): Outcome {
  const known = new Map(before.map((instance) => [instance.key, instance]));
  const found = new Map(findings.map((finding) => [JSON.stringify(finding.key), finding]));
  const instances: Instance[] = [];
  const notices: AlertNotice[] = [];
  for (const key of new Set([...known.keys(), ...found.keys()])) {
    const finding = found.get(key) ?? null;
    const rules = { alert: definition.name, key, at, cooldown: definition.cooldown };
    const taken = step(known.get(key) ?? null, finding, rules);
    if (taken === null) continue;
    instances.push(taken.instance);
    if (taken.notice !== null) notices.push(noticeOf(definition, taken.instance, finding, at));
  }
  return { instances, notices };
}

function statusOf(
  instances: readonly Instance[],
  before: AlertStatus | null,
  at: number,
  problem: string | null,
): AlertStatus {
  const time = new Date(at).toISOString();
  const active = instances.some(({ state }) => state === 'firing');
  return {
    lastUpdate: time,
    active,
    healthy: problem === null,
    lastExecuted: time,
    lastEvent: active ? time : (before?.lastEvent ?? null),
    errorConditions: problem === null ? [] : [{ type: 'TooManyKeys', message: problem }],
  };
}
