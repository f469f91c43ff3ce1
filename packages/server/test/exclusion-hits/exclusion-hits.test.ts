import { Engine } from '@sluice/engine';
import { Registry } from 'prom-client';
import { expect, it, onTestFinished, vi } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { ExclusionHits } from '../../src/exclusion-hits/exclusion-hits.ts';
import { addExclusionHitsMetrics } from '../../src/exclusion-hits/exclusion-hits-metrics.ts';
import { exclusionId } from '../../src/exclusion-hits/exclusion-id.ts';
import { EXCLUSION_HITS_LIMITS } from '../../src/exclusion-hits/limits.ts';
import { LookBudget } from '../../src/exclusion-hits/look-budget.ts';
import { createLog } from '../../src/log.ts';
import { createPoolInspector } from '../../src/pool/pool-inspector.ts';
import { RehearsingInspector } from '../../src/rehearsal/rehearsing-inspector.ts';
import { buildGeneration, type RuleSetGeneration } from '../../src/rule-sets.ts';
import { NO_COVERAGE, openingOf, requestOf } from '../pool/support.ts';

const RULES = `
SecRuleEngine On
SecRequestBodyAccess On
SecRule ARGS|REQUEST_HEADERS "@contains evil" "id:1,phase:2,deny,log,tag:'attack-test'"
SecRule ARGS "@contains select" "id:2,phase:1,deny,log"
SecRule ARGS:code "@rx ^a+$" "id:3,phase:2,pass,nolog"
`;

const EXCLUSIONS = `
  - {rules: [1], targets: ['ARGS:comment'], paths: [/post], owner: team-shop}
  - {tags: [attack-test], targets: ['ARGS:/^page[0-9]+$/']}
  - {rules: [2-2], paths: ['/search/*'], owner: team-search}
  - {rules: [3]}
`;

const policiesOf = (exclusions: string): string =>
  `rules: {crs: false}\nlimits: {poolThreads: 0}\npolicies:\n default:\n  mode: Block\n  exclusions: ${exclusions}`;

async function begin(exclusions = EXCLUSIONS, looksPerSecondMax = 1_000) {
  const engine = new Engine({ cacheDirectory: null });
  const config = parseConfig(policiesOf(exclusions), '/sluice.yaml');
  const unit = engine.loadRules([{ path: 'own.conf', text: RULES }]);
  const made = buildGeneration({ ...config, engine, id: 1, baseFiles: [] }).generation;
  const generation: RuleSetGeneration = { ...made, units: [unit] };
  const log = createLog('silent');
  const inner = await createPoolInspector({ engine, generation, limits: config.limits, log });
  const inspector = new RehearsingInspector(inner);
  let now = 1_000_000;
  const hits = new ExclusionHits({ engine, log, looksPerSecondMax, now: () => now });
  inspector.rehearsal = hits;
  onTestFinished(async () => {
    await hits.close();
    await inner.close();
  });
  hits.begin(config, generation);
  const settled = (looked: number): Promise<unknown> =>
    vi.waitFor(() => expect(hits.report.looks.default?.looked).toBe(looked), 60_000);
  const running = (): Promise<unknown> => vi.waitFor(() => expect(hits.report.state).toBe('running'), 60_000);
  const again = (text: string): void => {
    hits.begin(parseConfig(policiesOf(text), '/sluice.yaml'), generation);
  };
  return { inspector, hits, settled, running, again, pass: (millis: number) => (now += millis) };
}

