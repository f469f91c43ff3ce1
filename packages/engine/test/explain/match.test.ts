import { describe, expect, it } from 'vitest';
import { Engine, type ExplainedTarget, explainTarget, overlayFor } from '../../src/index.ts';

const engine = new Engine({ cacheDirectory: null });

/** What the rules' matches look like for a GET of this query. */
function explained(rules: string, query: string): readonly ExplainedTarget[] {
  const unit = engine.loadRules([{ path: 'a.conf', text: `${rules}\n` }]);
  const ruleSet = engine.ruleSet(unit, overlayFor({ name: 'test', mode: 'Detect' }));
  const endpoint = { address: '127.0.0.1', port: 80 };
  const transaction = engine.transaction(ruleSet, {
    id: '1',
    method: 'GET',
    uri: `/?${query}`,
    protocol: 'HTTP/1.1',
    headers: [['Host', 'a']],
    client: endpoint,
    server: endpoint,
  });
  transaction.requestHeaders();
  transaction.requestEnd();
  const result = transaction.finish();
  return result.matches.flatMap((match) =>
    match.targets.map((target) => explainTarget(result, match, target)),
  );
}

const found = ({ value, matched }: ExplainedTarget): string | null =>
  matched === null ? null : value.slice(matched.start, matched.end);

describe('a matched value', () => {
  it.each([
    ['@rx \\bor\\b', 'q=for+me+or+you', 'or', 7],
    ['@rx (?i)B+$', 'q=abab\nbB', 'bB', 5],
    ['@rx (a)\\1', 'q=abaab', 'aa', 2],
    // RE2 would go around once more: PCRE2 places the match.
    ['@rx (a|b*?)+', 'q=ab', 'a', 0],
    ['@pm me you', 'q=to+YOU', 'YOU', 3],
    ['@contains el', 'q=hello', 'el', 1],
    ['@beginsWith he', 'q=hello', 'he', 0],
    ['@endsWith lo', 'q=hello', 'lo', 3],
    ['@streq hello', 'q=hello', 'hello', 0],
    ['@within hello there', 'q=hello', 'hello', 0],
  ])('has what %s found in %s marked', (operator, query, text, start) => {
    const [target] = explained(`SecRule ARGS "${operator}" "id:1,phase:2,pass"`, query);
    expect(target && [found(target), target.matched?.start]).toEqual([text, start]);
  });

  it.each([
    '!@rx ^x$',
    '!@streq x',
    '!@beginsWith x',
    '!@endsWith x',
    '!@within x',
    '@gt 5',
    '@validateByteRange 1-50',
    '@unconditionalMatch',
  ])('has nothing marked where %s speaks of the whole', (operator) => {
    const [target] = explained(`SecRule ARGS "${operator}" "id:1,phase:2,pass"`, 'q=77');
    expect(target?.matched).toBeNull();
  });

  it('is told from what was sent, step by step, up to what matched', () => {
    const rule = 'SecRule ARGS "@rx evil" "id:1,phase:2,pass,t:urlDecode,t:lowercase,t:hexEncode,multiMatch"';
    expect(explained(rule, 'q=%2545VIL')).toMatchObject([
      {
        label: 'ARGS:q',
        variable: 'ARGS',
        key: 'q',
        sent: '%45VIL',
        value: 'evil',
        steps: [
          { transformation: 'urlDecode', value: 'EVIL' },
          { transformation: 'lowercase', value: 'evil' },
        ],
      },
    ]);
  });

  it('has all its steps, also where one of them gave the same before', () => {
    const rule = 'SecRule ARGS "@rx a" "id:1,phase:2,pass,t:lowercase,t:uppercase,t:lowercase"';
    expect(explained(rule, 'q=A')[0]?.steps).toHaveLength(3);
  });

  it('is the right one of several with its name', () => {
    const rule = 'SecRule ARGS "@rx b" "id:1,phase:2,pass,t:lowercase"';
    expect(explained(rule, 'q=A&q=B&q=xB').map(({ sent }) => sent)).toEqual(['B', 'xB']);
  });

  it('has no past where its variable has changed, and no key where it counts', () => {
    const rules = `SecAction "id:1,phase:1,pass,setvar:tx.a=one"
SecRule TX:a "@streq one" "id:2,phase:2,pass,setvar:tx.a=two"
SecRule &ARGS "@eq 2" "id:3,phase:2,pass"`;
    expect(explained(rules, 'q=1&r=2')).toMatchObject([
      { label: 'TX:a', sent: null, steps: [] },
      { label: '&ARGS', variable: '&ARGS', key: null, sent: null },
    ]);
  });

  it('says what a macro stood for, unless that was captured', () => {
    const rules = `SecAction "id:1,phase:1,pass,setvar:tx.few=a"
SecRule ARGS "@within %{tx.few}" "id:2,phase:2,pass"
SecRule ARGS "@rx (.)" "id:3,phase:2,pass,capture,chain"
SecRule ARGS "@streq %{tx.1}" "t:none"`;
    const operators = explained(rules, 'q=a').map(({ operator }) => operator);
    expect(operators.map(({ argument, expanded }) => [argument, expanded])).toEqual([
      ['%{tx.few}', 'a'],
      ['(.)', null],
      ['%{tx.1}', null],
    ]);
  });

  it('has the fingerprint of libinjection', () => {
    const [target] = explained('SecRule ARGS "@detectSQLi" "id:1,phase:2,pass"', "q=1'+or+'1'='1");
    expect(target?.fingerprint).toMatch(/^s&s/);
  });
});
