/** What exclusions let go, for /metrics. Labels come from the configuration. */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { ExclusionHits } from './exclusion-hits.ts';

const MILLIS_A_SECOND = 1_000;
const LABELS = ['policy', 'exclusion', 'owner'] as const;

export function addExclusionHitsMetrics(registry: Registry, hits: ExclusionHits): void {
  const registers = [registry];
  new Counter({
    name: 'sluice_exclusion_hits_total',
    help: 'Requests that were looked at and from which an exclusion took something that would have matched.',
    labelNames: LABELS,
    registers,
    collect() {
      this.reset();
      for (const { policy, id, owner = '', hits: found } of hits.report.exclusions) {
        this.inc({ policy, exclusion: id, owner }, found);
      }
    },
  });
  new Gauge({
    name: 'sluice_exclusion_last_hit_timestamp_seconds',
    help: 'When it did so last, in seconds since 1970; absent where it never did.',
    labelNames: LABELS,
    registers,
    collect() {
      this.reset();
      for (const { policy, id, owner = '', lastMillis } of hits.report.exclusions) {
        if (lastMillis !== null) {
          this.set({ policy, exclusion: id, owner }, Math.floor(lastMillis / MILLIS_A_SECOND));
        }
      }
    },
  });
  new Counter({
    name: 'sluice_exclusion_looks_total',
    help: 'Requests at paths of exclusions, by whether they were looked at, or why not.',
    labelNames: ['policy', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const [policy, looks] of Object.entries(hits.report.looks)) {
        for (const [outcome, count] of Object.entries(looks)) this.inc({ policy, outcome }, count);
      }
    },
  });
}