/** Where timers are the test's. */
async function expectSoon(check: () => void): Promise<void> {
  for (const until = performance.now() + 30_000; ; ) {
    try {
      return check();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await new Promise((next) => setImmediate(next));
  }
}

const counts = (hits: ExclusionHits): readonly number[] => hits.report.exclusions.map((each) => each.hits);

it('counts requests from which an exclusion took what would have matched, and no others', async () => {
  const { inspector, hits, settled, running, pass } = await begin();
  await running();
  const ask = async (uri: string) => (await inspector.inspect(requestOf({ uri }))).verdict.kind;
  expect(await ask('/post?comment=evil')).toBe('allow');
  await settled(1);
  expect(counts(hits)).toEqual([1, 0, 0, 0]);
  expect(hits.report.exclusions[0]).toMatchObject({
    ...{ policy: 'default', owner: 'team-shop', sinceMillis: 1_000_000, lastMillis: 1_000_000 },
    id: expect.stringMatching(/^[0-9a-f]{12}$/),
  });
  pass(5_000);
  // Nothing to take, another path, another argument, and a name in another case.
  expect(await ask('/post?comment=good')).toBe('allow');
  expect(await ask('/else?comment=evil')).toBe('deny');
  expect(await ask('/post?title=evil')).toBe('deny');
  expect(await ask('/post?COMMENT=evil&page7=evil')).toBe('allow');
  await settled(5);
  expect(counts(hits)).toEqual([2, 1, 0, 0]);
  // A rule as a whole, one that denies early, one that does not log.
  expect(await ask('/search/all?q=select&code=aaa')).toBe('allow');
  await settled(6);
  expect(counts(hits)).toEqual([2, 1, 1, 1]);
  expect(hits.report.exclusions[0]).toMatchObject({ sinceMillis: 1_000_000, lastMillis: 1_005_000 });
});

it('sees bodies that come in pieces, and looks at none that is too long or was decided before', async () => {
  const { inspector, hits, settled, running } = await begin();
  await running();
  const opening = openingOf({ uri: '/post', method: 'POST' });
  const exchange = inspector.open(opening);
  await exchange.requestHeaders();
  await exchange.requestChunk(Buffer.from('a=1&comm'));
  await exchange.requestChunk(Buffer.from('ent=evil'));
  await exchange.requestEnd(false);
  await exchange.finish(NO_COVERAGE);
  await settled(1);
  expect(counts(hits)).toEqual([1, 0, 0, 0]);
  inspector.open({ ...opening, bodyBytesExpected: 300_000 }).abandon();
  inspector.open(opening).abandon();
  expect(hits.report.looks.default).toMatchObject({ looked: 1, body: 1, cut: 1 });
});

it('looks at so many a second and not more, and only where an exclusion may hold', async () => {
  const exclusion = "[{rules: [1], targets: ['ARGS:comment'], paths: [/post]}]";
  const { inspector, hits, settled, running, pass } = await begin(exclusion, 2);
  await running();
  for (let index = 0; index < 5; index++) await inspector.inspect(requestOf({ uri: '/post?comment=evil' }));
  for (let index = 0; index < 5; index++) await inspector.inspect(requestOf({ uri: '/other?comment=good' }));
  await settled(2);
  expect(hits.report.looks.default).toMatchObject({ looked: 2, rate: 3 });
  pass(1_000);
  await inspector.inspect(requestOf({ uri: '/post?comment=evil' }));
  await settled(3);
  expect(counts(hits)).toEqual([3]);
});

it('keeps looks for a policy that is seldom asked, whatever another one gets', async () => {
  const exclusion = "[{rules: [1], targets: ['ARGS:comment']}]";
  const { inspector, hits, running } = await begin(
    `${exclusion}\n busy: {mode: Block, exclusions: ${exclusion}}`,
    4,
  );
  await running();
  const uri = '/?comment=evil';
  for (let index = 0; index < 9; index++) await inspector.inspect(requestOf({ uri, policy: 'busy' }));
  await inspector.inspect(requestOf({ uri }));
  await vi.waitFor(() => expect(hits.report.looks.default).toMatchObject({ looked: 1, rate: 0 }), 60_000);
  await vi.waitFor(() => expect(hits.report.looks.busy).toMatchObject({ looked: 3, rate: 6 }), 60_000);
  expect(hits.report.exclusions.map(({ policy, hits: found }) => [policy, found])).toEqual([
    ['default', 1],
    ['busy', 3],
  ]);
});

it('keeps room for copies of each policy: uploads of one that take their time hold up no other', () => {
  const budget = new LookBudget(['slow', 'other'], 1_000);
  const taken = Array.from({ length: EXCLUSION_HITS_LIMITS.copiesMax }, () => budget.take('slow', 0));
  expect(taken.filter((each) => each === null)).toHaveLength(EXCLUSION_HITS_LIMITS.copiesMax / 2);
  expect(taken.at(-1)).toBe('busy');
  expect(budget.take('other', 0)).toBeNull();
  budget.release('slow');
  expect(budget.take('slow', 0)).toBeNull();
});

it('has no more looks than the limit, and most of them where some ask for none', () => {
  const budget = new LookBudget(['one', 'two', 'three'], 1);
  let looked = 0;
  const SECONDS = 600;
  for (let at = 0; at < SECONDS * 10; at++) {
    for (const policy of ['one', 'two']) {
      if (budget.take(policy, at * 100) !== null) continue;
      budget.release(policy);
      looked++;
    }
  }
  // What waits at the begin is three more.
  expect(looked).toBeLessThanOrEqual(SECONDS + 3);
  expect(looked).toBeGreaterThan(SECONDS * 0.75);
});

it('goes on counting after a reload, whatever the order, and forgets none that comes back', async () => {
  const { inspector, hits, settled, running, again } = await begin();
  await running();
  await inspector.inspect(requestOf({ uri: '/post?comment=evil' }));
  await settled(1);
  again('[{rules: [3]}, {rules: [1], targets: [ARGS:comment], paths: [/post], owner: others}]');
  expect(hits.report.exclusions.map(({ hits: found, owner }) => [found, owner])).toEqual([
    [0, undefined],
    [1, 'others'],
  ]);
  await running();
  await inspector.inspect(requestOf({ uri: '/post?comment=evil' }));
  await settled(2);
  expect(counts(hits)).toEqual([0, 2]);
  again('[]');
  expect(hits.report).toMatchObject({ state: 'none', exclusions: [] });
});

it('gives a request that is denied by no rule to nobody: its like has ended workers', async () => {
  const { hits, running } = await begin();
  await running();
  const request = requestOf({ uri: '/post?comment=evil' });
  const verdict = { kind: 'deny', status: 403, ruleId: null } as const;
  const found = { verdict, mode: 'Block', wouldBlock: true, rules: [], score: null, event: null } as const;
  const copy = hits.copyOf(0, request);
  copy?.end(false);
  copy?.following(() => ({ ...found, durationMicros: 1 }), request);
  expect(hits.report.looks.default).toMatchObject({ looked: 0, cut: 1 });
});

it('begins its thread anew where that hangs or dies, and loses nothing that was counted', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { inspector, hits, pass } = await begin();
  const state = (wanted: string): Promise<unknown> =>
    expectSoon(() => expect(hits.report.state).toBe(wanted));
  await state('running');
  await inspector.inspect(requestOf({ uri: '/post?comment=evil' }));
  await expectSoon(() => expect(counts(hits)[0]).toBe(1));
  // Two at once: the answer to the first is not there when the second comes, by the test's clock long behind it.
  const first = inspector.inspect(requestOf({ uri: '/post?comment=evil' }));
  pass(EXCLUSION_HITS_LIMITS.lookMillisMax + 1);
  await Promise.all([first, inspector.inspect(requestOf({ uri: '/post?comment=evil' }))]);
  expect(hits.report.state).toBe('refused');
  vi.advanceTimersByTime(EXCLUSION_HITS_LIMITS.restartMillis);
  await state('running');
  await inspector.inspect(requestOf({ uri: '/post?comment=evil' }));
  await expectSoon(() => expect(counts(hits)[0]).toBe(2));
}, 60_000);

