import { describe, expect, it } from 'vitest';
import { overlayFor } from '../../src/link/overlay.ts';
import { engine, judge, refused, ruleSetOf, run } from './support.ts';

/** Rules of both phases with ids, tags and messages of their own. */
const RULES = `
SecRule ARGS "@rx ." "id:101,phase:1,pass,tag:'attack-sqli',tag:'OWASP_CRS',msg:'SQL injection'"
SecRule ARGS "@rx ." "id:102,phase:1,pass,tag:'attack-xss',tag:'OWASP_CRS',msg:'Script in %{MATCHED_VAR_NAME}'"
SecRule ARGS "@rx ." "id:201,phase:2,pass,tag:'attack-sqli',msg:'SQL again'"
SecRule ARGS:a "@rx ." "id:202,phase:2,pass,tag:'attack-rce',chain"
  SecRule ARGS "@rx ."
`;
const QUERY = { uri: '/?a=1&b=2&_ga_X1=3' };
const labels = (text: string, id: number) =>
  run(text, QUERY)
    .result.matches.find(({ rule }) => rule.data.id === id)
    ?.targets.map(({ label }) => label);
const withoutFirst = (text: string) => run(text, QUERY).ids.filter((id) => id > 100);

describe('ctl:ruleRemove…', () => {
  it.each([
    ['ruleRemoveById=102', [101, 201, 202]],
    ['ruleRemoveById=101-201', [202]],
    ['ruleRemoveById=1-999999', []],
    ['ruleRemoveByTag=attack-sqli', [102, 202]],
    ['ruleRemoveByTag=^OWASP', [201, 202]],
    ['ruleRemoveByTag=attack-(?:xss|rce)', [101, 201]],
    ['ruleRemoveByMsg=SQL', [102, 202]],
  ])('%s takes rules out, of later phases too', (ctl, expected) => {
    expect(withoutFirst(`SecAction "id:1,phase:1,pass,ctl:${ctl}"\n${RULES}`)).toEqual(expected);
  });

  it('stops a later rule of the same phase, and not one that ran already', () => {
    const rules = `SecRule ARGS "@rx ." "id:2,phase:2,pass"
      SecAction "id:3,phase:2,pass,ctl:ruleRemoveById=2,ctl:ruleRemoveById=4"
      SecRule ARGS "@rx ." "id:4,phase:2,pass"`;
    expect(run(rules, QUERY).ids).toEqual([2, 3]);
  });

  it('holds for its own transaction only', () => {
    const ruleSet = ruleSetOf(
      'SecRule ARGS:off "@rx ." "id:1,phase:1,pass,ctl:ruleRemoveById=2"\nSecAction "id:2,phase:1,pass"',
    );
    expect(judge(ruleSet, { uri: '/?off=1' }).ids).toEqual([1]);
    expect(judge(ruleSet).ids).toEqual([2]);
  });
});

