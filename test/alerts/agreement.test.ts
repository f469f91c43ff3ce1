/** Generated alerts over generated events fire at the same times, for the same keys, whatever the store. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AlertNotice, ElasticsearchStore, type EventStore, SqliteStore } from '@sluice/hub';
import type { Json } from '@sluice/spool';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { record } from '../event-store/fixtures.ts';
import { MemoryStore } from '../event-store/memory-store.ts';
import { AlertStand, MINUTE } from './stand.ts';

const MINUTES = 12;
/** Each run makes data streams in Elasticsearch: some are enough. */
const RUNS = 12;
const ALERTS_A_RUN = 6;

const event = fc
  .record({
    at: fc.integer({ min: 0, max: MINUTES * MINUTE - 1 }),
    ip: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'),
    owner: fc.option(fc.constantFrom('Deployment/web', 'Deployment/cart')),
    namespace: fc.option(fc.constantFrom('shop', 'lab')),
    latency: fc.option(fc.constantFrom(1, 2, 5, 100)),
    blocked: fc.boolean(),
    rules: fc.uniqueArray(fc.constantFrom('942100', '941100', '949110'), { maxLength: 3 }),
  })
  .map(({ at, ip, owner, namespace, latency, blocked, rules }) => {
    const fields: Record<string, Json> = {
      'source.ip': ip,
      'waf.would_block': blocked,
      rule_info: rules.map((id) => `ID:'${id}'`).join(' '),
      waf: { rules: rules.map((id) => ({ id })) },
      ...(owner === null ? {} : { 'waf.destination.owner': owner }),
      ...(namespace === null ? {} : { 'waf.destination.namespace': namespace }),
      ...(latency === null ? {} : { 'waf.latency_us': latency }),
    };
    return { at, fields };
  });

const FIELDS = [
  'source.ip',
  'waf.destination.owner',
  'waf.would_block',
  'waf.rules.id',
  'waf.latency_us',
] as const;

const metric = fc.oneof(
  fc.constant({}),
  fc.record({ metric: fc.constant('count') }),
  fc.record({
    metric: fc.constantFrom('sum', 'max', 'min', 'avg'),
    field: fc.constant('waf.latency_us'),
  }),
  fc.record({ metric: fc.constant('distinct'), field: fc.constantFrom(...FIELDS) }),
);

const condition = fc.record({
  condition: fc.constantFrom('eq', 'not_eq', 'gt', 'gte', 'lt', 'lte'),
  threshold: fc.constantFrom(0, 1, 2, 5, 20),
});

const spec = fc
  .record({
    query: fc.constantFrom(
      '',
      '"rule_info" IN {"*942100*"}',
      '"waf.would_block" = true AND NOT "source.ip" = "192.0.2.1"',
      '"waf.rules.id" IN {"94*"} OR "waf.latency_us" > 4',
    ),
    period: fc.constantFrom('1m', '2m'),
    lookback: fc.constantFrom('1m', '3m', '5m'),
    cooldown: fc.constantFrom('0', '3m'),
    rise: fc.constantFrom(undefined, undefined, 2),
    aggregateBy: fc.uniqueArray(fc.constantFrom(...FIELDS), { maxLength: 2 }),
    key: fc.option(fc.uniqueArray(fc.constantFrom(...FIELDS), { maxLength: 2 }), { nil: undefined }),
    metric,
    condition: fc.option(condition),
  })
  .map(({ metric: ofMetric, condition: asked, key, rise, ...rest }) => ({
    ...{ description: 'd', severity: 1, dataSet: 'waf' },
    ...rest,
    ...(key === undefined ? {} : { key }),
    ...(rise === undefined ? {} : { rise }),
    ...ofMetric,
    ...('metric' in ofMetric && asked === null ? { condition: 'gt' } : (asked ?? {})),
  }));

const scenario = fc.record({
  events: fc.array(event, { minLength: 1, maxLength: 40 }),
  specs: fc.array(spec, { minLength: 1, maxLength: ALERTS_A_RUN }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer Value> ? Value : never;

async function timesOf(store: EventStore, { events, specs }: Scenario): Promise<readonly string[]> {
  const stand = new AlertStand(store);
  try {
    const records = events.map(({ at, fields }, index) => record(`e${index}`, fields, { at }));
    await store.append(records);
    stand.use(Object.fromEntries(specs.map((each, index) => [`a${index}`, each])));
    const told: AlertNotice[] = [];
    for (let minute = 0; minute < MINUTES + 6; minute++) {
      await stand.pass(MINUTE);
      told.push(...stand.told());
    }
    return told.map(({ at, alert, state, key, count, value, event: id }) =>
      JSON.stringify([at, alert, state, key, count, Number(value.toFixed(6)), id]),
    );
  } finally {
    stand.close();
    await store.close();
  }
}

const folder = mkdtempSync(join(tmpdir(), 'sluice-agreement-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

describe.each([
  [
    'SQLite',
    25,
    async () => SqliteStore.open({ path: join(folder, `${++files}.db`) }) as Promise<EventStore>,
  ],
  [
    'Elasticsearch',
    RUNS,
    async () =>
      new ElasticsearchStore({
        client: { node: await sharedElasticsearch('8.19.8') },
        namespace: freshNamespace(),
        refresh: true,
      }) as EventStore,
  ],
] as const)('alerts on %s and on the reference', (_, numRuns, open) => {
  it('fire at the same times for the same', async () => {
    let told = 0;
    await fc.assert(
      fc.asyncProperty(scenario, async (each) => {
        const expected = await timesOf(new MemoryStore(), each);
        told += expected.length;
        expect(await timesOf(await open(), each)).toEqual(expected);
      }),
      { numRuns },
    );
    expect(told).toBeGreaterThan(numRuns);
  }, 400_000);
});
