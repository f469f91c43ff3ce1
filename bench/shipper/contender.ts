/** A process of its own that brings a spool to a server, and tells what it took: `node contender.ts JSON`. */
import { Client, errors } from '@elastic/elasticsearch';
import { ElasticsearchSink } from '../../packages/shipper/src/elasticsearch/sink.ts';
import { DEFAULT_PIPELINE_LIMITS } from '../../packages/shipper/src/limits.ts';
import { keepMemorySmall } from '../../packages/shipper/src/memory.ts';
import { Pipeline } from '../../packages/shipper/src/pipeline/pipeline.ts';
import { documentJson, SpoolReader, type SpoolRecord } from '../../packages/spool/src/index.ts';
import { peakResidentBytes } from '../server/usage.ts';
import { prepare, sendPrepared } from './prepared.ts';

export interface ContenderTask {
  /**
   * `helpers` is given documents as objects, as its documentation shows; `helpers-text` as JSON that need not be made again.
   * `prepared` sends requests that were made before.
   */
  readonly kind: 'sluice' | 'helpers' | 'helpers-text' | 'prepared';
  readonly url: string;
  readonly spool: string;
  readonly stream: string;
  readonly compress: boolean;
}

export interface ContenderResult {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  /** As it counts itself. */
  readonly stored: number;
  /** Given up: by the helper's onDrop, or as dead letters. */
  readonly dropped: number;
}

const TOO_MANY_REQUESTS = 429;

const SILENT = { info: () => undefined, warn: () => undefined };

async function main(task: ContenderTask): Promise<void> {
  const reader = await SpoolReader.open({ directory: task.spool, name: task.kind });
  const ship = await shipping(task, reader);
  const began = performance.now();
  const cpu = process.cpuUsage();
  const counts = await ship();
  const seconds = (performance.now() - began) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  await reader.close();
  const result: ContenderResult = {
    seconds,
    cpuSeconds: (user + system) / 1e6,
    peakBytes: peakResidentBytes(process.pid),
    ...counts,
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

type Counts = Pick<ContenderResult, 'stored' | 'dropped'>;

/** What is timed; what it resolves after is not. */
async function shipping(task: ContenderTask, reader: SpoolReader): Promise<() => Promise<Counts>> {
  switch (task.kind) {
    case 'sluice':
      return () => bySluice(task, reader);
    case 'helpers':
    case 'helpers-text':
      return () => byHelpers(task, reader);
    case 'prepared': {
      const records: SpoolRecord[] = [];
      for await (const record of recordsOf(reader)) records.push(record);
      const requests = await prepare(records, task.stream, task.compress);
      return async () => {
        const stored = await sendPrepared(task.url, requests);
        return { stored, dropped: records.length - stored };
      };
    }
  }
}

async function bySluice({ url, stream, compress }: ContenderTask, reader: SpoolReader): Promise<Counts> {
  const sink = new ElasticsearchSink({
    options: {
      name: 'bench',
      nodes: [url],
      auth: { kind: 'none' },
      tls: { ca: null, caFingerprint: null, certificate: null, key: null },
      compressionLevel: compress ? 1 : 0,
      requestBytesMax: 8_388_608,
      requestMillisMax: 90_000,
      streams: { waf: stream, l7: stream, alert: stream },
      askBeforeRepeat: true,
    },
    identity: 'bench',
    log: SILENT,
    inFlightMax: DEFAULT_PIPELINE_LIMITS.inFlightMax,
  });
  const pipeline = new Pipeline({
    sink,
    sources: [],
    limits: DEFAULT_PIPELINE_LIMITS,
    deadLetters: { put: async () => undefined },
    log: SILENT,
    once: true,
  });
  // As it runs for weeks, not as in the first minute after a crash, in which it asks before it sends.
  pipeline.add(reader, true);
  await pipeline.run();
  await sink.close();
  let dropped = 0;
  for (const times of pipeline.progress.dead.values()) dropped += times;
  return { stored: pipeline.progress.stored, dropped };
}

async function byHelpers(
  { kind, url, stream, compress }: ContenderTask,
  reader: SpoolReader,
): Promise<Counts> {
  const client = new Client({ node: url, compression: compress });
  let dropped = 0;
  const helper = client.helpers.bulk({
    datasource: recordsOf(reader),
    onDocument(record: SpoolRecord) {
      const document = kind === 'helpers' ? record.document : documentJson(record).toString();
      return [{ create: { _index: stream, _id: record.id } }, document];
    },
    onDrop() {
      dropped += 1;
    },
  });
  let stored: number;
  try {
    stored = (await helper).successful;
  } catch (error) {
    // A request that is refused as a whole, as by a server that has no room for it, ends the helper: what is left is lost.
    if (!(error instanceof errors.ResponseError) || error.statusCode !== TOO_MANY_REQUESTS) throw error;
    stored = helper.stats.successful;
  }
  await client.close();
  return { stored, dropped };
}

async function* recordsOf(reader: SpoolReader) {
  for (;;) {
    const entries = await reader.read({ recordsMax: 500, bytesMax: 1_048_576, waitMillis: 0 });
    if (entries.length === 0) return;
    for (const { record } of entries) yield record;
  }
}

const task: ContenderTask = JSON.parse(process.argv[2] ?? '{}');
if (task.kind === 'sluice') keepMemorySmall();
await main(task);
