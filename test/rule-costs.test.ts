import { describe, expect, it } from 'vitest';
import { CASES } from '../bench/engine/cases/index.ts';
import { Corpus, Sent } from '../bench/engine/corpus.ts';
import type { BenchRequest } from '../bench/engine/request.ts';
import { basePaths } from '../bench/engine/rules.ts';
import { attributesOf } from '../bench/engine/sluice.ts';
import { cacheDirectory } from '../packages/cli/src/setup/paths.ts';
import {
  type CostOfRule,
  clearRuleCosts,
  Engine,
  type Evaluation,
  overlayFor,
  phaseTimes,
  type RuleSet,
  ruleCosts,
  timeRules,
  work,
  workSince,
} from '../packages/engine/src/index.ts';

const engine = new Engine({ cacheDirectory: `${cacheDirectory()}/rules` });

const setOf = (text: string): RuleSet =>
  new Engine({ cacheDirectory: null }).ruleSet(
    new Engine({ cacheDirectory: null }).loadRules([{ path: 'own.conf', text }]),
    overlayFor({ name: 'own', mode: 'Block' }),
  );

const crs = (): RuleSet =>
  engine.ruleSet(
    engine.loadFiles(basePaths({ crs: true, paranoia: 1, files: [] }), { paranoiaMax: 1 }),
    overlayFor({ name: 'costs', mode: 'Block', paranoia: 1 }),
  );

interface Judged {
  /** How often each rule matched, by id. */
  readonly matches: ReadonlyMap<number, number>;
}

function judgeAll(
  ruleSet: RuleSet,
  requests: readonly BenchRequest[],
  evaluation: Evaluation = 'planned',
): Judged {
  const matches = new Map<number, number>();
  for (const request of requests) {
    const transaction = engine.transaction(ruleSet, attributesOf(request), { evaluation });
    transaction.requestHeaders();
    if (request.body.length > 0) transaction.requestBody(request.body);
    transaction.requestEnd();
    for (const { rule } of transaction.finish().matches)
      matches.set(rule.data.id, (matches.get(rule.data.id) ?? 0) + 1);
  }
  return { matches };
}

const get = (uri: string): BenchRequest => ({
  method: 'GET',
  uri,
  protocol: 'HTTP/1.1',
  headers: [['Host', 'shop.example']],
  body: new Uint8Array(),
});

const byId = (ruleSet: RuleSet): ReadonlyMap<number, CostOfRule> =>
  new Map(ruleCosts(ruleSet).map((cost) => [cost.rule.data.id, cost]));

const sum = (costs: Iterable<CostOfRule>, figure: (cost: CostOfRule) => number): number =>
  [...costs].reduce((total, cost) => total + figure(cost), 0);

const SMALL = CASES.filter(({ name }) => !/^text1/.test(name));

