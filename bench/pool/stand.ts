/** What is measured: the inspector of a server over the CRS, as `sluice serve` has it, without network and Envoy. */
import { join } from 'node:path';
import { baseFiles } from '../../packages/cli/src/serve/base-files.ts';
import { cacheDirectory } from '../../packages/cli/src/setup/paths.ts';
import { Engine } from '../../packages/engine/src/index.ts';
import {
  buildGeneration,
  createLog,
  createPoolInspector,
  DEFAULT_LIMITS,
  type InspectionRequest,
  type PoolInspector,
  parseConfig,
} from '../../packages/server/src/index.ts';
import { casesNamed } from '../engine/cases/index.ts';
import { Corpus, Sent } from '../engine/corpus.ts';
import { BenchError } from '../engine/errors.ts';
import type { BenchRequest } from '../engine/request.ts';

const CLIENT = { address: '192.0.2.1', port: 40_000 };
const SERVER = { address: '192.0.2.2', port: 443 };
/** The benchmark asks how long things take, not whether they are in time. */
const NO_DEADLINE = 3_600_000;

export async function stand(threads: number): Promise<PoolInspector> {
  const config = parseConfig('policies: {default: {mode: Block}}', 'bench.yaml');
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const files = baseFiles(config.rules);
  const { generation } = buildGeneration({ engine, id: 1, baseFiles: files, policies: config.policies });
  const limits = { ...DEFAULT_LIMITS, poolThreads: threads, verdictMillisMax: NO_DEADLINE };
  return createPoolInspector({ engine, generation, limits, log: createLog('error') });
}

/** An endless number of a case's requests, no two alike. */
export function requestsOf(name: string): () => InspectionRequest {
  const [benchCase] = casesNamed(name);
  if (benchCase === undefined) throw new BenchError('BENCH_OPTION', { option: name, reason: 'no such case' });
  const corpus = new Corpus(benchCase, 'pool', new Sent());
  let waiting: BenchRequest[] = [];
  let count = 0;
  return () => {
    if (waiting.length === 0) waiting = [...corpus.take(1_000)].reverse();
    const request = waiting.pop();
    if (request === undefined) throw new BenchError('BENCH_OPTION', { option: name, reason: 'no requests' });
    count += 1;
    const { method, uri, protocol, headers, body } = request;
    const attributes = {
      id: `bench-${count}`,
      method,
      uri,
      protocol,
      headers,
      client: CLIENT,
      server: SERVER,
    };
    return { attributes, body, bodyComplete: true, policy: 'default', probe: false };
  };
}