it('has no thread where nothing is to be looked at', async () => {
  const { hits } = await begin(EXCLUSIONS, 0);
  expect(hits.report.state).toBe('off');
});

it('is in metrics, with the owner', async () => {
  const { inspector, hits, settled, running } = await begin();
  const registry = new Registry();
  addExclusionHitsMetrics(registry, hits);
  await running();
  await inspector.inspect(requestOf({ uri: '/post?comment=evil' }));
  await settled(1);
  const [first] = hits.report.exclusions;
  const labels = `policy="default",exclusion="${first?.id}",owner="team-shop"`;
  const text = await registry.metrics();
  expect(text).toContain(`sluice_exclusion_hits_total{${labels}} 1`);
  expect(text).toContain(`sluice_exclusion_last_hit_timestamp_seconds{${labels}} 1000\n`);
  expect(text).toContain('sluice_exclusion_looks_total{policy="default",outcome="looked"} 1');
});

it('knows an exclusion by what it takes, not by who answers for it', () => {
  const exclusion = { rules: [1], tags: [], targets: ['ARGS:a'], paths: [] };
  expect(exclusionId({ ...exclusion, rules: [[1, 1]] })).toBe(exclusionId(exclusion));
  expect(exclusionId({ ...exclusion, paths: ['/a'] })).not.toBe(exclusionId(exclusion));
});
