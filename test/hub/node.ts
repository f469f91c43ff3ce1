/** A node: a spool, and a shipper that brings it to a hub. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, DEFAULT_PIPELINE_LIMITS, DeadLetterFiles, Pipeline } from '@sluice/shipper';
import { openSink, sinkSchema } from '@sluice/shipper/sinks';
import { type SpoolPosition, SpoolReader, type SpoolRecord, SpoolWriter } from '@sluice/spool';
import type { TlsPaths } from './certificates.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

export interface TestNode {
  /** Records that are stored, and attempts of which nothing was heard. */
  readonly progress: () => {
    readonly stored: number;
    readonly failedAttempts: number;
    readonly dead: number;
  };
  write(records: readonly SpoolRecord[]): Promise<void>;
  stop(): Promise<void>;
}

/** @param clock of the shipper, where hours are to pass in no time */
export async function startNode(url: string, tls: TlsPaths, clock?: Clock): Promise<TestNode> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-node-'));
  const spool = join(directory, 'spool');
  const writer = await SpoolWriter.open({ directory: spool });
  const reader = await SpoolReader.open({ directory: spool, name: 'hub' });
  const sink = openSink(sinkSchema.parse({ type: 'hub', url, tls }));
  const deadLetters = new DeadLetterFiles({ directory: join(directory, 'state'), sink: sink.name });
  const pipeline = new Pipeline<SpoolPosition>({
    sink,
    sources: [reader],
    limits: {
      ...DEFAULT_PIPELINE_LIMITS,
      batchAgeMillisMax: 20,
      batchRecordsMax: 500,
      backoffMillisMin: 20,
    },
    deadLetters,
    log: silent,
    ...(clock === undefined ? {} : { clock }),
  });
  const run = pipeline.run();
  return {
    progress() {
      const { stored, failedAttempts, dead } = pipeline.progress;
      return { stored, failedAttempts, dead: [...dead.values()].reduce((sum, each) => sum + each, 0) };
    },
    async write(records) {
      for (const record of records) writer.append(record);
      await writer.flush();
    },
    async stop() {
      pipeline.stop(0);
      await run;
      await reader.close();
      await writer.close();
      await sink.close();
      rmSync(directory, { recursive: true });
    },
  };
}
