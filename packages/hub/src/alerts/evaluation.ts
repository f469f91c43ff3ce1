/** One evaluation of an alert: which times are looked at, and what becomes of its instances. */
import type { QueryValue } from '../query/tree.ts';
import type { EventStore } from '../store/event-store.ts';
import type { AlertDefinition } from './definition.ts';
import { evaluate, type Finding, type Findings, sampleOf, type Window } from './evaluate.ts';
import { type Instance, type Notice, step } from './instance.ts';
import { withLabels } from './labels.ts';
import { ALERT_LIMITS } from './limits.ts';
import { type AlertNotice, noticeOf, sampleFrom } from './notice.ts';

/** What is remembered of an alert from one evaluation to the next. */
export interface Memory {
  readonly instances: readonly Instance[];
  /** Of the whole alert; milliseconds since the epoch. */
  readonly silencedUntil: number | null;
}

export interface Evaluation {
  /** Those that changed. */
  readonly instances: readonly Instance[];
  /** In the order in which they are to be told. */
  readonly notices: readonly AlertNotice[];
  readonly truncated: boolean;
  /** Keys that fire at the end of it. */
  readonly firing: number;
}

export const windowAt = ({ lookback }: AlertDefinition, at: number): Window => ({
  from: at - lookback,
  to: at,
});

/** Times of evaluations that are behind, to be looked at again, and how many before those are not. */
export interface Again {
  readonly times: readonly number[];
  readonly left: number;
}

/**
 * Documents that came after the evaluations in whose time they lie. What the lookback still covers needs none of this.
 * @param last time of the evaluation before this one
 * @param oldest time of the oldest document that came since
 * @param first time of the alert's first evaluation
 */
export function timesAgain(
  { period, lookback }: Pick<AlertDefinition, 'period' | 'lookback'>,
  { at, last, oldest, first }: Readonly<Record<'at' | 'last' | 'oldest' | 'first', number>>,
): Again {
  if (oldest >= at - lookback) return { times: [], left: 0 };
  const begin = Math.max(first, oldest + 1);
  const count = Math.max(0, Math.floor((last - begin) / period) + 1);
  const kept = Math.min(count, ALERT_LIMITS.missedPeriodsMax);
  const times = Array.from({ length: kept }, (_, index) => last - (kept - 1 - index) * period);
  return { times, left: count - kept };
}

const NOTHING: Findings = { findings: [], truncated: false };

export class Evaluator {
  readonly #definition: AlertDefinition;
  readonly #store: EventStore;
  readonly #silencedUntil: number | null;
  readonly #known: Map<string, Instance>;
  readonly #changed = new Map<string, Instance>();
  readonly #notices: AlertNotice[] = [];
  #truncated = false;

  constructor(definition: AlertDefinition, store: EventStore, { instances, silencedUntil }: Memory) {
    this.#definition = definition;
    this.#store = store;
    this.#silencedUntil = silencedUntil;
    this.#known = new Map(instances.map((instance) => [instance.key, instance]));
  }

  get evaluation(): Evaluation {
    const firing = [...this.#known.values()].filter(({ state }) => state === 'firing').length;
    return {
      instances: [...this.#changed.values()],
      notices: [...this.#notices],
      truncated: this.#truncated,
      firing,
    };
  }

  /**
   * @param mayFind whether there is anything then; where it is known that there is not, the store is not asked
   * @throws HubError STORE_UNAVAILABLE, STORE_REFUSED
   */
  async at(time: number, mayFind = true): Promise<void> {
    await this.#look(time, () => true, mayFind);
  }

  /**
   * A time that was looked at before. Of a key that was found then, or has been since, people know already.
   * @throws HubError STORE_UNAVAILABLE, STORE_REFUSED
   */
  async again(time: number): Promise<void> {
    await this.#look(time, (before) => before === null || before.seenAt < time);
  }

  async #look(time: number, isAsked: (before: Instance | null) => boolean, mayFind = true): Promise<void> {
    const window = windowAt(this.#definition, time);
    const { findings, truncated } = mayFind ? await evaluate(this.#definition, this.#store, window) : NOTHING;
    this.#truncated ||= truncated;
    const found = new Map(findings.map((finding) => [keyText(finding.key), finding]));
    for (const key of new Set([...this.#known.keys(), ...found.keys()])) {
      const before = this.#known.get(key) ?? null;
      if (isAsked(before)) await this.#step(key, before, found.get(key) ?? null, window);
    }
  }

  async #step(key: string, before: Instance | null, found: Finding | null, window: Window): Promise<void> {
    const { name: alert, cooldown } = this.#definition;
    const at = window.to;
    const taken = step(before, found, { alert, key, at, cooldown, silencedUntil: this.#silencedUntil });
    if (taken === null) return;
    const begins = taken.instance.episode !== before?.episode;
    const instance =
      begins && found !== null ? await this.#withSample(taken.instance, found, window) : taken.instance;
    this.#known.set(key, instance);
    this.#changed.set(key, instance);
    this.#tell(instance, taken.notice, at);
  }

  #tell(instance: Instance, notice: Notice, at: number): void {
    if (notice !== null) this.#notices.push(noticeOf(this.#definition, instance, at));
  }

  async #withSample(instance: Instance, found: Finding, window: Window): Promise<Instance> {
    if (found.count === 0) return instance;
    const newest = await sampleOf(this.#definition, this.#store, window, found);
    if (newest === null) return instance;
    const sample = sampleFrom(this.#definition.dataSet, newest);
    return { ...instance, sample: await withLabels(sample, this.#store, window, this.#definition) };
  }
}

/** The same key is the same text, in whatever order its fields are. */
export const keyText = (key: Readonly<Record<string, QueryValue>>): string =>
  JSON.stringify(Object.fromEntries(Object.entries(key).toSorted(([a], [b]) => (a < b ? -1 : 1))));