describe('ctl:ruleRemoveTarget…', () => {
  it.each([
    ['ruleRemoveTargetById=101;ARGS:a', ['ARGS:b', 'ARGS:_ga_X1']],
    ['ruleRemoveTargetById=101;ARGS:A', ['ARGS:b', 'ARGS:_ga_X1']],
    ['ruleRemoveTargetById=100-150;ARGS:/^_GA/', ['ARGS:a', 'ARGS:b']],
    ['ruleRemoveTargetByTag=attack-sqli;ARGS:b', ['ARGS:a', 'ARGS:_ga_X1']],
    ['ruleRemoveTargetByMsg=SQL;ARGS:b', ['ARGS:a', 'ARGS:_ga_X1']],
    ['ruleRemoveTargetByTag=attack-sqli;ARGS', undefined],
    ['ruleRemoveTargetById=101;ARGS_GET:a', ['ARGS:a', 'ARGS:b', 'ARGS:_ga_X1']],
  ])('%s', (ctl, expected) => {
    expect(labels(`SecAction "id:1,phase:1,pass,ctl:${ctl}"\n${RULES}`, 101)).toEqual(expected);
  });

  it('set in phase 1 holds in phase 2', () => {
    expect(
      labels(`SecAction "id:1,phase:1,pass,ctl:ruleRemoveTargetById=201;ARGS:a"\n${RULES}`, 201),
    ).toEqual(['ARGS:b', 'ARGS:_ga_X1']);
  });

  it('covers the links of a chain', () => {
    const ctl = 'ctl:ruleRemoveTargetById=202;ARGS:b,ctl:ruleRemoveTargetByTag=attack-rce;ARGS:/^_ga/';
    expect(labels(`SecAction "id:1,phase:1,pass,${ctl}"\n${RULES}`, 202)).toEqual(['ARGS:a', 'ARGS:a']);
  });

  it('is kept once, however many values its rule matched: each rule behind it looks at every entry for every value', () => {
    const uri = `/?${Array.from({ length: 900 }, (_, at) => `a${at}=1`).join('&')}`;
    const rules = `SecRule ARGS "@rx ." "id:1,phase:1,pass,ctl:ruleRemoveTargetById=2;ARGS:a0"
      SecRule ARGS "@rx ." "id:2,phase:1,pass"`;
    const { result } = run(rules, { uri });
    expect(result.matches.map(({ targets }) => targets.length)).toEqual([900, 899]);
    expect(result.state.removedTargets).toHaveLength(1);
  });

  it('lowers what & counts', () => {
    const rules = `SecAction "id:1,phase:1,pass,ctl:ruleRemoveTargetById=2;ARGS:a"
      SecRule &ARGS "@eq 2" "id:2,phase:1,pass"`;
    expect(run(rules, QUERY).ids).toEqual([1, 2]);
  });
});

describe('SecRuleRemove…', () => {
  it.each([
    ['SecRuleRemoveById 101', [102, 201, 202]],
    ['SecRuleRemoveById "101-102" 202', [201]],
    ['SecRuleRemoveByTag "attack-sqli"', [102, 202]],
    ['SecRuleRemoveByMsg "^SQL"', [102, 202]],
    ['SecRuleRemoveByMsg "(?i)^sql"', [102, 202]],
    ['SecRuleRemoveByMsg "Script in %{"', [101, 201, 202]],
  ])('%s, before the rules or behind them', (directive, expected) => {
    expect(run(`${directive}\n${RULES}`, QUERY).ids).toEqual(expected);
    expect(run(`${RULES}\n${directive}`, QUERY).ids).toEqual(expected);
  });

  it('takes out a whole chain', () => {
    expect(run(`${RULES}\nSecRuleRemoveById 202`, QUERY).ids).toEqual([101, 102, 201]);
  });

  it('of a pattern that is no pattern is refused', () => {
    const error = refused(`${RULES}\nSecRuleRemoveByTag "attack-(sqli"`);
    expect(error.code).toBe('PATTERN_SYNTAX');
    expect(error.position?.line).toBe(8);
  });
});

describe('SecRuleUpdateTarget…', () => {
  it.each([
    ['SecRuleUpdateTargetById 101 "!ARGS:a"', ['ARGS:b', 'ARGS:_ga_X1']],
    ['SecRuleUpdateTargetById 101 "!ARGS:/^_GA(?:_\\w+)?$/"', ['ARGS:a', 'ARGS:b']],
    ['SecRuleUpdateTargetById 101 "REQUEST_METHOD"', ['ARGS:a', 'ARGS:b', 'ARGS:_ga_X1', 'REQUEST_METHOD']],
    ['SecRuleUpdateTargetById 100-150 !ARGS:a,!ARGS:b', ['ARGS:_ga_X1']],
    ['SecRuleUpdateTargetByTag attack-sqli "!ARGS:a"', ['ARGS:b', 'ARGS:_ga_X1']],
    ['SecRuleUpdateTargetByMsg SQL "!ARGS:a"', ['ARGS:b', 'ARGS:_ga_X1']],
  ])('%s, before the rules or behind them', (directive, expected) => {
    expect(labels(`${directive}\n${RULES}`, 101)).toEqual(expected);
    expect(labels(`${RULES}\n${directive}`, 101)).toEqual(expected);
  });
});

