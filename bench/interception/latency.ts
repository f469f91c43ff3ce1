/** Time of a request from another namespace: direct, through Envoy alone, and through Envoy and Sluice; in turns. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, startCluster, until } from '../../test/interception/cluster.ts';
import type { Place } from '../../test/interception/network.ts';

export interface LatencyRow {
  readonly way: string;
  readonly connections: 'kept' | 'new';
  /** Microseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Beside the direct connection of the same run. */
  readonly addedP50: number;
  readonly failures: number;
}

const HEADERS = { host: 'shop.example', 'user-agent': 'Mozilla/5.0', accept: '*/*' };
const ROUNDS = 10;
const WARM_UP = 200;
/** Envoy takes up a file within milliseconds. */
const SETTLE_MILLIS = 1_000;

export async function measureLatency(requests: number): Promise<readonly LatencyRow[]> {
  const cluster = await startCluster();
  try {
    const [direct, plain, guarded] = [
      await cluster.pod('nodeA', 'direct'),
      await cluster.pod('nodeA', 'plain'),
      await cluster.pod('nodeA', 'guarded'),
    ];
    const agent = cluster.nodes.nodeA;
    agent.select([{ place: plain }, { place: guarded }]);
    await until(() => agent.intercepts('plain', 'guarded'));
    // The agent would write its own again.
    await agent.kill('SIGKILL');
    withoutGuard(`${agent.state}/envoy-0/xds/lds.json`, 'plain');
    await sleep(SETTLE_MILLIS);
    const ways = [
      ['direct', direct],
      ['interception', plain],
      ['interception + Sluice', guarded],
    ] as const;
    return [...(await rows(cluster, ways, requests, true)), ...(await rows(cluster, ways, requests, false))];
  } finally {
    await cluster.stop();
  }
}

/** Takes the question to Sluice out of one pod's listeners. */
function withoutGuard(path: string, pod: string): void {
  const file = JSON.parse(readFileSync(path, 'utf8'), (key, value: unknown) => {
    if (key === 'typed_per_filter_config') return undefined;
    if (key !== 'http_filters' || !Array.isArray(value)) return value;
    return value.filter((filter: { name: string }) => filter.name === 'envoy.filters.http.router');
  });
  const whole = JSON.parse(readFileSync(path, 'utf8'));
  const resources = whole.resources.map((listener: { name: string }, index: number) =>
    listener.name.startsWith(`pod/${pod}/`) ? file.resources[index] : listener,
  );
  writeFileSync(`${path}.new`, JSON.stringify({ version_info: 'bench', resources }));
  renameSync(`${path}.new`, path);
}

async function rows(
  cluster: Cluster,
  ways: readonly (readonly [name: string, pod: Place])[],
  requests: number,
  kept: boolean,
): Promise<readonly LatencyRow[]> {
  const micros = new Map<string, number[]>(ways.map(([name]) => [name, []]));
  const failures = new Map<string, number>();
  const measure = (pod: Place, count: number) =>
    cluster
      .at('outside')
      .measure({ host: pod.ipv4, port: 80, path: '/?q=hose', headers: HEADERS, count, kept });
  for (const [, pod] of ways) await measure(pod, WARM_UP);
  // In turns, so that what else the machine does meets all of them.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, pod] of ways) {
      const measured = await measure(pod, Math.ceil(requests / ROUNDS));
      micros.get(name)?.push(...measured.micros);
      failures.set(name, (failures.get(name) ?? 0) + measured.failures);
    }
  }
  const base = percentile(micros.get('direct') ?? [], 0.5);
  return ways.map(([way]) => {
    const all = micros.get(way) ?? [];
    const p50 = percentile(all, 0.5);
    return {
      way,
      connections: kept ? 'kept' : 'new',
      p50,
      p99: percentile(all, 0.99),
      addedP50: p50 - base,
      failures: failures.get(way) ?? 0,
    };
  });
}

function percentile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0;
}
