/** Every request of the CRS's tests, judged by workers as by one thread: verdict, rules and event. */
import { join } from 'node:path';
import { Engine } from '@sluice/engine';
import {
  buildGeneration,
  createEngineInspector,
  createLog,
  createPoolInspector,
  type Inspection,
  type InspectionRequest,
  madeEvent,
  parseConfig,
} from '@sluice/server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ParsedRequest } from '../packages/cli/src/rules-test/stage-engine.ts';
import { testRules } from '../packages/cli/src/rules-test/test-rules.ts';
import { baseFiles } from '../packages/cli/src/serve/base-files.ts';
import { cacheDirectory, crsDirectory } from '../packages/cli/src/setup/paths.ts';

const IN_FLIGHT = 64;
const REQUESTS_MIN = 4_000;

const config = parseConfig(
  'policies: {default: {mode: Block, paranoia: 4}}\nlimits: {poolThreads: 2, inlineBytesMax: 0, verdictMillisMax: 60000, poolTaskMillisMax: 60000}',
  'pool-crs.yaml',
);
const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
const options = { engine, baseFiles: baseFiles(config.rules), policies: config.policies };

const requests: InspectionRequest[] = [];
let pool: Awaited<ReturnType<typeof createPoolInspector>>;

/** Runs no rule: it keeps what would be judged. */
const collect = async () => ({
  run({ method, uri, protocol, headers, body }: ParsedRequest) {
    const id = `request-${requests.length}`;
    const client = { address: '192.0.2.1', port: 40_000 };
    const server = { address: '192.0.2.2', port: 80 };
    const attributes = { id, method, uri, protocol, headers, client, server };
    requests.push({ attributes, body, bodyComplete: true, policy: 'default', probe: false });
    return { status: 200, log: [] };
  },
});

beforeAll(async () => {
  const crs = crsDirectory();
  await testRules(
    { crs, rules: [], tests: [], filter: null, evaluation: 'planned', exclusions: null, paranoia: 4 },
    collect,
  );
  const { generation } = buildGeneration({ ...options, id: 1 });
  pool = await createPoolInspector({ engine, generation, limits: config.limits, log: createLog('silent') });
}, 900_000);

afterAll(() => pool.close());

interface Shown {
  readonly '@timestamp': string;
  readonly event: { readonly duration: number; readonly id: string };
  readonly http: { readonly request: { readonly bytes: number } };
  readonly waf: {
    readonly latency_us: number;
    readonly coverage: { readonly body_bytes: number; readonly body_inspected: boolean };
  };
}

/** All but the id and the times, and what the caller has counted. */
function comparable({ durationMicros: _, event: given, ...rest }: Inspection): unknown {
  const event = madeEvent(given);
  if (event === null) return { ...rest, event };
  const { '@timestamp': _at, event: inner, waf: facts, ...others } = event as Shown;
  const { duration: _duration, id: _id, ...kept } = inner;
  const { latency_us: _latency, ...waf } = facts;
  const { body_bytes, body_inspected } = waf.coverage;
  return {
    ...rest,
    event: { ...others, event: kept, waf: { ...waf, coverage: { body_bytes, body_inspected } } },
  };
}

async function inspectAll(
  inspect: (request: InspectionRequest) => Promise<Inspection>,
): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (let from = 0; from < requests.length; from += IN_FLIGHT) {
    const batch = requests.slice(from, from + IN_FLIGHT);
    found.push(...(await Promise.all(batch.map(async (request) => comparable(await inspect(request))))));
  }
  return found;
}

/** In pieces, cut where nothing ends. */
async function stream({ attributes, policy, probe, body }: InspectionRequest): Promise<Inspection> {
  const exchange = pool.open({ attributes, policy, probe, bodyBytesExpected: null });
  await exchange.requestHeaders();
  const cut = Math.floor(body.byteLength / 3);
  for (const part of [body.subarray(0, cut), body.subarray(cut)]) await exchange.requestChunk(part);
  await exchange.requestEnd(false);
  return exchange.finish({
    requestBytesSeen: body.byteLength,
    requestBytesPassed: body.byteLength,
    responseBytesSeen: 0,
    responseBytesPassed: 0,
    skipped: [],
  });
}

describe('the requests of the CRS', () => {
  test('get the same verdicts and events from workers as from one thread, whole and in pieces', async () => {
    const { inspector } = createEngineInspector(options);
    const expected = await inspectAll(async (request) => inspector.inspect(request));
    expect(expected.length).toBeGreaterThan(REQUESTS_MIN);
    const whole = await inspectAll(async (request) => pool.inspect(request));
    const pieces = await inspectAll(stream);
    for (const [at, each] of expected.entries()) {
      expect(whole[at], requests[at]?.attributes.uri).toEqual(each);
      expect(pieces[at], requests[at]?.attributes.uri).toEqual(each);
    }
    expect(pool.pool?.opened).toBe(2 * requests.length);
    expect(pool.pool?.exchanges).toBe(0);
  });
});
