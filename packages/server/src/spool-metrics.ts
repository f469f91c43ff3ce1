/** What is counted of events on their way to where they are kept. */
import type { FloodStats, SpoolLag, WriterStats } from '@sluice/spool';
import { Counter, Gauge, type Registry } from 'prom-client';

/** Where the figures are read from, at each scrape. */
export interface SpoolFigures {
  readonly writer: WriterStats;
  readonly flood: FloodStats;
  /** How far each reader is behind, by its name. */
  lags(): Promise<ReadonlyMap<string, SpoolLag>>;
}

/** Adds the metrics of a spool. Reader's names are the operator's. */
export function addSpoolMetrics(registry: Registry, figures: SpoolFigures): void {
  const registers = [registry];
  new Counter({
    name: 'sluice_events_total',
    help: 'Events, by what became of them: written to the spool, counted in a summary of a flood, or lost.',
    labelNames: ['outcome'],
    registers,
    collect() {
      const { writer, flood } = figures;
      this.reset();
      this.inc({ outcome: 'written' }, writer.acknowledged);
      this.inc({ outcome: 'summarised' }, flood.summarised);
      this.inc({ outcome: 'lost' }, lostIn(writer));
    },
  });
  new Counter({
    name: 'sluice_spool_dropped_total',
    help: 'Records that are not, or no longer, in the spool, by data set and why.',
    labelNames: ['data_set', 'reason'],
    registers,
    collect() {
      this.reset();
      for (const [reason, counts] of Object.entries(figures.writer.dropped)) {
        for (const [data_set, records] of Object.entries(counts)) this.inc({ data_set, reason }, records);
      }
    },
  });
  new Counter({
    name: 'sluice_flood_summaries_total',
    help: 'Summaries of events that were not kept one by one.',
    registers,
    collect() {
      this.reset();
      this.inc(figures.flood.summaries);
    },
  });
  new Counter({
    name: 'sluice_spool_failures_total',
    help: 'Writes and fsyncs that the disk refused.',
    registers,
    collect() {
      this.reset();
      this.inc(figures.writer.failures);
    },
  });
  addSizes(registry, figures);
  addLags(registry, figures);
}

const lostIn = ({ dropped }: WriterStats): number =>
  Object.values(dropped)
    .flatMap((counts) => Object.values(counts))
    .reduce((sum, records) => sum + records, 0);

function addSizes(registry: Registry, figures: SpoolFigures): void {
  const sizes: readonly (readonly [name: string, help: string, read: () => number])[] = [
    ['sluice_spool_bytes', 'Bytes of all segments of the spool.', () => figures.writer.bytes],
    ['sluice_spool_segments', 'Segments of the spool.', () => figures.writer.segments],
    [
      'sluice_spool_buffered_bytes',
      'Bytes of records that wait in memory for the disk.',
      () => figures.writer.bufferedBytes,
    ],
    [
      'sluice_spool_failing',
      '1 while the disk refuses what is written to the spool.',
      () => (figures.writer.failing === null ? 0 : 1),
    ],
    ['sluice_flood_sources', 'Sources with events that wait for a summary.', () => figures.flood.flooding],
  ];
  for (const [name, help, read] of sizes) {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  }
}

function addLags(registry: Registry, figures: SpoolFigures): void {
  let asked: ReturnType<SpoolFigures['lags']> | null = null;
  // Both are collected at once, and look at the disk once.
  const lags = (): ReturnType<SpoolFigures['lags']> => {
    asked ??= figures.lags().finally(() => {
      asked = null;
    });
    return asked;
  };
  const gauges: readonly (readonly [name: string, help: string, value: (lag: SpoolLag) => number])[] = [
    ['sluice_spool_unread_bytes', 'Bytes of records that a reader has not committed.', ({ bytes }) => bytes],
    [
      'sluice_spool_unread_age_seconds',
      'Age of the oldest record that a reader has not committed; 0 where it has all.',
      ageSeconds,
    ],
  ];
  for (const [name, help, read] of gauges) {
    new Gauge({
      name,
      help,
      labelNames: ['reader'],
      registers: [registry],
      async collect() {
        const byReader = await lags();
        this.reset();
        for (const [reader, lag] of byReader) this.set({ reader }, read(lag));
      },
    });
  }
}

const ageSeconds = ({ oldestWrittenAt }: SpoolLag): number =>
  oldestWrittenAt === null ? 0 : Math.max(0, Date.now() - oldestWrittenAt) / 1_000;
