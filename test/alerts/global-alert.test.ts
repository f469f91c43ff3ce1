/** Calico's GlobalAlert: every field, what its definition refuses and in which words, each shape of aggregation, substitutions. */
import { defineAlert } from '@sluice/hub';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../event-store/memory-store.ts';
import { AlertStand, MINUTE } from './stand.ts';

const LEAST = { description: 'd', severity: 50, dataSet: 'waf', period: '1m', lookback: '2m' };

let stand: AlertStand;
beforeEach(() => {
  stand = new AlertStand(new MemoryStore());
});
afterEach(() => stand.close());

const refusal = (spec: object): string => {
  try {
    defineAlert('a', spec);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : '';
  }
};

describe('a field of GlobalAlert', () => {
  it('has the default that Calico gives it', () => {
    const made = defineAlert('a', { description: 'what it is', severity: 7, dataSet: 'waf' });
    expect(made).toMatchObject({
      ...{ summary: 'what it is', severity: 7, dataSet: 'waf', period: 5 * MINUTE, lookback: 10 * MINUTE },
      ...{ query: { kind: 'all' }, aggregateBy: [], metric: null, metricName: null, condition: null },
      ...{ cooldown: 0, owner: null, receivers: null, quarantine: null },
    });
  });

  it.each([
    ['type', { type: 'RuleBased' }, {}],
    ['summary', { summary: 's' }, { summary: 's', description: 'd' }],
    ['severity, the least', { severity: 1 }, { severity: 1 }],
    ['severity, the most', { severity: 100 }, { severity: 100 }],
    ['severity beyond what is documented', { severity: 0 }, { severity: 1 }],
    ['severity far beyond', { severity: 1_000 }, { severity: 100 }],
    ['dataSet l7', { dataSet: 'l7' }, { dataSet: 'l7' }],
    ['period', { period: '1h30m' }, { period: 90 * MINUTE }],
    ['period in parts of a minute', { period: '1.5m' }, { period: 90_000 }],
    ['lookback', { lookback: '36h' }, { lookback: 36 * 60 * MINUTE }],
    ['aggregateBy', { aggregateBy: ['source.ip'] }, { aggregateBy: [{ path: 'source.ip', type: 'ip' }] }],
    ['aggregateBy as a text', { aggregateBy: 'source.ip' }, { aggregateBy: [{ path: 'source.ip' }] }],
    [
      'metric, condition and threshold',
      { metric: 'count', condition: 'gt', threshold: 2.5 },
      { metric: null, metricName: 'count', condition: { kind: 'gt', threshold: 2.5 } },
    ],
    [
      'metric and field',
      { metric: 'max', field: 'waf.latency_us', condition: 'gte', threshold: 1 },
      { metric: { kind: 'max', field: { path: 'waf.latency_us', type: 'long' } } },
    ],
    [
      'condition without a metric or a threshold',
      { condition: 'not_eq' },
      { condition: { kind: 'not_eq', threshold: 0 } },
    ],
  ] as const)('is read: %s', (_, spec, expected) => {
    expect(defineAlert('a', { ...LEAST, ...spec })).toMatchObject(expected);
  });

  it.each([
    [{ field: 'waf.latency_us' }, 'field without metric is invalid'],
    [
      { metric: 'count', field: 'waf.latency_us', condition: 'gt' },
      'count metric cannot be applied to a field',
    ],
    [{ metric: 'avg', condition: 'gt' }, 'non-count metrics require a field'],
    [{ metric: 'count' }, 'metrics require a condition'],
    [{ dataSet: undefined }, 'dataSet is required for RuleBased alerts'],
    [{ dataSet: 'dns' }, 'Sluice has no data set dns'],
    [{ dataSet: 'none' }, 'dataSet: '],
    [{ description: undefined }, 'description: '],
    [{ severity: undefined }, 'severity: '],
    [{ severity: 1.5 }, 'severity: '],
    [{ type: 'AnomalyDetection' }, 'type: '],
    [{ detector: { name: 'x' } }, 'detector'],
    [{ period: '59s' }, 'period: a duration such as 5m'],
    [{ lookback: '30s' }, 'lookback: a duration such as 5m'],
    [{ period: 'soon' }, 'period: a duration such as 5m'],
    [{ metric: 'median', field: 'waf.latency_us', condition: 'gt' }, 'metric: '],
    [{ condition: 'above' }, 'condition: '],
    [{ metric: 'max', field: 'x'.repeat(257), condition: 'gt' }, 'field: '],
    [{ metric: 'max', field: 'waf.policy', condition: 'gt' }, 'field: waf.policy is no number'],
    [{ metric: 'max', field: 'waf.latency', condition: 'gt' }, 'did you mean waf.latency_us'],
    [{ aggregateBy: ['source.ap'] }, 'aggregateBy: no field source.ap'],
    [{ substitutions: [{ name: 'a' }, { name: 'a' }] }, 'names of substitutions are unique'],
    [{ query: '"source.ip" = ' }, 'column'],
    [{ summary: `\${source.ip}` }, `summary: \${source.ip} is not known`],
    [{ summary: `\${sum}`, metric: 'count', condition: 'gt' }, `summary: \${sum} is not known`],
  ] as const)('is refused, with its fault: %j', (spec, words) => {
    expect(refusal({ ...LEAST, ...spec })).toContain(words);
  });

  it.each([
    ['eq', 2, [2]],
    ['not_eq', 2, [0, 1, 3, 4]],
    ['gt', 2, [3, 4]],
    ['gte', 2, [2, 3, 4]],
    ['lt', 2, [0, 1]],
    ['lte', 2, [0, 1, 2]],
  ] as const)('condition %s %i holds for %j of 0 to 4', async (condition, threshold, expected) => {
    const holds: number[] = [];
    for (const events of [0, 1, 2, 3, 4]) {
      const each = new AlertStand(new MemoryStore());
      each.use({ a: { ...LEAST, metric: 'count', condition, threshold } });
      for (let index = 0; index < events; index++) await each.event();
      await each.pass(MINUTE);
      if (each.status('a')?.active === true) holds.push(events);
      each.close();
    }
    expect(holds).toEqual(expected);
  });
});

