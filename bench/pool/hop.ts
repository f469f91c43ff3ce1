/** What a worker costs: one request at a time, on this thread and in a worker. */
import type { InspectionRequest, PoolInspector } from '../../packages/server/src/index.ts';
import { BenchError } from '../engine/errors.ts';
import { ascending, percentile } from '../engine/percentile.ts';
import { requestsOf } from './stand.ts';

const CASES = ['get', 'form', 'json', 'text100k'];
const WARM_UP = 300;

export interface HopRow {
  readonly case: string;
  /** Where a server would inspect it. */
  readonly place: 'inline' | 'pool';
  /** Medians, in microseconds. */
  readonly inline: number;
  readonly pool: number;
}

export async function measureHop(inspector: PoolInspector, count: number): Promise<readonly HopRow[]> {
  const rows: HopRow[] = [];
  for (const name of CASES) {
    const next = requestsOf(name);
    const there = await median(count, next, (request) => inPool(inspector, request));
    const placed = inspector.pool?.opened ?? 0;
    await inspector.inspect(next());
    const place = (inspector.pool?.opened ?? 0) > placed ? 'pool' : 'inline';
    const here = await median(count, next, (request) => inspector.inspectHere(request));
    rows.push({ case: name, place, inline: here, pool: there });
  }
  return rows;
}

async function inPool({ pool, current }: PoolInspector, request: InspectionRequest): Promise<unknown> {
  if (pool === null) throw new BenchError('BENCH_OPTION', { option: '--threads', reason: 'no worker' });
  return pool.inspect(request, current);
}

async function median(
  count: number,
  next: () => InspectionRequest,
  inspect: (request: InspectionRequest) => unknown,
): Promise<number> {
  for (let at = 0; at < WARM_UP; at++) await inspect(next());
  const times: number[] = [];
  for (let at = 0; at < count; at++) {
    const request = next();
    const begun = performance.now();
    await inspect(request);
    times.push((performance.now() - begun) * 1_000);
  }
  return percentile(ascending(times), 0.5);
}
