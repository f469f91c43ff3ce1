/** Alerts in a hub: evaluated as long as it runs, kept as documents, and told. */
import type { EventStore } from '../store/event-store.ts';
import { Alerts, type AlertsLog } from './alerts.ts';
import type { AlertBook, AlertStatus } from './book.ts';
import type { AlertDefinition } from './definition.ts';
import { Dispatcher, type Target } from './dispatcher.ts';
import { STORE_TARGET, tellStore } from './document.ts';
import { ALERT_LIMITS } from './limits.ts';
import { AlertMetrics } from './metrics.ts';
import type { AlertNotice } from './notice.ts';
import { call } from './webhook/call.ts';
import type { WebhookConfig } from './webhook/config.ts';
import { bodyFor } from './webhook/shapes.ts';

/** Name of the target that a quarantine is; no webhook can have it. */
export const QUARANTINE_TARGET = '@quarantine';

export interface AlertRunnerOptions {
  readonly store: EventStore;
  readonly book: AlertBook;
  readonly log: AlertsLog;
  /** Of this process, unlike all others. */
  readonly holder: string;
  readonly webhooks: Readonly<Record<string, WebhookConfig>>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Where alerts can ask for a quarantine. */
  readonly quarantine?: (notice: AlertNotice, definition: AlertDefinition) => ReturnType<Target>;
  readonly onStatus?: (definition: AlertDefinition, status: AlertStatus) => void;
}

/** Where alerts come from: each place has its own, and they are in force together. */
export interface AlertsOf {
  readonly definitions: readonly AlertDefinition[];
  /** What cannot be used, in words. */
  readonly faults: readonly string[];
}

export class AlertRunner {
  readonly alerts: Alerts;
  readonly metrics: AlertMetrics;
  readonly #options: AlertRunnerOptions;
  readonly #now: () => number;
  readonly #dispatcher: Dispatcher;
  readonly #ended = new AbortController();
  readonly #places = new Map<string, AlertsOf>();
  readonly #arrived = { until: 0, oldest: 0 };
  #loops: readonly Promise<void>[] = [];
  #wake: () => void = () => undefined;

  constructor(options: AlertRunnerOptions) {
    const { book, log, store, holder, now, onStatus } = options;
    this.#options = options;
    this.#now = now ?? (() => Date.now());
    const targets = this.#targets();
    const clock = { now: this.#now };
    const counts = new AlertMetrics({
      inForce: () => this.alerts.definitions.map(({ name }) => name),
      firing: () => book.firing(),
      waiting: () => book.waiting(),
      overdueMillis: (alert) => this.alerts.overdueMillis(alert),
    });
    this.metrics = counts;
    this.#dispatcher = new Dispatcher({ book, log, holder, counts, targets: () => targets, ...clock });
    this.alerts = new Alerts({
      ...{ store, book, log, holder, counts, ...clock },
      targetsOf: (definition) => this.#targetsOf(definition),
      onNotices: () => this.#wake(),
      ...(onStatus === undefined ? {} : { onStatus }),
    });
  }

  get now(): number {
    return this.#now();
  }

  /** What cannot be used, of all places. */
  get faults(): readonly string[] {
    return [...this.#places.values()].flatMap(({ faults }) => faults);
  }

  /** Of two of one name the one of the place that came first is in force. */
  use(place: string, given: AlertsOf): void {
    this.#places.set(place, given);
    const all = new Map<string, AlertDefinition>();
    for (const { definitions } of this.#places.values()) {
      for (const each of definitions) if (!all.has(each.name)) all.set(each.name, each);
    }
    this.alerts.use([...all.values()]);
  }

  /** Documents are in the store now, the oldest of which is so old, in milliseconds since the epoch. */
  arrived(oldest: number): void {
    const { arrivalMillis, lateMillis } = ALERT_LIMITS;
    const now = this.#now();
    if (now - oldest < lateMillis) return;
    const until = (Math.floor(now / arrivalMillis) + 1) * arrivalMillis;
    if (until === this.#arrived.until && oldest >= this.#arrived.oldest) return;
    try {
      this.#options.book.arrived(until, oldest);
      Object.assign(this.#arrived, { until, oldest });
    } catch (error) {
      this.#options.log.warn({ reason: reasonOf(error) }, 'what came late cannot be noted');
    }
  }

  start(): void {
    const { signal } = this.#ended;
    this.#loops = [
      this.#loop(() => this.alerts.run(signal)),
      this.#loop(
        () => this.#dispatcher.run(signal),
        (wake) => {
          this.#wake = wake;
        },
      ),
    ];
  }

  /** What is under way comes to its end; another hub may take over at once. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await Promise.all(this.#loops);
    this.#options.book.release(this.#options.holder);
  }

  #targets(): ReadonlyMap<string, Target> {
    const { store, webhooks, quarantine } = this.#options;
    const targets = new Map<string, Target>([[STORE_TARGET, (notice) => tellStore(store, notice)]]);
    for (const [name, webhook] of Object.entries(webhooks)) targets.set(name, targetOf(webhook));
    if (quarantine !== undefined) {
      targets.set(QUARANTINE_TARGET, async (notice) => {
        const definition = this.alerts.definition(notice.alert);
        if (definition !== null && notice.state === 'firing') return quarantine(notice, definition);
        return { outcome: 'told', status: null, reason: 'nothing to do' };
      });
    }
    return targets;
  }

  #targetsOf({ receivers, quarantine }: AlertDefinition): readonly string[] {
    const isAsked = quarantine !== null && this.#options.quarantine !== undefined;
    return [
      STORE_TARGET,
      ...(receivers ?? Object.keys(this.#options.webhooks)),
      ...(isAsked ? [QUARANTINE_TARGET] : []),
    ];
  }

  async #loop(
    run: () => Promise<number | null>,
    onWake: (wake: () => void) => void = () => undefined,
  ): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      let next: number | null = null;
      try {
        next = await run();
      } catch (error) {
        this.#options.log.warn({ reason: reasonOf(error) }, 'alerts cannot go on; they are tried again');
      }
      const most = ALERT_LIMITS.lookMillis;
      const pause =
        next === null ? most : Math.min(most, Math.max(ALERT_LIMITS.lookMillisMin, next - this.#now()));
      await waitFor(pause, signal, onWake);
    }
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const targetOf =
  (webhook: WebhookConfig): Target =>
  async (notice, now) => {
    const body = bodyFor(webhook, notice);
    // This kind of receiver is not told of it.
    if (body === null) return { outcome: 'told', status: null, reason: 'nothing to tell' };
    return call(webhook, body, { id: notice.id, now });
  };

function waitFor(millis: number, signal: AbortSignal, onWake: (wake: () => void) => void): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, millis);
    signal.addEventListener('abort', done, { once: true });
    onWake(done);
  });
}
