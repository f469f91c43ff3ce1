/**
 * Starts servers for the test files of a run, each version once, when the first asks for it: a start takes ten seconds, and a
 * run that needs none has none. Vitest calls `setup` and `teardown`; files ask through test/elasticsearch.ts.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { type ElasticsearchProcess, startElasticsearch } from '../packages/cli/src/elasticsearch/process.ts';
import { TemporaryDirectory } from '../packages/cli/src/envoy/temporary.ts';
import {
  ELASTICSEARCH_VERSIONS,
  type ElasticsearchVersion,
} from '../packages/cli/src/setup/elasticsearch.ts';

/** What vitest hands `setup`. */
interface Project {
  provide(name: 'elasticsearchSocket', value: string): void;
}

declare module 'vitest' {
  interface ProvidedContext {
    elasticsearchSocket: string;
  }
}

/** The line that answers a line with a version. */
export type ServerAnswer = { readonly url: string } | { readonly error: string };

const servers = new Map<ElasticsearchVersion, Promise<ElasticsearchProcess>>();
let directory: TemporaryDirectory | undefined;
let listening: Server | undefined;

export async function setup(project: Project): Promise<void> {
  directory = new TemporaryDirectory('sluice-servers-');
  const path = directory.join('socket');
  listening = createServer((socket) => void answer(socket));
  await new Promise<void>((resolve) => listening?.listen(path, resolve));
  project.provide('elasticsearchSocket', path);
}

export async function teardown(): Promise<void> {
  listening?.close();
  for (const server of await Promise.allSettled(servers.values())) {
    if (server.status === 'fulfilled') await server.value.stop();
  }
  directory?.remove();
}

async function answer(socket: Socket): Promise<void> {
  // A file that ends while it waits is no fault of the run.
  socket.on('error', () => socket.destroy());
  for await (const data of socket) {
    const asked = String(data).trim();
    const version = ELASTICSEARCH_VERSIONS.find((known) => known === asked);
    const line: ServerAnswer =
      version === undefined
        ? { error: `no such version: ${asked}` }
        : await urlOf(version).then(
            (url) => ({ url }),
            (error: unknown) => ({ error: String(error) }),
          );
    socket.end(`${JSON.stringify(line)}\n`);
    return;
  }
}

async function urlOf(version: ElasticsearchVersion): Promise<string> {
  const started = servers.get(version) ?? startElasticsearch({ version });
  servers.set(version, started);
  return (await started).url;
}
