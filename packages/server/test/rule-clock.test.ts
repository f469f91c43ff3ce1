/** What rules cost in service: told of what was timed, and nothing is timed but for moments. */
import { Engine, overlayFor, type RuleSet, timeRules } from '@sluice/engine';
import { afterEach, expect, it } from 'vitest';
import { RULE_CLOCK_LIMITS, RuleClock } from '../src/rule-clock.ts';

const RULES = `SecRule ARGS "@rx evil\\d" "id:1,phase:2,pass"
SecRule ARGS "@rx never\\d" "id:2,phase:2,pass"
SecRule REQUEST_METHOD "@streq GET" "id:3,phase:1,pass"`;

const engine = new Engine({ cacheDirectory: null });
const policy = (name: string, text = RULES): RuleSet =>
  engine.ruleSet(engine.loadRules([{ path: 'own.conf', text }]), overlayFor({ name, mode: 'Block' }));

function judge(ruleSet: RuleSet): void {
  const transaction = engine.transaction(ruleSet, {
    ...{
      id: 'request-1',
      method: 'GET',
      uri: '/?a=evil1',
      protocol: 'HTTP/1.1',
      headers: [['Host', 'shop.example']],
    },
    ...{ client: { address: '192.0.2.1', port: 1 }, server: { address: '192.0.2.2', port: 80 } },
  });
  transaction.requestHeaders();
  transaction.requestEnd();
  transaction.finish();
}

afterEach(() => timeRules(false));

it('tells each rule once, by its time a request, of all policies', () => {
  const sets = [policy('shop'), policy('bank')];
  const clock = new RuleClock(() => sets);
  timeRules(true);
  for (let count = 0; count < 50; count += 1) for (const each of sets) judge(each);
  const { requests, micros, rules, more } = clock.report;
  expect([requests, more]).toEqual([100, 0]);
  expect(rules.map(({ id }) => id).toSorted()).toEqual([1, 3]);
  const of = (id: number) => rules.find((rule) => rule.id === id);
  expect(of(1)).toMatchObject({ asked: 100, matched: 100 });
  for (const rule of rules) {
    expect(rule.micros).toBeGreaterThan(0);
    expect(rule.share).toBeCloseTo(rule.micros / micros, 6);
  }
  expect(rules.reduce((sum, { share }) => sum + share, 0)).toBeLessThan(1);
});

it('counts without a clock, and times nothing then', () => {
  const ruleSet = policy('shop');
  for (let count = 0; count < 50; count += 1) judge(ruleSet);
  const { requests, rules } = new RuleClock(() => [ruleSet]).report;
  expect(requests).toBe(0);
  expect(rules.find(({ id }) => id === 1)).toMatchObject({ asked: 50, micros: 0, share: 0 });
});

it('times by itself, for moments, until it is stopped', async () => {
  const ruleSet = policy('shop');
  const clock = new RuleClock(() => [ruleSet]);
  let judged = 0;
  clock.start();
  try {
    await expect
      .poll(
        () => {
          judge(ruleSet);
          judged += 1;
          return clock.report.requests;
        },
        { timeout: 60_000, interval: 1 },
      )
      .toBeGreaterThan(3);
  } finally {
    clock.stop();
  }
  const { requests } = clock.report;
  expect(requests).toBeLessThan(judged);
  judge(ruleSet);
  expect(clock.report.requests).toBe(requests);
});

it('tells of as many rules as are bounded, and that there are more', () => {
  const beyond = RULE_CLOCK_LIMITS.rulesMax + 5;
  const lines = Array.from(
    { length: beyond },
    (_, at) => `SecRule REQUEST_METHOD "@streq GET" "id:${at + 1},phase:1,pass"`,
  );
  const ruleSet = policy('many', lines.join('\n'));
  judge(ruleSet);
  const { rules, more } = new RuleClock(() => [ruleSet]).report;
  expect([rules.length, more]).toEqual([RULE_CLOCK_LIMITS.rulesMax, 5]);
});
