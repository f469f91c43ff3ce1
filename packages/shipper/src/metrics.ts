/** What a shipper counts, taken from its status when somebody reads. Labels come from the configuration, but for `code`. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ShipStatus, SinkStatus, SpoolStatus } from './status.ts';

type OfSink = (sink: SinkStatus) => number;
type OfSpool = (spool: SpoolStatus) => number;

const MILLIS = 1_000;

const COUNTERS: readonly (readonly [name: string, help: string, of: OfSink])[] = [
  ['sluice_ship_stored_total', 'Records that the sink has.', ({ stored }) => stored],
  ['sluice_ship_retried_total', 'Records that were given once more.', ({ retried }) => retried],
  [
    'sluice_ship_failed_attempts_total',
    'Attempts without an answer.',
    ({ failedAttempts }) => failedAttempts,
  ],
  [
    'sluice_ship_busy_attempts_total',
    'Attempts at which the sink was busy.',
    ({ busyAttempts }) => busyAttempts,
  ],
];

const GAUGES: readonly (readonly [name: string, help: string, of: OfSink])[] = [
  ['sluice_ship_up', '1 while the sink takes what it is given.', ({ trouble }) => (trouble === null ? 1 : 0)],
  ['sluice_ship_in_flight', 'Batches on their way.', ({ inFlight }) => inFlight],
  ['sluice_ship_in_flight_max', 'Batches that may be on their way.', ({ inFlightMax }) => inFlightMax],
  ['sluice_ship_batch_bytes', 'Bytes that a batch may have.', ({ batchBytes }) => batchBytes],
  [
    'sluice_ship_dead_letter_files',
    'Files of dead letters that are there.',
    ({ deadLetterFiles }) => deadLetterFiles,
  ],
  [
    'sluice_ship_dead_letter_bytes',
    'Bytes of dead letters that are there.',
    ({ deadLetterBytes }) => deadLetterBytes,
  ],
];

const SPOOL_GAUGES: readonly (readonly [name: string, help: string, of: OfSpool])[] = [
  [
    'sluice_ship_lag_records',
    'Records that the sink does not have yet; an estimate.',
    ({ records }) => records,
  ],
  ['sluice_ship_lag_bytes', 'Bytes of them in the spool.', ({ bytes }) => bytes],
  ['sluice_ship_lag_seconds', 'Age of the oldest of them.', ({ ageMillis }) => ageMillis / MILLIS],
];

const SPOOL_COUNTERS: readonly (readonly [name: string, help: string, of: OfSpool])[] = [
  ['sluice_ship_lost_total', 'Records that the spool dropped before the sink had them.', ({ lost }) => lost],
  [
    'sluice_ship_damaged_bytes_total',
    'Bytes of the spool that were no records.',
    ({ damagedBytes }) => damagedBytes,
  ],
];

export interface ShipRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** @param read once a scrape: every number of one is of one moment */
export function createMetrics(read: () => Promise<ShipStatus>, processMetrics = true): ShipRegistry {
  const registry = new Registry();
  const registers = [registry];
  let status: ShipStatus = { ready: false, sinks: [] };
  for (const [name, help, of] of COUNTERS) {
    new Counter({
      name,
      help,
      labelNames: ['sink'],
      registers,
      collect() {
        this.reset();
        for (const sink of status.sinks) this.inc({ sink: sink.name }, of(sink));
      },
    });
  }
  for (const [name, help, of] of GAUGES) {
    new Gauge({
      name,
      help,
      labelNames: ['sink'],
      registers,
      collect() {
        for (const sink of status.sinks) this.set({ sink: sink.name }, of(sink));
      },
    });
  }
  addSpoolMetrics(registry, () => status);
  new Counter({
    name: 'sluice_ship_dead_letters_total',
    help: 'Records that the sink will never take, by what it said: the first 50, the rest is "other".',
    labelNames: ['sink', 'code'],
    registers,
    collect() {
      this.reset();
      for (const { name, dead } of status.sinks) {
        for (const [code, times] of Object.entries(dead)) this.inc({ sink: name, code }, times);
      }
    },
  });
  if (processMetrics) collectDefaultMetrics({ register: registry });
  return {
    contentType: registry.contentType,
    async metrics() {
      status = await read();
      return registry.metrics();
    },
  };
}

function addSpoolMetrics(registry: Registry, status: () => ShipStatus): void {
  const labelNames = ['sink', 'spool'];
  const registers = [registry];
  for (const [name, help, of] of SPOOL_GAUGES) {
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        for (const [labels, spool] of spoolsOf(status())) this.set(labels, of(spool));
      },
    });
  }
  for (const [name, help, of] of SPOOL_COUNTERS) {
    new Counter({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const [labels, spool] of spoolsOf(status())) this.inc(labels, of(spool));
      },
    });
  }
}

const spoolsOf = ({ sinks }: ShipStatus) =>
  sinks.flatMap(({ name, spools }) =>
    spools.map((spool) => [{ sink: name, spool: spool.directory }, spool] as const),
  );
