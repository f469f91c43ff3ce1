/** One Envoy, with a listener for each contender: its own filter and cluster, the same workload. */
import { type EnvoyProcess, startEnvoy } from '../../packages/cli/src/envoy/process.ts';
import { type Json, type NamedPolicy, proxyBootstrap } from '../../packages/envoy-config/src/index.ts';
import type { Filter } from './contenders.ts';
import { pin } from './cores.ts';
import { VERDICT_MILLIS_MAX } from './serve-command.ts';

/** Whom Envoy asks. */
export interface Asked {
  readonly name: string;
  readonly filter: Filter;
  /** Of its processes; none where Envoy asks nobody. */
  readonly sockets: readonly string[];
}

const SLUICE_CLUSTER = 'sluice';
/** The listener that leads to a contender. */
export const listenerOf = (name: string): string => `bench/${name}`;

const ROUTER = 'envoy.filters.http.router';

/** @param cores as many worker threads as these, and on these */
export async function startOneEnvoy(
  contenders: readonly Asked[],
  workloadPort: number,
  cores: readonly number[],
): Promise<EnvoyProcess> {
  const envoy = await startEnvoy({ bootstrap: merged(contenders, workloadPort), concurrency: cores.length });
  pin(envoy.pid, cores);
  return envoy;
}

interface Bootstrap {
  readonly static_resources: { readonly listeners: readonly Json[]; readonly clusters: readonly Json[] };
}

/** The configuration that `sluice envoy config` writes, for each contender, in one. */
function merged(contenders: readonly Asked[], workloadPort: number): Json {
  const all = contenders.map((contender) => bootstrapOf(contender, workloadPort));
  const [first] = all;
  return {
    ...(first as Readonly<Record<string, Json>> & Bootstrap),
    static_resources: {
      listeners: all.flatMap((each) => each.static_resources.listeners),
      clusters: all.flatMap((each) => each.static_resources.clusters),
    },
  };
}

function bootstrapOf({ name, filter, sockets }: Asked, workloadPort: number): Bootstrap {
  const upstream = { host: '127.0.0.1', port: workloadPort };
  const policy: NamedPolicy = {
    name: 'default',
    mode: 'Block',
    unavailable: 'Closed',
    ...(filter === null ? {} : { dataPath: filter }),
  };
  const whole = proxyBootstrap({
    listeners: [{ name: listenerOf(name), host: '127.0.0.1', port: 0, upstream, policy }],
    sluiceSockets: sockets.length === 0 ? ['/nonexistent'] : sockets,
    verdictMillis: VERDICT_MILLIS_MAX,
  });
  const own = (key: string, value: unknown): unknown => {
    // Each asks a cluster of its own, whose name is the host of the call: HTTP/2 takes no slash there.
    if ((key === 'cluster_name' || key === 'name') && value === SLUICE_CLUSTER)
      return `${SLUICE_CLUSTER}-${name}`;
    return filter === null ? withoutGuard(key, value) : value;
  };
  return JSON.parse(JSON.stringify(whole, own));
}

/** The same listener without a filter in front of the router. */
function withoutGuard(key: string, value: unknown): unknown {
  if (key === 'typed_per_filter_config') return undefined;
  if (!Array.isArray(value)) return value;
  if (key === 'http_filters') return value.filter((filter: { name: string }) => filter.name === ROUTER);
  return key === 'clusters'
    ? value.filter((cluster: { name: string }) => cluster.name !== SLUICE_CLUSTER)
    : value;
}
