/** What /metrics says of workers and rule sets: read at each scrape, counted nowhere twice. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { PoolInspector } from './pool-inspector.ts';

interface Reading {
  readonly name: string;
  readonly help: string;
  readonly read: (inspector: PoolInspector) => number;
}

const GAUGES: readonly Reading[] = [
  {
    name: 'sluice_pool_threads',
    help: 'Worker threads that inspect.',
    read: ({ pool }) => pool?.threads ?? 0,
  },
  {
    name: 'sluice_pool_threads_ready',
    help: 'Worker threads that take requests.',
    read: ({ pool }) => pool?.threadsReady ?? 0,
  },
  {
    name: 'sluice_pool_exchanges',
    help: 'Exchanges that are open in workers.',
    read: ({ pool }) => pool?.exchanges ?? 0,
  },
  {
    name: 'sluice_pool_queue_length',
    help: 'Steps of exchanges that wait for a worker.',
    read: ({ pool }) => pool?.waiting ?? 0,
  },
  {
    name: 'sluice_pool_kept_bytes',
    help: 'Bytes of bodies that workers keep until they are judged.',
    read: ({ pool }) => pool?.keptBytes ?? 0,
  },
  {
    name: 'sluice_pool_slabs_in_use',
    help: 'Slabs that hold bytes of bodies.',
    read: ({ pool }) => pool?.slabs.inUse ?? 0,
  },
  {
    name: 'sluice_pool_slab_waiters',
    help: 'Chunks of bodies that wait for a slab.',
    read: ({ pool }) => pool?.slabs.waiters ?? 0,
  },
  {
    name: 'sluice_rule_sets_alive',
    help: 'Generations of rule sets in memory, three at most.',
    read: ({ generations }) => generations.alive,
  },
  {
    name: 'sluice_rule_set_generation',
    help: 'Number of the generation in force; one more with each reload.',
    read: ({ current }) => current,
  },
  {
    name: 'sluice_rule_sets_retired_exchanges',
    help: 'Exchanges that go on under rules which a reload has replaced.',
    read: ({ generations }) => generations.retiredUsers,
  },
];

const COUNTERS: readonly Reading[] = [
  {
    name: 'sluice_pool_workers_lost_total',
    help: 'Workers that died or were ended because they hung.',
    read: ({ pool }) => pool?.workersLost ?? 0,
  },
  {
    name: 'sluice_pool_condemned_total',
    help: 'Requests denied because requests like them have ended workers.',
    read: ({ pool }) => pool?.condemned ?? 0,
  },
  {
    name: 'sluice_pool_refused_total',
    help: 'Exchanges and chunks for which the pool had no room.',
    read: ({ pool }) => pool?.refused ?? 0,
  },
  {
    name: 'sluice_inspections_inline_total',
    help: 'Exchanges that began on the thread that speaks with Envoy.',
    read: ({ inline }) => inline,
  },
  {
    name: 'sluice_inspections_pooled_total',
    help: 'Exchanges that were given to a worker.',
    read: ({ pool }) => pool?.opened ?? 0,
  },
];

export function addPoolMetrics(registry: Registry, inspector: PoolInspector): void {
  const registers = [registry];
  for (const { name, help, read } of GAUGES) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read(inspector));
      },
    });
  }
  for (const { name, help, read } of COUNTERS) {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(read(inspector));
      },
    });
  }
}
