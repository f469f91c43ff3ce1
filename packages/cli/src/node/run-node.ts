/** The life of `sluice node run`. What it has written stays, whatever ends it. */
import { join, resolve } from 'node:path';
import {
  AdminServers,
  AgentStatusFile,
  ApiClient,
  ApiNode,
  FolderHold,
  isTurning,
  LinkedNamespaces,
  type Log,
  loadKubeconfig,
  NodeSync,
  nodeMetrics,
  nodeStatusLines,
  Operators,
  RuntimeNamespaces,
  WatchedFeed,
} from '@sluice/controller';
import { parseTable, STATUS_FILE } from '@sluice/node-agent';
import { loadConfig } from '@sluice/server';
import { pino, stdTimeFunctions } from 'pino';
import { endInAnyCase, toldToEnd } from '../process-end.ts';
import { LineSink } from '../serve/line-sink.ts';
import { serverSideOf } from './server-side.ts';

const LOG_WAITING_BYTES_MAX = 1_048_576;
/** For a turn that is under way, a report that is being written, and the last lines. */
const OVERDUE_MILLIS = 15_000;

export interface NodeFlags {
  readonly node: string;
  readonly folder: string;
  readonly base: string;
  readonly namespace: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly criSocket: string;
  readonly proc?: string;
  readonly namespaces?: string;
  readonly agentState: string;
  readonly processes: number;
  readonly probe: boolean;
  readonly metricsHost: string;
  readonly metricsPort?: number;
}

/** Resolves when it was told to end. @throws ControllerError, ServerError for what is wrong before anything began */
export async function runNode(flags: NodeFlags): Promise<void> {
  const ended = toldToEnd('SIGTERM', 'SIGINT');
  const path = resolve(flags.base);
  const config = loadConfig(path);
  const { sockets, urls, guard } = serverSideOf(config, flags.processes);
  const { node, kubeconfig, context } = flags;
  const client = new ApiClient(
    loadKubeconfig({
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(context === undefined ? {} : { context }),
    }),
  );
  const lines = new LineSink(2, LOG_WAITING_BYTES_MAX);
  const base = { service: 'sluice-node' };
  const log = pino({ level: config.log.level, base, timestamp: stdTimeFunctions.isoTime }, lines);
  const sync = new NodeSync({
    ...{ node, directory: resolve(flags.folder), base: path, probes: flags.probe, log },
    table: { sluiceSockets: sockets, ...guard },
    tableFault: faultInTable,
    feed: new WatchedFeed({ client, node, log }),
    api: new ApiNode(client, flags.namespace),
    namespaces: namespacesOf(flags),
    server: new AdminServers(urls),
    agent: new AgentStatusFile(join(resolve(flags.agentState), STATUS_FILE)),
  });
  const operators = await listen(sync, flags, log);
  const hold = new FolderHold({
    ...{ directory: resolve(flags.folder), log },
    take: () => sync.resume(),
    release: () => sync.pause(),
  });
  await sync.pause();
  sync.start();
  await hold.start();
  log.info({ node, folder: flags.folder, servers: urls }, 'node: following its SluiceNode');
  log.info({ signal: await ended }, 'node: ending; what is in force stays so');
  endInAnyCase(OVERDUE_MILLIS);
  await operators?.close();
  await sync.stop();
  await hold.stop();
  client.close();
  await lines.end();
}

/** The agent's own words. */
export function faultInTable(text: string): string {
  try {
    parseTable(text, 'table.json');
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function namespacesOf({ namespaces, criSocket, proc }: NodeFlags): LinkedNamespaces | RuntimeNamespaces {
  if (namespaces !== undefined) return new LinkedNamespaces(resolve(namespaces));
  return new RuntimeNamespaces({
    socket: resolve(criSocket),
    ...(proc === undefined ? {} : { procPath: proc }),
  });
}

/** @throws ControllerError OPERATORS_LISTEN */
async function listen(
  sync: NodeSync,
  { metricsHost: host, metricsPort }: NodeFlags,
  log: Log,
): Promise<Operators | null> {
  if (metricsPort === undefined) return null;
  const operators = new Operators({
    registry: nodeMetrics(() => sync.status),
    alive: () => isTurning(sync.status),
    ready: () => sync.status.isServing,
    details: () => nodeStatusLines(sync.status),
  });
  const port = await operators.listen(host, metricsPort);
  log.info({ metrics: `${host}:${port}` }, 'node: listening');
  return operators;
}
