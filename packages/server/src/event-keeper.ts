/**
 * Has events made, behind the answer, and gives them to the sink. What either throws is counted and logged; no answer depends
 * on it.
 */
import type { Afterwards } from './afterwards.ts';
import type { EventMaking } from './event-outcome.ts';
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

  /** @param making makes the event, or null where there is none. What it throws is an event that is not kept, too. */
  keep(making: EventMaking): void {
    const { events, afterwards } = this.#parts;
    if (events === null) return;
    if (afterwards === undefined) this.#keep(events, making);
    else afterwards.add(() => this.#keep(events, making));
  }

  #keep(events: EventSink, making: EventMaking): void {
    const { metrics, log } = this.#parts;
    try {
      give(events, making);
    } catch (error) {
      metrics.eventFailed();
      const suppressed = this.#throttle.admit(performance.now());
      if (suppressed !== null) log.error({ suppressed, ...describeFault(error) }, 'an event was not kept');
    }
  }
}

/** What is only counted is not made. */
function give(sink: EventSink, { make, brief }: EventMaking): void {
  const { shares } = sink;
  if (shares === undefined || brief === null) {
    const event = make();
    if (event !== null) sink.accept(event);
  } else if (shares.admits(brief.source)) shares.keep(make());
  else shares.count(brief.make());
}