const SHOP = { 'waf.destination.namespace': 'shop', 'waf.destination.owner': 'Deployment/web' };
const CART = { ...SHOP, 'waf.destination.owner': 'Deployment/cart' };

/** Four events of two clients on two workloads. */
async function traffic(): Promise<void> {
  const seen = [
    ['192.0.2.1', SHOP, 10],
    ['192.0.2.1', SHOP, 30],
    ['192.0.2.1', CART, 20],
    ['192.0.2.2', SHOP, 100],
  ] as const;
  for (const [ip, workload, latency] of seen) {
    await stand.event({ 'source.ip': ip, 'waf.latency_us': latency, ...workload });
    stand.time += 1_000;
  }
}

describe('a shape', () => {
  it('without metric and fields is about each workload, with the newest document of each', async () => {
    stand.use({ a: LEAST });
    await traffic();
    await stand.pass(MINUTE);
    expect(stand.told()).toMatchObject([
      { key: { 'waf.destination.owner': 'Deployment/cart' }, count: 1, event: 'e3' },
      { key: { 'waf.destination.owner': 'Deployment/web' }, count: 3, event: 'e4' },
    ]);
  });

  it('of fields is about each combination, with its values in the summary', async () => {
    stand.use({
      a: { ...LEAST, aggregateBy: ['source.ip'], key: ['source.ip'], summary: `by \${source.ip}` },
    });
    await traffic();
    await stand.pass(MINUTE);
    const told = stand.told().map(({ summary, count, key }) => [summary, count, key]);
    expect(told).toEqual([
      ['by 192.0.2.1', 3, { 'source.ip': '192.0.2.1' }],
      ['by 192.0.2.2', 1, { 'source.ip': '192.0.2.2' }],
    ]);
  });

  it('tells the workloads of a combination apart, unless its key says otherwise', async () => {
    stand.use({ a: { ...LEAST, aggregateBy: ['source.ip'] } });
    await traffic();
    await stand.pass(MINUTE);
    const told = stand
      .told()
      .map(({ key, count }) => [key['source.ip'], key['waf.destination.owner'], count]);
    expect(told.toSorted()).toEqual([
      ['192.0.2.1', 'Deployment/cart', 1],
      ['192.0.2.1', 'Deployment/web', 2],
      ['192.0.2.2', 'Deployment/web', 1],
    ]);
  });

  it.each([
    ['count', undefined, 3],
    ['avg', 'waf.latency_us', 20],
    ['sum', 'waf.latency_us', 60],
    ['max', 'waf.latency_us', 30],
    ['min', 'waf.latency_us', 10],
  ] as const)('of fields and the metric %s asks each combination', async (metric, field, value) => {
    const of = field === undefined ? {} : { field };
    const asked = { aggregateBy: ['source.ip'], key: ['source.ip'], condition: 'eq', threshold: value };
    stand.use({ a: { ...LEAST, ...asked, metric, ...of, description: `\${source.ip}: \${${metric}}` } });
    await traffic();
    await stand.pass(MINUTE);
    const texts = stand.told().map(({ description }) => description);
    expect(texts).toEqual([`192.0.2.1: ${value}`]);
  });

  it.each([
    ['count', undefined, 4],
    ['avg', 'waf.latency_us', 40],
    ['sum', 'waf.latency_us', 160],
    ['max', 'waf.latency_us', 100],
    ['min', 'waf.latency_us', 10],
  ] as const)('of the metric %s alone asks all of it', async (metric, field, value) => {
    const of = field === undefined ? {} : { field };
    const spec = { ...LEAST, metric, ...of, condition: 'eq', summary: `all: \${${metric}}` };
    stand.use({ a: { ...spec, threshold: value }, other: { ...spec, threshold: value + 1 } });
    await traffic();
    await stand.pass(MINUTE);
    expect(stand.told()).toMatchObject([{ alert: 'a', key: {}, summary: `all: ${value}`, count: 4 }]);
  });

  it('of distinct values is ours: one client on several workloads', async () => {
    const spec = { aggregateBy: ['source.ip'], key: ['source.ip'], metric: 'distinct', condition: 'gt' };
    stand.use({ a: { ...LEAST, ...spec, field: 'waf.destination.owner', threshold: 1 } });
    await traffic();
    await stand.pass(MINUTE);
    expect(stand.told()).toMatchObject([{ key: { 'source.ip': '192.0.2.1' }, value: 2, count: 3 }]);
  });
});