describe('SecRuleUpdateActionById', () => {
  const verdictOf = (update: string, rule = '"id:1,phase:1,pass"') =>
    run(`SecRule ARGS:a "@rx ." ${rule}\n${update}`, QUERY).verdict;

  it.each([
    ['deny', { kind: 'deny', status: 403 }],
    ['deny,status:406', { kind: 'deny', status: 406 }],
    ['drop', { kind: 'deny', action: 'drop' }],
    ['redirect:/no', { kind: 'deny', action: 'redirect', status: 302, location: '/no' }],
  ])('makes a rule that passes %s', (action, expected) => {
    expect(verdictOf(`SecRuleUpdateActionById 1 "${action}"`)).toMatchObject(expected);
    expect(
      run(`SecRuleUpdateActionById 1 "${action}"\nSecRule ARGS:a "@rx ." "id:1,phase:1,pass"`, QUERY).verdict,
    ).toMatchObject(expected);
  });

  it('makes a rule that denies pass, and changes its status alone', () => {
    const deny = '"id:1,phase:1,deny,status:409"';
    expect(verdictOf('SecRuleUpdateActionById 1 "pass"', deny)).toEqual({ kind: 'allow' });
    expect(verdictOf('SecRuleUpdateActionById 1 "status:404"', deny)).toMatchObject({ status: 404 });
    expect(verdictOf('SecRuleUpdateActionById 1 "deny"', deny)).toMatchObject({ status: 409 });
  });

  it('takes block from the default action of the phase', () => {
    const text = `SecDefaultAction "phase:1,deny,status:418"
      SecRule ARGS:a "@rx ." "id:1,phase:1,pass"
      SecRuleUpdateActionById 1 "block"`;
    expect(run(text, QUERY).verdict).toMatchObject({ status: 418 });
  });

  it('makes a rule allow', () => {
    const text = `SecRule ARGS:a "@rx ." "id:1,phase:1,pass"
      SecAction "id:2,phase:1,deny"
      SecRuleUpdateActionById 1 "allow"`;
    expect(run(text, QUERY).ids).toEqual([1]);
  });

  it('changes texts, flags and flow, and adds tags, variables and transformations', () => {
    const { result, tx } = run(
      `SecRule ARGS:a "@streq x" "id:1,phase:1,pass,msg:'old',tag:'one',severity:NOTICE,skipAfter:NEAR"
       SecAction "id:2,phase:1,pass"
       SecMarker NEAR
       SecAction "id:3,phase:1,pass"
       SecMarker FAR
       SecRuleUpdateActionById 1 "msg:'new',logdata:'%{MATCHED_VAR}',tag:'two',severity:CRITICAL,nolog,auditlog,rev:7,setvar:tx.x=1,t:lowercase,skipAfter:FAR"`,
      { uri: '/?a=X' },
    );
    expect(result.matches).toHaveLength(1);
    expect(result.matches[0]).toMatchObject({ message: 'new', data: 'x' });
    expect(result.matches[0]?.rule.data).toMatchObject({
      tags: ['one', 'two'],
      severity: 2,
      log: false,
      auditLog: true,
      rev: '7',
    });
    expect(tx.x).toBe('1');
  });

  it('speaks of a link of a chain by its number', () => {
    const { tx } = run(
      `SecRule ARGS:a "@rx ." "id:1,phase:1,pass,chain"
         SecRule ARGS "@rx ."
       SecRuleUpdateActionById 1:1 "setvar:tx.n=+1"`,
      QUERY,
    );
    expect(tx.n).toBe('3');
  });

  it('of a link that the rule has not is refused, as is disruption in a link', () => {
    for (const update of ['1:1 "setvar:tx.n=1"', '2:1 "deny"']) {
      const error = refused(`SecRule ARGS "@rx ." "id:1,phase:1,pass"
SecRule ARGS "@rx ." "id:2,phase:1,pass,chain"
SecRule ARGS "@rx ."
SecRuleUpdateActionById ${update}`);
      expect(error.code).toMatch(/SECLANG_BAD_(?:ARGUMENT|CHAIN)/);
      expect(error.position?.line).toBe(4);
    }
  });
});

