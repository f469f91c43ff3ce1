/** What the knowledge of workloads says of itself. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Workloads } from './workloads.ts';

export function addWorkloadsMetrics(registry: Registry, workloads: Workloads): void {
  const registers = [registry];
  new Counter({
    name: 'sluice_workloads_files_total',
    help: 'Files of workloads, by whether they were taken over.',
    labelNames: ['outcome'],
    registers,
    collect() {
      const { taken, refused } = workloads.status;
      this.reset();
      this.inc({ outcome: 'taken' }, taken);
      this.inc({ outcome: 'refused' }, refused);
    },
  });
  const gauges: readonly (readonly [name: string, help: string, read: () => number])[] = [
    ['sluice_workloads', 'Workloads of the file in force.', () => workloads.status.workloads],
    [
      'sluice_workloads_disputed_addresses',
      'Addresses that several workloads claim, so that no event names one of them.',
      () => workloads.status.disputed,
    ],
    [
      'sluice_workloads_refused',
      '1 while the newest file of workloads is not in force.',
      () => (workloads.status.problem === '' ? 0 : 1),
    ],
    [
      'sluice_workloads_timestamp_seconds',
      'When the file in force was taken over, in seconds since 1970; 0 where none was.',
      () => Math.floor((workloads.status.sinceMillis ?? 0) / 1_000),
    ],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  }
}
