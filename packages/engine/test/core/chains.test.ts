import { describe, expect, it } from 'vitest';
import { run } from './support.ts';

describe('chains', () => {
  it('are evaluated once, after all values of the head, with the captures of the last match in wire order', () => {
    const rules = `SecRule ARGS "@rx ^(\\w)" "id:1,phase:1,pass,capture,chain"
      SecRule TX:1 "@streq z" "setvar:tx.hit=+1"`;
    expect(run(rules, { uri: '/?x=abc&y=zed' }).tx.hit).toBe('1');
    expect(run(rules, { uri: '/?y=zed&x=abc' }).tx.hit).toBeUndefined();
  });

  it('give the last match as MATCHED_VAR and all of them as MATCHED_VARS to the next link', () => {
    const { tx } = run(
      `SecRule ARGS "@contains e" "id:1,phase:1,pass,chain"
         SecRule MATCHED_VARS "@rx ." "setvar:tx.count=+1,setvar:tx.names=%{tx.names}%{MATCHED_VAR_NAME} ,chain"
           SecRule MATCHED_VAR "@rx ." "setvar:tx.last=%{MATCHED_VAR}"`,
      { uri: '/?a=one&b=two&c=three' },
    );
    expect(tx.count).toBe('2');
    expect(tx.last).toBe('three');
  });

  it('leave MATCHED_VARS empty for the next rule', () => {
    const { ids } = run(
      `SecRule ARGS "@rx ." "id:1,phase:1,pass"
       SecRule &MATCHED_VARS "@eq 0" "id:2,phase:1,pass"
       SecRule MATCHED_VARS "@rx ." "id:3,phase:1,pass"`,
      { uri: '/?a=1' },
    );
    expect(ids).toEqual([1, 2]);
  });

  it('name what matched in MATCHED_VARS_NAMES', () => {
    const { tx } = run(
      `SecRule ARGS "@streq 1" "id:1,phase:1,pass,chain"
         SecRule MATCHED_VARS_NAMES "@streq ARGS:b" "setvar:tx.hit=1"`,
      { uri: '/?a=2&b=1' },
    );
    expect(tx.hit).toBe('1');
  });

  it('let each link begin with the raw value and its own transformations', () => {
    const { ids } = run(
      `SecRule ARGS:a "@streq utf-8" "id:1,phase:1,pass,t:lowercase,chain"
         SecRule ARGS:a "@streq UTF-8"
       SecRule ARGS:a "@streq utf-8" "id:2,phase:1,pass,t:lowercase,chain"
         SecRule ARGS:a "@streq utf-8"`,
      { uri: '/?a=UTF-8' },
    );
    expect(ids).toEqual([1]);
  });

  it('do not count as a match, nor log, where a link fails', () => {
    const { ids, result } = run(
      `SecRule ARGS:a "@streq 1" "id:1,phase:1,deny,log,chain"
         SecRule ARGS:a "@streq 2"`,
      { uri: '/?a=1' },
    );
    expect(ids).toEqual([]);
    expect(result.verdict.kind).toBe('allow');
  });

  it('list the targets of each link with its place in the chain', () => {
    const { result } = run(
      `SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,chain"
         SecRule ARGS:b "@streq 2" "setvar:tx.inbound_anomaly_score_pl1=+5"`,
      { uri: '/?a=1&b=2' },
    );
    expect(result.matches[0]?.targets).toEqual([
      { link: 0, label: 'ARGS:a', value: '1', score: 0 },
      { link: 1, label: 'ARGS:b', value: '2', score: 5 },
    ]);
  });
});

describe('captures', () => {
  it('clear TX.0 to TX.9 of the match before', () => {
    const { tx } = run(
      `SecRule ARGS:a "@rx ^(x)(y)" "id:1,phase:1,pass,capture"
       SecRule ARGS:b "@rx ^(q)?(.)$" "id:2,phase:1,pass,capture"`,
      { uri: '/?a=xy&b=z' },
    );
    expect(tx['1']).toBeUndefined();
    expect(tx).toMatchObject({ '0': 'z', '2': 'z' });
  });

  it('stay where a match does not capture', () => {
    const { tx } = run(
      `SecRule ARGS:a "@rx ^(x)" "id:1,phase:1,pass,capture"
       SecRule ARGS:b "@rx ^(z)" "id:2,phase:1,pass"`,
      { uri: '/?a=xy&b=z' },
    );
    expect(tx).toMatchObject({ '0': 'x', '1': 'x' });
  });

  it('of @pm are the text of the value', () => {
    const { tx } = run('SecRule ARGS "@pm evil" "id:1,phase:1,pass,capture"', { uri: '/?a=so+EvIl' });
    expect(tx['0']).toBe('EvIl');
  });
});
