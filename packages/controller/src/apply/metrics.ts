/** What writing is counted by. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export interface WriteMetrics {
  readonly writes: Counter<'kind' | 'outcome'>;
  readonly writeSeconds: Histogram<'kind'>;
  readonly waiting: Gauge;
  readonly failing: Gauge<'kind'>;
  readonly conflicts: Counter<'kind'>;
  readonly changedByOthers: Counter<'kind'>;
  readonly events: Counter<'outcome'>;
}

export function writeMetrics(registry = new Registry()): WriteMetrics {
  const registers = [registry];
  const name = (rest: string): string => `sluice_controller_${rest}`;
  return {
    writes: new Counter({
      name: name('writes_total'),
      help: 'Writes to the API server by kind: policy, node, slice, status; written or failed.',
      labelNames: ['kind', 'outcome'],
      registers,
    }),
    writeSeconds: new Histogram({
      name: name('write_seconds'),
      help: 'How long writes took that succeeded.',
      labelNames: ['kind'],
      buckets: SECONDS,
      registers,
    }),
    waiting: new Gauge({
      name: name('writes_waiting'),
      help: 'Objects that are not as they should be yet.',
      registers,
    }),
    failing: new Gauge({
      name: name('writes_failing'),
      help: 'Objects whose writes have failed several times in turn.',
      labelNames: ['kind'],
      registers,
    }),
    conflicts: new Counter({
      name: name('conflicts_total'),
      help: 'Fields of ours that others had taken, and that were taken back.',
      labelNames: ['kind'],
      registers,
    }),
    changedByOthers: new Counter({
      name: name('changed_by_others_total'),
      help: 'Objects of ours that somebody else had changed or deleted.',
      labelNames: ['kind'],
      registers,
    }),
    events: new Counter({
      name: name('events_total'),
      help: 'Kubernetes Events: written, failed, or left out because there were too many.',
      labelNames: ['outcome'],
      registers,
    }),
  };
}
