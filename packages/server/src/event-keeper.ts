/**
 * Has events made, behind the answer, and gives them to the sink. What either throws is counted and logged; no answer depends
 * on it.
 */
import type { Afterwards } from './afterwards.ts';
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
}

export class EventKeeper {
  readonly #parts: EventKeeperParts;
  readonly #throttle = new LogThrottle(LOG_LINES_MAX, LOG_PERIOD_MILLIS);

  constructor(parts: EventKeeperParts) {
    this.#parts = parts;
  }

  /** @param make the event, or null where there is none. What it throws is an event that is not kept, too. */
  keep(make: () => unknown): void {
    const { events, afterwards } = this.#parts;
    if (events === null) return;
    if (afterwards === undefined) this.#keep(events, make);
    else afterwards.add(() => this.#keep(events, make));
  }

  #keep(events: EventSink, make: () => unknown): void {
    const { metrics, log } = this.#parts;
    try {
      const event = make();
      if (event !== null) events.accept(event);
    } catch (error) {
      metrics.eventFailed();
      const suppressed = this.#throttle.admit(performance.now());
      if (suppressed !== null) log.error({ suppressed, ...describeFault(error) }, 'an event was not kept');
    }
  }
}