describe('amendments of an overlay', () => {
  const base = engine.loadRules([{ path: 'base.conf', text: RULES }]);
  const on = (text: string, place: 'before' | 'after') =>
    judge(
      engine.ruleSet(
        base,
        overlayFor({ name: 'x', mode: 'Block', [place]: [engine.loadRules([{ path: 'shop.conf', text }])] }),
      ),
      QUERY,
    );

  it.each(['before', 'after'] as const)('hold for the base where they stand %s it', (place) => {
    expect(on('SecRuleRemoveById 101', place).ids).toEqual([102, 201, 202]);
    expect(on('SecRuleRemoveByTag attack-sqli', place).ids).toEqual([102, 202]);
    expect(on('SecRuleRemoveByMsg Script', place).ids).toEqual([101, 201, 202]);
    const updated = on('SecRuleUpdateTargetById 101 "!ARGS:a"', place);
    expect(updated.result.matches[0]?.targets.map(({ label }) => label)).toEqual(['ARGS:b', 'ARGS:_ga_X1']);
    expect(on('SecRuleUpdateActionById 101 "deny,status:406"', place).verdict).toMatchObject({
      ruleId: 101,
      status: 406,
    });
  });

  it('leave the base as it is for the others', () => {
    on('SecRuleRemoveById 1-999', 'after');
    expect(judge(engine.ruleSet(base, overlayFor({ name: 'y', mode: 'Block' })), QUERY).ids).toEqual([
      101, 102, 201, 202,
    ]);
  });

  it('of ctl speak of the rules of the base', () => {
    expect(on('SecAction "id:1,phase:1,pass,ctl:ruleRemoveByTag=attack"', 'before').ids).toEqual([1]);
  });
});

describe('an update with a target to replace', () => {
  const RULE = 'SecRule ARGS:a|ARGS:b|REQUEST_URI "@rx ." "id:101,phase:1,pass,tag:attack,msg:here"';

  it.each([
    ['SecRuleUpdateTargetById 101 ARGS:_ga_X1 ARGS:A', ['ARGS:_ga_X1', 'ARGS:b', 'REQUEST_URI']],
    [
      'SecRuleUpdateTargetById 1-200 "ARGS:_ga_X1|QUERY_STRING" "ARGS:b"',
      ['ARGS:a', 'ARGS:_ga_X1', 'QUERY_STRING', 'REQUEST_URI'],
    ],
    ['SecRuleUpdateTargetByTag attack QUERY_STRING REQUEST_URI', ['ARGS:a', 'ARGS:b', 'QUERY_STRING']],
    ['SecRuleUpdateTargetByMsg here !ARGS:b REQUEST_URI', ['ARGS:a']],
    ['SecRuleUpdateTargetById 101 &ARGS ARGS:b', ['ARGS:a', '&ARGS', 'REQUEST_URI']],
    ['SecRuleUpdateTargetById 101 QUERY_STRING ARGS', ['ARGS:a', 'ARGS:b', 'REQUEST_URI']],
    ['SecRuleUpdateTargetById 101 QUERY_STRING &ARGS:a', ['ARGS:a', 'ARGS:b', 'REQUEST_URI']],
    ['SecRuleUpdateTargetById 101 QUERY_STRING ARGS:/a/', ['ARGS:a', 'ARGS:b', 'REQUEST_URI']],
  ])('%s puts the others in its place', (update, expected) => {
    expect(labels(`${RULE}\n${update}`, 101)).toEqual(expected);
    const after = [engine.loadRules([{ path: 'after.conf', text: update }])];
    const { result } = judge(ruleSetOf(RULE, { after }), QUERY);
    expect(result.matches[0]?.targets.map(({ label }) => label)).toEqual(expected);
  });

  it.each(['"!ARGS:a"', '"ARGS:a|ARGS:b"', 'NOTHING'])('is refused where that is %s', (replaced) => {
    expect(refused(`${RULE}\nSecRuleUpdateTargetById 101 ARGS ${replaced}`).code).toMatch(/^SECLANG_/);
  });
});
