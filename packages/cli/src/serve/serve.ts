/** Composition of a running Sluice: configuration, rules, engine, server. */
import { join } from 'node:path';
import { Engine } from '@sluice/engine';
import {
  addPoolMetrics,
  buildGeneration,
  type Config,
  createPoolInspector,
  createServer,
  type EventSink,
  type Log,
  type SluiceServer,
} from '@sluice/server';
import { cacheDirectory } from '../setup/paths.ts';
import { baseFiles } from './base-files.ts';
import { compileProgress } from './compile-progress.ts';

export interface ServeOptions {
  readonly config: Config;
  readonly log: Log;
  readonly events: EventSink;
}

/** Compiles the rules and listens. Throws the coded errors of the engine and of the server. */
export async function serve({ config, log, events }: ServeOptions): Promise<SluiceServer> {
  const startedAt = performance.now();
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const { generation, warnings } = buildGeneration({
    onProgress: compileProgress((line) => process.stderr.write(line)),
    engine,
    id: 1,
    baseFiles: baseFiles(config.rules),
    policies: config.policies,
    select: config.select,
  });
  for (const warning of warnings) log.warn(warning);
  const inspector = await createPoolInspector({ engine, generation, limits: config.limits, log });
  const closeInspector = (): Promise<void> => inspector.close();
  log.info({ millis: Math.round(performance.now() - startedAt) }, 'rules are ready');
  const server = createServer({
    config,
    inspector,
    exchanges: inspector,
    closeInspector,
    log,
    events,
    processMetrics: true,
  });
  addPoolMetrics(server.metrics.registry, inspector);
  await server.start();
  return server;
}