describe('a rise', () => {
  it('is so many times what was there in the time before', async () => {
    const spec = { ...LEAST, metric: 'count', condition: 'gte', threshold: 2, rise: 2, lookback: '1m' };
    stand.use({ a: spec });
    const firing: boolean[] = [];
    for (const events of [4, 6, 12, 23, 0, 1, 2]) {
      for (let index = 0; index < events; index++) await stand.event();
      await stand.pass(MINUTE);
      firing.push(stand.status('a')?.active === true);
    }
    expect(firing).toEqual([true, false, true, false, false, false, true]);
  });
});

describe('substitutions', () => {
  const query = `"source.ip" IN \${bad} AND "url.path" NOTIN \${good}`;
  const substitutions = [
    { name: 'bad', values: ['192.0.2.1', '192.0.2.2'] },
    { name: 'good', values: ['/health*', '/a?'] },
  ];

  it('are lists of values with wildcards', async () => {
    stand.use({ a: { ...LEAST, query, substitutions } });
    for (const path of ['/health/live', '/ab', '/abc', '/shop']) {
      await stand.event({ 'source.ip': '192.0.2.1', 'url.path': path });
      await stand.event({ 'source.ip': '198.51.100.1', 'url.path': path });
      stand.time += 1_000;
    }
    await stand.pass(MINUTE);
    expect(stand.told()).toMatchObject([{ count: 2, event: 'e7' }]);
  });

  it('that are missing are refused, and one without values matches nothing', async () => {
    expect(refusal({ ...LEAST, query })).toContain('bad');
    stand.use({ a: { ...LEAST, query: `"url.path" IN \${none}`, substitutions: [{ name: 'none' }] } });
    await stand.event({ 'url.path': '/x' });
    await stand.pass(MINUTE);
    expect(stand.told()).toEqual([]);
  });
});

describe('status', () => {
  it('is as Calico has it', async () => {
    stand.use({ a: LEAST });
    expect(stand.status('a')).toBeNull();
    await stand.pass(MINUTE);
    const first = { lastUpdate: stand.isoAt(MINUTE), lastExecuted: stand.isoAt(MINUTE) };
    const well = { healthy: true, errorConditions: [] };
    expect(stand.status('a')).toEqual({ ...first, ...well, active: false, lastEvent: null });
    await stand.event();
    await stand.pass(MINUTE);
    expect(stand.status('a')).toMatchObject({ active: true, lastEvent: stand.isoAt(2 * MINUTE) });
    await stand.pass(5 * MINUTE);
    const over = { active: false, lastExecuted: stand.isoAt(7 * MINUTE), ...well };
    expect(stand.status('a')).toMatchObject(over);
  });

  it('says when it cannot be evaluated, and what fires goes on', async () => {
    stand.use({ a: LEAST });
    await stand.event();
    await stand.pass(MINUTE);
    expect(stand.states).toEqual(['firing']);
    const count = stand.store.count;
    stand.store.count = () => Promise.reject(new Error('away'));
    await stand.pass(MINUTE);
    expect(stand.status('a')).toMatchObject({
      ...{ active: true, healthy: false, lastExecuted: stand.isoAt(MINUTE) },
      errorConditions: [{ type: 'NotEvaluated', message: 'away' }],
    });
    stand.store.count = count;
    await stand.pass(0);
    expect(stand.status('a')).toMatchObject({ healthy: true, errorConditions: [] });
    expect(stand.told()).toEqual([]);
  });
});

describe('an Alert of a namespace', () => {
  it('sees what comes to its namespace and from it, and nothing of others', async () => {
    stand.use({ 'shop/a': LEAST }, { namespace: 'shop' });
    await stand.event({ 'waf.destination.namespace': 'shop', 'waf.source.namespace': 'x' });
    await stand.event({ 'waf.destination.namespace': 'x', 'waf.source.namespace': 'shop' });
    await stand.event({ 'waf.destination.namespace': 'x', 'waf.source.namespace': 'y' });
    await stand.event();
    await stand.pass(MINUTE);
    expect(stand.told().reduce((sum, { count }) => sum + count, 0)).toBe(2);
  });
});