describe('the costs of rules', () => {
  it('tell how often each was asked, what was confirmed for it, and how often it matched', () => {
    const ruleSet = setOf(`SecRule ARGS "@rx evil\\d" "id:1,phase:2,pass"
SecRule ARGS "@rx harmless\\d" "id:2,phase:2,pass"
SecRule REQUEST_METHOD "@streq GET" "id:3,phase:1,pass"
SecRule ARGS:a "@rx ^x" "id:4,phase:2,pass,chain"
  SecRule ARGS:b "@rx ^y"`);
    const requests = ['/?q=evil1&r=evil2&s=good', '/?q=none', '/?a=x1&b=no', '/?a=x2&b=y'].map(get);
    judgeAll(ruleSet, requests);
    const costs = byId(ruleSet);
    expect(costs.get(1)).toMatchObject({ candidates: 1, confirmations: 2, matches: 1, micros: 0 });
    expect(costs.get(2)).toMatchObject({ candidates: 0, confirmations: 0, matches: 0, micros: 0 });
    expect(costs.get(3)).toMatchObject({ candidates: 4, confirmations: 0, matches: 4 });
    expect(costs.get(4)).toMatchObject({ candidates: 2, confirmations: 4, matches: 1 });
    clearRuleCosts(ruleSet);
    expect(sum(ruleCosts(ruleSet), ({ candidates }) => candidates)).toBe(0);
  });

  it('are those of one rule set, also where two share the base', () => {
    const base = engine.loadRules([
      { path: 'own.conf', text: 'SecRule ARGS "@rx evil" "id:1,phase:2,pass"' },
    ]);
    const [first, other] = ['one', 'two'].map((name) =>
      engine.ruleSet(base, overlayFor({ name, mode: 'Block' })),
    ) as [RuleSet, RuleSet];
    judgeAll(first, [get('/?a=evil')]);
    expect(byId(first).get(1)?.candidates).toBe(1);
    expect(byId(other).get(1)?.candidates).toBe(0);
  });

  it.each(SMALL)('agree with the trace of the reference, and with the work: $name', (benchCase) => {
    const requests = new Corpus(benchCase, 'costs', new Sent()).take(6);
    const [planned, reference] = [crs(), crs()];
    const before = { ...work };
    const found = judgeAll(planned, requests);
    const done = workSince(before);
    const { matches } = judgeAll(reference, requests, 'reference');
    expect(found.matches).toEqual(matches);
    const [costs, asked] = [byId(planned), byId(reference)];
    expect(sum(costs.values(), ({ candidates }) => candidates)).toBe(done.candidates);
    for (const [id, cost] of asked) {
      expect(cost.matches, `rule ${id}`).toBe(matches.get(id) ?? 0);
      const own = costs.get(id);
      expect(own?.candidates, `rule ${id}`).toBeLessThanOrEqual(cost.candidates);
      expect(own?.confirmations, `rule ${id}`).toBeLessThanOrEqual(cost.confirmations);
      // What was decided beforehand is asked nothing.
      if ((own?.candidates ?? 0) > 0) expect(own?.matches, `rule ${id}`).toBe(cost.matches);
    }
  });

  it('sum up to all confirmations of the reference, which scans nothing', () => {
    const requests = SMALL.flatMap((each) => new Corpus(each, 'sum', new Sent()).take(1));
    const ruleSet = crs();
    const before = { ...work };
    judgeAll(ruleSet, requests, 'reference');
    const { candidates, confirmations } = workSince(before);
    expect(confirmations).toBeGreaterThan(1_000);
    const costs = ruleCosts(ruleSet);
    expect(sum(costs, (cost) => cost.confirmations)).toBe(confirmations);
    expect(sum(costs, (cost) => cost.candidates)).toBe(candidates);
  });
});

describe('the times of rules', () => {
  const requests = SMALL.flatMap((each) => new Corpus(each, 'times', new Sent()).take(2));

  it('are of rules that were asked, within those of phases', () => {
    const ruleSet = crs();
    timeRules(true);
    try {
      judgeAll(ruleSet, requests);
    } finally {
      timeRules(false);
    }
    const { phases, scans, transformations } = phaseTimes();
    const costs = ruleCosts(ruleSet);
    for (const { rule, candidates, micros } of costs)
      expect(micros > 0, `${rule.data.id}`).toBe(candidates > 0);
    // Doubles of microseconds since the thread began, added up.
    const rounding = 1;
    expect(transformations).toBeGreaterThan(0);
    expect(transformations).toBeLessThan(scans);
    expect(scans + sum(costs, ({ micros }) => micros)).toBeLessThan(phases + rounding);
  });

  it('are taken only where they are asked for, and begin from nothing', () => {
    const ruleSet = crs();
    timeRules(true);
    timeRules(false);
    judgeAll(ruleSet, requests);
    expect(phaseTimes()).toEqual({ phases: 0, scans: 0, transformations: 0 });
    expect(sum(ruleCosts(ruleSet), ({ micros }) => micros)).toBe(0);
  });
});
