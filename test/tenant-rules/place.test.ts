/** RuleSets in the place where they will stand: what is told, and where. */
import { expect, it } from 'vitest';
import type { RuleSetSpec } from '../../packages/controller/src/kinds/objects.ts';
import { house, placeJudge, tenant, verdictOf } from './bench.ts';

const judge = placeJudge();

const refused = (verdict: ReturnType<typeof verdictOf>) => {
  expect(verdict.kind).toBe('refused');
  return verdict.kind === 'refused' ? verdict : { reason: '', message: '', problems: [] };
};

it('shows line, column, the line and a caret', () => {
  const before = '# Ärger\nSecRule ARGS "@streq ä" "id:1,phase:2,denny"\n';
  const { message, problems, reason } = refused(verdictOf(judge, [tenant({ before })]));
  expect(reason).toBe('SecLangInvalid');
  expect(message).toBe(
    [
      'shop/own/spec.before:2:40: unknown action denny [SECLANG_UNKNOWN_ACTION]',
      '  SecRule ARGS "@streq ä" "id:1,phase:2,denny"',
      '                                        ^',
      'Check its spelling (did you mean deny?); docs/seclang.md lists what works.',
    ].join('\n'),
  );
  expect(problems).toMatchObject([{ field: 'spec.before', line: 2, column: 40 }]);
});

it('points at the directive that reaches a protected rule', () => {
  const before = 'SecRule ARGS x "id:1,phase:2,deny"\nSecRuleRemoveByTag "attack-sqli"\n';
  const { message, problems } = refused(verdictOf(judge, [tenant({ before })]));
  expect(problems[0]).toMatchObject({ reason: 'ProtectedRule', line: 2, column: 1 });
  expect(message).toContain('\n  SecRuleRemoveByTag "attack-sqli"\n  ^\n');
  expect(message).toContain('which namespace shop may not');
});

it('tells of all that is wrong, up to a bound', () => {
  const before = Array.from({ length: 30 }, (_, id) => `SecRule ARGS x "id:${id + 1},phase:2,allow"`).join(
    '\n',
  );
  const { message, problems } = refused(verdictOf(judge, [tenant({ before })]));
  expect(problems).toHaveLength(10);
  expect(message).toMatch(/… and 20 more$/);
});

it('says of a good one how many rules it has, and which', () => {
  const spec = { before: 'SecAction "id:7,phase:1,pass,nolog"', after: 'SecRule ARGS x "id:3,phase:2,deny"' };
  expect(verdictOf(judge, [tenant(spec)])).toEqual({ kind: 'ok', rules: 2, ids: [3, 7], warnings: [] });
});

it('refuses an id that another RuleSet of the policy has, at the later one', () => {
  const one = { before: 'SecAction "id:5,phase:1,pass,nolog"' };
  const two = { after: '\nSecAction "id:5,phase:1,pass,nolog"' };
  const verdicts = judge.judge({
    name: 'shop/web',
    settings: {},
    candidates: [tenant(one, {}, 'shop/one'), tenant(two, {}, 'shop/two')],
  });
  expect(verdicts.get('shop/one')?.kind).toBe('ok');
  const { message } = refused(verdicts.get('shop/two') ?? { kind: 'ok', rules: 0, ids: [], warnings: [] });
  expect(message).toMatch(
    /^shop\/two\/spec\.after:2:1: rule id 5 is used twice, first at shop\/one\/spec\.before:1/,
  );
});

it('keeps rules of the cluster’s RuleSets from namespaces, whatever these are allowed', () => {
  const cluster = house({
    before: 'SecRule ARGS x "id:70,phase:2,deny,msg:\'house\',tag:house,setvar:tx.house=1"',
  });
  for (const before of [
    'SecRuleRemoveById 70',
    'SecRuleRemoveByTag ^house',
    'SecRuleRemoveByMsg house',
    'SecRuleUpdateTargetById 70 "!ARGS:q"',
    'SecRuleUpdateActionById 70 "pass"',
    'SecRule ARGS x "id:1,phase:2,pass,ctl:ruleRemoveById=70"',
    'SecRule ARGS x "id:1,phase:2,pass,ctl:ruleRemoveTargetByTag=house;ARGS:q"',
    'SecRule ARGS x "id:1,phase:2,pass,setvar:!tx.house"',
  ]) {
    expect(refused(verdictOf(judge, [cluster, tenant({ before }, { exclusions: ['*'] })])).reason).toBe(
      'ProtectedRule',
    );
  }
});

