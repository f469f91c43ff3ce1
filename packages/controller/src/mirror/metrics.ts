/** What /metrics says of watches: read at each scrape. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Reflector } from '../cluster/reflector.ts';

type Watched = Reflector<unknown>;

const GAUGES: readonly (readonly [name: string, help: string, of: (watched: Watched) => number])[] = [
  ['objects', 'Objects that are known.', ({ status }) => status.objects],
  [
    'up',
    '1 where what is known is what the API server has, or where the cluster does not have the kind.',
    ({ status }) => (status.problem === '' && status.state !== 'starting' ? 1 : 0),
  ],
];

const COUNTERS: readonly (readonly [name: string, help: string, of: (watched: Watched) => number])[] = [
  ['lists_total', 'Lists that were asked for.', ({ counts }) => counts.lists],
  ['begun_total', 'Watches that were asked for.', ({ counts }) => counts.watches],
  ['events_total', 'Events of objects.', ({ counts }) => counts.events],
  ['failures_total', 'Lists and watches that ended with an error.', ({ counts }) => counts.failures],
  ['unreadable_total', 'Objects that could not be read.', ({ counts }) => counts.unreadable],
];

/** By kind; those of several watches of one kind are added up. */
export function watchMetrics(registry: Registry, read: () => readonly Watched[]): void {
  const registers = [registry];
  const common = (name: string, help: string) => ({
    ...{ name: `sluice_controller_watch_${name}`, help, labelNames: ['kind'], registers },
  });
  for (const [name, help, of] of GAUGES) {
    new Gauge({
      ...common(name, help),
      collect() {
        for (const [kind, value] of byKind(read(), of, name === 'up' ? Math.min : add))
          this.set({ kind }, value);
      },
    });
  }
  for (const [name, help, of] of COUNTERS) {
    new Counter({
      ...common(name, help),
      collect() {
        this.reset();
        for (const [kind, value] of byKind(read(), of, add)) this.inc({ kind }, value);
      },
    });
  }
}

const add = (one: number, other: number): number => one + other;

function byKind(
  all: readonly Watched[],
  of: (watched: Watched) => number,
  join: (one: number, other: number) => number,
): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const watched of all) {
    const { name } = watched.status;
    const before = values.get(name);
    values.set(name, before === undefined ? of(watched) : join(before, of(watched)));
  }
  return values;
}
