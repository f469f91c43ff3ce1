/** A process that ships spools to Elasticsearch until it is killed, or until nothing waits: node crash-shipper.ts OPTIONS. */

import { DEFAULT_PIPELINE_LIMITS, DeadLetterFiles, ElasticsearchSink, Pipeline } from '@sluice/shipper';
import { installTemplate, streamName } from '@sluice/shipper/template';
import { SpoolReader, WAF_SCHEMA } from '@sluice/spool';

export interface CrashShipperOptions {
  readonly directories: readonly string[];
  readonly url: string;
  readonly namespace: string;
  readonly state: string;
  readonly once: boolean;
}

const NAME = 'elasticsearch';

async function main(): Promise<void> {
  const options: CrashShipperOptions = JSON.parse(process.argv[2] ?? '{}');
  const { url, namespace, state, once } = options;
  const log = {
    info: (details: object, message: string) =>
      void process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
    warn: (details: object, message: string) =>
      void process.stderr.write(`${message} ${JSON.stringify(details)}\n`),
  };
  const sources = await Promise.all(
    options.directories.map((directory) => SpoolReader.open({ directory, name: NAME })),
  );
  const { inFlightMax } = DEFAULT_PIPELINE_LIMITS;
  const sink = new ElasticsearchSink({
    options: {
      name: NAME,
      nodes: [url],
      auth: { kind: 'none' },
      tls: { ca: null, caFingerprint: null, certificate: null, key: null },
      compressionLevel: 1,
      requestBytesMax: 8_388_608,
      requestMillisMax: 30_000,
      streams: { waf: streamName('waf', namespace), l7: streamName('l7', namespace) },
      askBeforeRepeat: true,
    },
    identity: 'crash-test',
    log,
    inFlightMax,
    setUp: async (client) => {
      await installTemplate(client, { dataSet: 'waf', schema: WAF_SCHEMA, namespace, retentionDays: null });
    },
  });
  const deadLetters = new DeadLetterFiles({ directory: state, sink: NAME });
  const limits = { ...DEFAULT_PIPELINE_LIMITS, backoffMillisMax: 2_000 };
  const pipeline = new Pipeline({ sink, sources, limits, deadLetters, log, once });
  await pipeline.run();
  await Promise.all(sources.map((source) => source.close()));
  await sink.close();
}

if (import.meta.main) await main();
