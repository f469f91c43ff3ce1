/** Spools of this machine, brought into the hub's store by this process. */
import { type Hub, type HubConfig, StoreSink } from '@sluice/hub';
import { DEFAULT_PIPELINE_LIMITS, DeadLetterFiles, Pipeline } from '@sluice/shipper';
import { type SpoolPosition, SpoolReader, spoolDirectories } from '@sluice/spool';
import type { Logger } from 'pino';

/** Time between two looks for spools of processes that a server started later. */
const LOOK_MILLIS = 5_000;

export interface SpoolReading {
  /** Rejects when a spool cannot be read any more; never resolves. */
  readonly failed: Promise<never>;
  /** What is on its way has so long to arrive. */
  stop(graceMillis: number): Promise<void>;
}

/** @throws SpoolError where another process reads a spool under this name */
export async function readSpools(config: HubConfig, hub: Hub, log: Logger): Promise<SpoolReading> {
  const sink = new StoreSink((records) => hub.append(records));
  const readers = new Map<string, SpoolReader>();
  const pipeline = new Pipeline<SpoolPosition>({
    sink,
    sources: [],
    limits: DEFAULT_PIPELINE_LIMITS,
    deadLetters: new DeadLetterFiles({ directory: config.state, sink: sink.name }),
    log,
  });
  const closeReaders = async (): Promise<void> => {
    for (const reader of readers.values()) await reader.close();
  };
  const look = async (): Promise<void> => {
    const directories = (await Promise.all(config.spools.map(spoolDirectories))).flat();
    for (const directory of directories) {
      if (readers.has(directory)) continue;
      const reader = await SpoolReader.open({ directory, name: sink.name, log });
      readers.set(directory, reader);
      pipeline.add(reader);
      log.info({ spool: directory }, 'a spool is read');
    }
  };
  try {
    await look();
  } catch (error) {
    await closeReaders();
    throw error;
  }
  const { promise: failed, reject } = Promise.withResolvers<never>();
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    looking = looking.then(look);
    looking.catch(reject);
  }, LOOK_MILLIS).unref();
  const run = pipeline.run();
  run.catch(reject);
  return {
    failed,
    async stop(graceMillis) {
      clearInterval(timer);
      pipeline.stop(graceMillis);
      try {
        await looking;
        await run;
      } finally {
        await closeReaders();
      }
    },
  };
}
