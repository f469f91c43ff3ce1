/** The part of the contract that counts, sums up and groups. */
import {
  type AggregateRequest,
  type Bucket,
  type EventStore,
  HubError,
  parseQuery,
  type Query,
  schemaOf,
} from '@sluice/hub';
import { describe, expect, it } from 'vitest';
import { record } from './fixtures.ts';
import { BASE_MILLIS } from './generate.ts';

const ALL: Query = { kind: 'all' };
const WHOLE = { dataSet: 'waf', query: ALL } as const;

const events = [
  record('a', {
    host: 'x',
    'source.ip': '10.0.0.2',
    waf: { latency_us: 10, rules: [{ id: '1' }, { id: '2' }, { id: '1' }] },
  }),
  record(
    'b',
    { host: 'x', 'source.ip': '10.0.0.10', waf: { latency_us: 20, rules: [{ id: '2' }] } },
    { at: 1_000 },
  ),
  record('c', { host: 'y', 'source.ip': '::ffff:10.0.0.2', waf: { would_block: true } }, { at: 5_000 }),
  record('d', { waf: { latency_us: -5, would_block: false, rules: [{ id: '3' }] } }, { at: 5_001 }),
];

type Given = () => EventStore;

const bucketsOf = async (given: Given, request: AggregateRequest): Promise<readonly Bucket[]> =>
  (await given().aggregate(request)).buckets;

export function describeAggregates(given: Given): void {
  describeGroups(given);
  describeTimes(given);
}

function describeGroups(given: Given): void {
  describe('aggregate: groups', () => {
    it('counts documents by the values that they have', async () => {
      await given().append(events);
      expect(await bucketsOf(given, { ...WHOLE, kind: 'terms', field: 'waf.rules.id', size: 10 })).toEqual([
        { key: ['2'], count: 2, metric: null },
        { key: ['1'], count: 1, metric: null },
        { key: ['3'], count: 1, metric: null },
      ]);
      expect(await bucketsOf(given, { ...WHOLE, kind: 'terms', field: 'source.ip', size: 1 })).toEqual([
        { key: ['10.0.0.2'], count: 2, metric: null },
      ]);
      const narrow = { dataSet: 'waf', query: parseQuery('waf.rules.id = 1', schemaOf('waf')) } as const;
      expect(
        await bucketsOf(given, { ...narrow, kind: 'terms', field: 'waf.rules.id', size: 10 }),
      ).toHaveLength(2);
    });

    it.each<[string, Bucket['key'][]]>([
      ['waf.would_block', [[false], [true]]],
      ['waf.latency_us', [[-5], [10], [20]]],
      ['@timestamp', [[BASE_MILLIS], [BASE_MILLIS + 1_000], [BASE_MILLIS + 5_000], [BASE_MILLIS + 5_001]]],
    ])('has keys of the type of %s', async (field, keys) => {
      await given().append(events);
      expect(
        (await bucketsOf(given, { ...WHOLE, kind: 'terms', field, size: 10 })).map(({ key }) => key),
      ).toEqual(keys);
    });

    it('has what documents without the field lack in no bucket', async () => {
      await given().append(events);
      expect(await bucketsOf(given, { ...WHOLE, kind: 'terms', field: 'waf.policy', size: 10 })).toEqual([]);
    });

    it('takes combinations page by page', async () => {
      await given().append(events);
      const request = { ...WHOLE, kind: 'composite', fields: ['waf.rules.id', 'host'], size: 2 } as const;
      const first = await given().aggregate(request);
      expect(first.buckets).toEqual([
        { key: ['1', 'x'], count: 1, metric: null },
        { key: ['2', 'x'], count: 2, metric: null },
      ]);
      expect(first.cursor).toBeNull();
      const page = await given().aggregate({ ...request, size: 1 });
      const rest = await given().aggregate({ ...request, size: 1, cursor: String(page.cursor) });
      expect([page.buckets, rest.buckets].flat()).toEqual(first.buckets);
      expect(rest.cursor).toBeNull();
      const addresses = { ...WHOLE, kind: 'composite', fields: ['source.ip'], size: 10 } as const;
      expect(await bucketsOf(given, addresses)).toEqual([
        { key: ['10.0.0.2'], count: 2, metric: null },
        { key: ['10.0.0.10'], count: 1, metric: null },
      ]);
    });
  });
}

