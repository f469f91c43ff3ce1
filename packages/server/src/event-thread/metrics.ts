/** What is counted of the thread that makes events. */
import { Counter, type Registry } from 'prom-client';
import type { EventThreadStats } from './event-thread.ts';

/** @param read the figures, at each scrape */
export function addEventThreadMetrics(registry: Registry, read: () => EventThreadStats): void {
  const registers = [registry];
  new Counter({
    name: 'sluice_events_made_total',
    help: 'Events, by the thread that made them: one of its own, or the one that answers requests, where that is late or gone.',
    labelNames: ['thread'],
    registers,
    collect() {
      const { madeThere, madeHere } = read();
      this.reset();
      this.inc({ thread: 'events' }, madeThere);
      this.inc({ thread: 'requests' }, madeHere);
    },
  });
  new Counter({
    name: 'sluice_event_threads_lost_total',
    help: 'Threads that made events and ended unasked, did not begin, or hung; another follows, and no event is lost with one.',
    registers,
    collect() {
      this.reset();
      this.inc(read().lost);
    },
  });
}
