/**
 * Has events made, behind the answer, and gives them to the sink. What either throws is counted and logged; no answer depends
 * on it.
 */
import type { Afterwards } from './afterwards.ts';
import type { EventMaking } from './event-outcome.ts';
import type { EventThread } from './event-thread/event-thread.ts';
import type { EventSink } from './inspector.ts';
import { describeFault, type Log, LogThrottle } from './log.ts';
import type { Metrics } from './metrics.ts';

/** Lines about lost events: ten in ten seconds. */
const LOG_LINES_MAX = 10;
const LOG_PERIOD_MILLIS = 10_000;

export interface EventKeeperParts {
  /** Null where events are not kept. */
  readonly events: EventSink | null;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Without it, events are made at once. */
  readonly afterwards?: Afterwards;
  /** Without it, events are made on this thread. */
  readonly thread?: EventThread | null;
}

export class EventKeeper {
  readonly #parts: EventKeeperParts;
  readonly #throttle = new LogThrottle(LOG_LINES_MAX, LOG_PERIOD_MILLIS);

  constructor(parts: EventKeeperParts) {
    this.#parts = parts;
  }

  /** @param making makes the event, or null where there is none. What it throws is an event that is not kept, too. */
  keep(making: EventMaking): void {
    const { events, afterwards } = this.#parts;
    if (events === null) return;
    if (afterwards === undefined) this.#keep(events, making);
    else afterwards.add(() => this.#keep(events, making));
  }

  #keep(events: EventSink, making: EventMaking): void {
    const { brief } = making;
    const { shares } = events;
    if (shares === undefined || brief === null) this.#make(making, (event) => events.accept(event));
    // What is only counted is not made.
    else if (!shares.admits(brief.source)) this.#guarded(() => shares.count(brief.make()));
    else this.#make(making, (event) => shares.keep(event));
  }

  /** Order is kept, whoever makes an event. */
  #make({ make, draft = null }: EventMaking, take: (event: unknown) => void): void {
    const keep = (made: () => unknown): void =>
      this.#guarded(() => {
        const event = made();
        if (event !== null) take(event);
      });
    const { thread = null } = this.#parts;
    if (thread === null) keep(make);
    else if (draft === null) thread.addMade(make, keep);
    else this.#guarded(() => thread.add(draft(), keep));
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      const { metrics, log } = this.#parts;
      metrics.eventFailed();
      const suppressed = this.#throttle.admit(performance.now());
      if (suppressed !== null) log.error({ suppressed, ...describeFault(error) }, 'an event was not kept');
    }
  }
}
