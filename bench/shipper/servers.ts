/** What the contenders ship to. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { startElasticsearch } from '../../packages/cli/src/elasticsearch/process.ts';
import { installTemplate } from '../../packages/shipper/src/elasticsearch/template.ts';
import { WAF_SCHEMA } from '../../packages/spool/src/index.ts';
import { pin, pinned } from '../server/cores.ts';
import { childrenOf } from '../server/usage.ts';

/** Who ships may have this much of a core where it is limited: what log shippers on nodes commonly have. */
export const LIMITED_MILLI_CORES = 250;

export const SERVERS = ['null', 'elasticsearch', 'limited', 'busy'] as const;

export type ServerName = (typeof SERVERS)[number];

export const ABOUT: Readonly<Record<ServerName, string>> = {
  null: 'a server that keeps nothing: what the shipper itself takes',
  elasticsearch: 'Elasticsearch 8.19.8 on this machine, on other cores than who ships',
  limited: 'the same, and who ships has a part of a core, as a container with limits.cpu',
  busy: 'the same with one thread that writes and a queue of one: it answers 429',
};

export interface BenchServer {
  readonly url: string;
  /** Makes room for a turn. @returns the name of its data stream */
  prepare(turn: string): Promise<string>;
  /** Documents that a turn's stream has; null where the server keeps none. */
  count(stream: string): Promise<number | null>;
  stop(): Promise<void>;
}

/** @param cores on which it runs */
export const openServer = (name: ServerName, cores: readonly number[]): Promise<BenchServer> =>
  name === 'null' ? openNull(cores) : openElasticsearch(name, cores);

async function openNull(cores: readonly number[]): Promise<BenchServer> {
  const argv = [process.execPath, join(import.meta.dirname, 'null-server.ts')];
  const [file = '', ...rest] = pinned(argv, cores);
  const child = spawn(file, rest, {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [said]: unknown[] = await once(child.stdout, 'data');
  return {
    url: String(said).trim(),
    prepare: async (turn) => `logs-sluice.waf-${turn}`,
    count: async () => null,
    async stop() {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function openElasticsearch(
  name: Exclude<ServerName, 'null'>,
  cores: readonly number[],
): Promise<BenchServer> {
  const busy = { 'thread_pool.write.size': 1, 'thread_pool.write.queue_size': 1 };
  const server = await startElasticsearch({
    version: '8.19.8',
    heapMebibytes: 1_024,
    // So many it sizes its pools for: those that it is put on afterwards.
    settings: { 'node.processors': cores.length, ...(name === 'busy' ? busy : {}) },
  });
  for (const pid of [server.pid, ...descendantsOf(server.pid)]) pin(pid, cores);
  const client = new Client({ node: server.url });
  return {
    url: server.url,
    async prepare(namespace) {
      const options = { dataSet: 'waf', schema: WAF_SCHEMA, namespace, retentionDays: null } as const;
      const { stream } = await installTemplate(client, options);
      return stream;
    },
    async count(stream) {
      await client.indices.refresh({ index: stream });
      return (await client.count({ index: stream })).count;
    },
    async stop() {
      await client.close();
      await server.stop();
    },
  };
}

/** The launcher starts the server. */
const descendantsOf = (pid: number): readonly number[] =>
  childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
