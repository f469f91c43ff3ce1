/** Composition of a running Sluice: configuration, rules, engine, server. */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Engine } from '@sluice/engine';
import {
  addCaptureMetrics,
  addExclusionHitsMetrics,
  addPoolMetrics,
  addSpoolMetrics,
  addWorkloadsMetrics,
  buildGeneration,
  type Config,
  createPoolInspector,
  createServer,
  type EventSink,
  eventOrigin,
  generationVersion,
  type Log,
  RuleClock,
  type ServerOptions,
  type SluiceServer,
  unitKeys,
  Workloads,
} from '@sluice/server';
import { cacheDirectory } from '../setup/paths.ts';
import { baseFiles } from './base-files.ts';
import { compileProgress } from './compile-progress.ts';
import { copyingFrom } from './copies.ts';
import type { EventSpool } from './event-spool.ts';
import { hashKeyOf } from './hash-key.ts';
import { type Reloading, startReloading } from './reloading.ts';

export interface ServeOptions {
  readonly config: Config;
  readonly log: Log;
  /** Null: none are made. */
  readonly events: EventSink | null;
  /** Told of in metrics and by /readyz, where there is one. */
  readonly spool?: EventSpool | null;
  /** Where documents of the L7 view go; without it, into the spool, and where there is none, nowhere. */
  readonly l7?: ServerOptions['l7'];
  /** Where the configuration can be read again; without it nothing is reloaded. */
  readonly source?: ConfigSource;
  /** Called when all is there but the sockets: whoever sees one of them may already tell this process to end. */
  readonly beforeListening?: () => void;
  /** Called as soon as calls are taken; more is set up behind it. */
  readonly onListening?: () => void;
}

export interface ConfigSource {
  readonly path: string;
  /** Throws the coded errors of the configuration. */
  readonly read: () => Config;
}

export interface Served {
  readonly server: SluiceServer;
  readonly reloading: Reloading | null;
}

/** Compiles the rules and listens. Throws the coded errors of the engine and of the server. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { config, log, events, source, spool = null } = options;
  const startedAt = performance.now();
  setUpCollector();
  const rulesDirectory = join(cacheDirectory(), 'rules');
  const engine = new Engine({ cacheDirectory: rulesDirectory });
  const files = baseFiles(config.rules);
  const { generation: built, warnings } = buildGeneration({
    onProgress: compileProgress((line) => process.stderr.write(line)),
    engine,
    id: 1,
    baseFiles: files,
    policies: config.policies,
    select: config.select,
  });
  for (const warning of warnings) log.warn(warning);
  // Takes a while, in which no request may wait.
  const keys = unitKeys(built);
  const generation = { ...built, version: generationVersion(keys) };
  const { node, hashKeyFile, workloads: path } = config.events;
  const origin = eventOrigin({ node, hashKey: hashKeyOf(hashKeyFile) });
  const inspector = await createPoolInspector({ engine, generation, limits: config.limits, log, origin });
  const closeInspector = async (): Promise<void> => {
    clock.stop();
    await Promise.all([inspector.close(), workloads?.close(), hits.close(), capture.close()]);
  };
  const clock = new RuleClock(() => inspector.ruleSets);
  log.info({ millis: Math.round(performance.now() - startedAt) }, 'rules are ready');
  const l7 = options.l7 ?? (spool === null ? undefined : { sink: spool });
  const workloads = path === null ? null : new Workloads({ path, log });
  await workloads?.start();
  const copies = copyingFrom(inspector, engine, config, log);
  const { hits, capture } = copies;
  const server = createServer({
    config,
    inspector: copies.inspector,
    exchanges: copies.inspector,
    inspectorReady: () => inspector.isReady,
    closeInspector,
    log,
    ...(events === null ? {} : { events, eventThread: true }),
    origin,
    workloads,
    ...(l7 === undefined ? {} : { l7 }),
    processMetrics: true,
  });
  addPoolMetrics(server.metrics.registry, inspector);
  addExclusionHitsMetrics(server.metrics.registry, hits);
  addCaptureMetrics(server.metrics.registry, capture);
  server.pages.set('/exclusions', () => hits.report).set('/rule-costs', () => clock.report);
  if (spool !== null) {
    addSpoolMetrics(server.metrics.registry, spool);
    server.details = () => [spool.line()];
  }
  if (workloads !== null) {
    addWorkloadsMetrics(server.metrics.registry, workloads);
    const others = server.details;
    server.details = () => [...others(), workloads.line()];
  }
  const first = { config, baseFiles: files, generation, keys };
  options.beforeListening?.();
  await server.start();
  options.onListening?.();
  copies.begin(config, generation);
  clock.start();
  if (source === undefined) return { server, reloading: null };
  const own = { host: inspector, copies, server };
  const parts = { engine, cacheDirectory: rulesDirectory, ...own, events, log };
  return { server, reloading: await startReloading({ ...parts, first, source }) };
}

/** Percent of what is alive by which the old generation grows before it is collected. */
const GROWTH_PERCENT = 100;

/**
 * V8 takes for long-lived what was made where most of what was made in a moment survived, as while a burst of events waits. From then on all that
 * each request allocates there stays until a full collection, with all that it refers to. Nothing of a request lives long.
 *
 * A full collection stops requests for some 13 ms, and its helpers take the core of a server that has one. V8 would have the old generation grow by a fifth,
 * which is a few thousand requests.
 */
function setUpCollector(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}
