/**
 * The L7 view: all HTTP that passes, counted by who asks whom for what, and told in documents once an interval. It stands
 * on the thread that speaks with Envoy, behind the answers; a request costs it a few look-ups.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { type EventObserver, makeEventId } from '@sluice/engine';
import type { SpoolRecord } from '@sluice/spool';
import type { Registry } from 'prom-client';
import { describeFault, type Log, LogThrottle } from '../log.ts';
import { documentOf, type Interval } from './document.ts';
import { Groups, type L7Group, type L7Request, type WorkloadOf } from './groups.ts';
import { L7Metrics } from './l7-metrics.ts';
import { L7_LIMITS, type L7Settings } from './limits.ts';

/** Lines about lost documents: ten in ten seconds. */
const LOG_LINES_MAX = 10;
const LOG_PERIOD_MILLIS = 10_000;

/** Takes documents: a SpoolWriter. False, and what it throws, is counted as lost. */
export interface RecordSink {
  append(record: SpoolRecord): boolean;
}

export interface L7Options {
  readonly settings: L7Settings;
  readonly sink: RecordSink;
  /** Who counts. */
  readonly observer: EventObserver;
  readonly registry: Registry;
  readonly log: Log;
  /** Who stands behind an address; without it nobody knows. */
  readonly workloadOf?: WorkloadOf;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Where no flood limits and no client's share apply: what is counted comes from Sluice itself. */
const OWN_SOURCE = '';

export class L7View {
  readonly #options: L7Options;
  readonly #groups: Groups;
  readonly #metrics: L7Metrics;
  readonly #now: () => number;
  readonly #throttle = new LogThrottle(LOG_LINES_MAX, LOG_PERIOD_MILLIS);
  #beganAt: number;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: L7Options) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#groups = new Groups(options.settings, () => performance.now(), options.workloadOf);
    this.#metrics = new L7Metrics(options.registry, this.#groups);
    this.#beganAt = this.#now();
    this.#wait();
  }

  /** Once a request, when it is over. Never throws: no answer depends on it. */
  add(request: L7Request): void {
    this.#guarded(() => this.#groups.add(request));
  }

  /** The verdict of a request that was added, where it fell behind the request's end. */
  addLate(request: L7Request, wouldBlock: boolean, isUninspectable: boolean): void {
    if (!wouldBlock && !isUninspectable) return;
    this.#guarded(() => this.#groups.addLate(request, wouldBlock, isUninspectable));
  }

  /** Ends the interval. Resolves when its documents are with the sink. */
  flush(): Promise<void> {
    const interval = { from: this.#beganAt, to: this.#now() };
    const groups = this.#groups.take();
    this.#beganAt = interval.to;
    this.#flushing = this.#flushing.then(() => this.#tell(groups, interval));
    return this.#flushing;
  }

  /** Tells what was counted, and counts for nobody from then on. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.flush();
  }

  /** Until the next multiple of the interval: processes and nodes tell of the same ones. */
  #wait(): void {
    const { intervalMillis } = this.#options.settings;
    this.#timer = setTimeout(
      () => {
        void this.flush();
        this.#wait();
      },
      intervalMillis - (this.#now() % intervalMillis),
    );
    this.#timer.unref();
  }

  async #tell(groups: readonly L7Group[], interval: Interval): Promise<void> {
    for (let at = 0; at < groups.length; at += L7_LIMITS.documentsATurn) {
      for (const group of groups.slice(at, at + L7_LIMITS.documentsATurn)) this.#append(group, interval);
      // Requests come first: thousands of documents are no reason to hold one up.
      await turn();
    }
  }

  #append(group: L7Group, interval: Interval): void {
    const { sink, observer } = this.#options;
    this.#guarded(() => {
      const id = makeEventId();
      const document = documentOf(group, { id, interval, observer });
      if (sink.append({ dataSet: 'l7', id, source: OWN_SOURCE, document })) this.#metrics.told();
      else this.#metrics.lost();
    });
  }

  /** What fails here is counted as lost, and told. */
  #guarded(task: () => void): void {
    try {
      task();
    } catch (error) {
      this.#metrics.lost();
      const suppressed = this.#throttle.admit(performance.now());
      if (suppressed === null) return;
      this.#options.log.error({ suppressed, ...describeFault(error) }, 'something of l7 was not kept');
    }
  }
}