function describeTimes(given: Given): void {
  describe('aggregate: times and metrics', () => {
    it('counts over time, empty buckets between full ones included', async () => {
      await given().append([...events, record('early', {}, { at: -1 })]);
      const request = { ...WHOLE, kind: 'date_histogram', intervalMillis: 2_000 } as const;
      const found = await bucketsOf(given, { ...request, metric: { kind: 'sum', field: 'waf.latency_us' } });
      expect(found).toEqual([
        { key: [BASE_MILLIS - 2_000], count: 1, metric: null },
        { key: [BASE_MILLIS], count: 2, metric: 30 },
        { key: [BASE_MILLIS + 2_000], count: 0, metric: null },
        { key: [BASE_MILLIS + 4_000], count: 2, metric: -5 },
      ]);
      expect(await bucketsOf(given, { ...request, from: BASE_MILLIS + 10_000 })).toEqual([]);
    });

    it('counts from the epoch, before it as well', async () => {
      await given().append([record('old', {}, { at: -BASE_MILLIS - 1 })]);
      expect(await bucketsOf(given, { ...WHOLE, kind: 'date_histogram', intervalMillis: 60_000 })).toEqual([
        { key: [-60_000], count: 1, metric: null },
      ]);
    });

    it.each([
      ['avg', 25 / 3],
      ['max', 20],
      ['min', -5],
      ['sum', 25],
    ] as const)('has the %s of a field', async (kind, expected) => {
      await given().append(events);
      const [bucket] = await bucketsOf(given, {
        ...WHOLE,
        kind: 'date_histogram',
        intervalMillis: 3_600_000,
        metric: { kind, field: 'waf.latency_us' },
      });
      expect(bucket?.metric).toBeCloseTo(expected, 9);
    });

    it('takes each of several values into a metric', async () => {
      await given().append([
        record('a', { waf: { policy: 'p', rules: [{ line: 5 }, { line: 5 }, { line: 2 }] } }),
        record('b', { waf: { policy: 'p' } }),
        record('c', { waf: { policy: 'q' } }),
      ]);
      const metric = { kind: 'avg', field: 'waf.rules.line' } as const;
      expect(
        await bucketsOf(given, { ...WHOLE, kind: 'terms', field: 'waf.policy', size: 5, metric }),
      ).toEqual([
        { key: ['p'], count: 2, metric: 4 },
        { key: ['q'], count: 1, metric: null },
      ]);
    });

    it.each<[string, AggregateRequest, string]>([
      ['a field that is not there', { ...WHOLE, kind: 'terms', field: 'hsot', size: 1 }, 'QUERY_FIELD'],
      [
        'a metric of texts',
        { ...WHOLE, kind: 'terms', field: 'host', size: 1, metric: { kind: 'sum', field: 'host' } },
        'QUERY_FIELD',
      ],
      ['an interval of nothing', { ...WHOLE, kind: 'date_histogram', intervalMillis: 0 }, 'QUERY_SIZE'],
      ['more buckets than fit', { ...WHOLE, kind: 'date_histogram', intervalMillis: 1 }, 'QUERY_SIZE'],
      ['no fields', { ...WHOLE, kind: 'composite', fields: [], size: 1 }, 'QUERY_SIZE'],
      [
        'a cursor that is none',
        { ...WHOLE, kind: 'composite', fields: ['host'], size: 1, cursor: 'x' },
        'QUERY_CURSOR',
      ],
    ])('refuses %s', async (_, request, code) => {
      await given().append([...events, record('late', {}, { at: 3_600_000 })]);
      await expect(given().aggregate(request)).rejects.toSatisfy(
        (error) => error instanceof HubError && error.code === code,
      );
    });
  });
}