it('knows variables by patterns, whatever their case', () => {
  const cluster = house({ before: 'SecRule TX:/^HOUSE_/ "@streq 1" "id:70,phase:2,deny"' });
  const before = 'SecRule ARGS x "id:1,phase:2,pass,setvar:tx.house_open=0"';
  expect(refused(verdictOf(judge, [cluster, tenant({ before })])).reason).toBe('ProtectedRule');
});

it('sees a removal that needs two directives', () => {
  // The tag is put on by one, and what bears it is removed by the other: neither text names the rule that goes.
  const spec = { before: 'SecRuleUpdateActionById 942100 "tag:mine"', after: 'SecRuleRemoveByTag ^mine$' };
  expect(refused(verdictOf(judge, [tenant(spec)])).reason).toBe('ProtectedRule');
});

it('does not let one RuleSet’s default action into the next one’s rules', () => {
  const verdicts = judge.judge({
    name: 'shop/web',
    settings: {},
    candidates: [
      house({ before: 'SecDefaultAction "phase:2,deny,status:418"' }),
      tenant({
        before: 'SecRule ARGS "@streq x" "id:1,phase:2"',
        tests: [{ name: 'not denied', request: { uri: '/?a=x' }, expect: { matched: [1], denied: false } }],
      }),
    ],
  });
  expect(verdicts.get('shop/own')).toMatchObject({ kind: 'ok' });
});

const DENY: RuleSetSpec = { before: 'SecRule ARGS:coupon "!@rx ^[A-Z]{4}$" "id:9,phase:2,deny,status:400"' };

it('runs tests with the rules of the policy', () => {
  const tests: RuleSetSpec['tests'] = [
    { name: 'a coupon', request: { uri: '/?coupon=ABCD' }, expect: { notMatched: [9], denied: false } },
    { name: 'none', request: { uri: '/?coupon=x' }, expect: { matched: [9], denied: true } },
    { name: 'in a form', request: { uri: '/', body: 'coupon=x' }, expect: { matched: [9], denied: true } },
    {
      name: 'the CRS too',
      request: { uri: '/?id=1%27%20UNION%20SELECT%20password%20FROM%20users--' },
      expect: { matched: [942_100], notMatched: [9], denied: true },
    },
  ];
  expect(verdictOf(judge, [tenant({ ...DENY, tests })])).toEqual({
    kind: 'ok',
    rules: 1,
    ids: [9],
    warnings: [],
  });
});

it('names a test that fails, what was expected and what happened', () => {
  const tests: RuleSetSpec['tests'] = [
    { name: 'right', request: { uri: '/?coupon=x' }, expect: { denied: true } },
    { name: 'wrong', request: { uri: '/?coupon=ABCD' }, expect: { matched: [9], denied: true } },
  ];
  const { reason, problems } = refused(verdictOf(judge, [tenant({ ...DENY, tests })]));
  expect(reason).toBe('TestsFailed');
  expect(problems.map(({ field, message }) => `${field} ${message}`)).toEqual([
    expect.stringMatching(/^spec\.tests\[1\] .*test wrong: expected rules 9 to match; those that did: none/),
    expect.stringMatching(/^spec\.tests\[1\] .*test wrong: expected it to be denied; it was let through/),
  ]);
});

it.each([
  ['SecLang', { before: `# ${'x'.repeat(300_000)}` }],
  ['rules', { before: Array.from({ length: 1_001 }, (_, id) => `SecAction "id:${id + 1},pass"`).join('\n') }],
  ['tests', { tests: Array.from({ length: 101 }, () => ({ name: 'x', request: { uri: '/' }, expect: {} })) }],
  ['a request', { tests: [{ name: 'x', request: { uri: '/', body: 'x'.repeat(70_000) }, expect: {} }] }],
])('has bounds: %s', (_, spec: RuleSetSpec) => {
  expect(refused(verdictOf(judge, [tenant(spec)])).reason).toBe('TooLarge');
});

it.each([
  ['SecRuleRemoveById 4711', 'names no rule'],
  ['SecRule ARGS x "id:1,phase:2,pass,ctl:ruleRemoveById=4711"', 'names no rule'],
  ['SecAction "id:1,phase:1,pass,setvar:\'tx.inbound_anomaly_score_pl1=+5\'"', 'set to 0'],
  ['SecRule REMOTE_ADDR "@rbl example.org" "id:1,phase:1,pass"', 'never matches'],
])('warns of what is legal and doubtful: %s', (before, warning) => {
  const verdict = verdictOf(judge, [tenant({ before })]);
  expect(verdict).toMatchObject({ kind: 'ok', warnings: [expect.stringContaining(warning)] });
});
