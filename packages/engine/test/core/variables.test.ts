import { describe, expect, it } from 'vitest';
import { FORM, run } from './support.ts';

describe('variables', () => {
  it('that are missing do not run a rule, not even a negated one', () => {
    const rules = `SecRule REQUEST_HEADERS:User-Agent "!@rx ^good" "id:1,phase:1,pass"
      SecRule ARGS:a "@rx ^$" "id:2,phase:1,pass"
      SecRule &REQUEST_HEADERS:User-Agent "@eq 0" "id:3,phase:1,pass"
      SecRule TX:never "!@streq x" "id:4,phase:1,pass"`;
    expect(run(rules).ids).toEqual([3]);
    expect(run(rules, { uri: '/?a=', headers: [['user-agent', 'bad']] }).ids).toEqual([1, 2]);
  });

  it.each([
    ['&ARGS', '3'],
    ['&ARGS:a', '2'],
    ['&ARGS:/^[ab]$/', '3'],
    ['&ARGS:A', '2'],
    ['&REQUEST_COOKIES', '0'],
    ['&TX:x', '0'],
    ['&REQUEST_BODY', '0'],
  ])('count with &: %s is %s', (target, expected) => {
    const { tx } = run(`SecRule ${target} "@rx ." "id:1,phase:2,pass,setvar:tx.n=%{MATCHED_VAR}"`, {
      uri: '/?a=1&b=2&a=3',
    });
    expect(tx.n).toBe(expected);
  });

  it('count what exclusions leave', () => {
    const { ids } = run('SecRule &ARGS|!ARGS:a "@eq 1" "id:1,phase:1,pass"', { uri: '/?a=1&b=2&a=3' });
    expect(ids).toEqual([1]);
  });

  it.each([
    ['ARGS|!ARGS:b', ['ARGS:a', 'ARGS:Long_Name']],
    ['ARGS|!ARGS:B', ['ARGS:a', 'ARGS:Long_Name']],
    ['ARGS|!ARGS:/name/', ['ARGS:a', 'ARGS:b']],
    ['ARGS|!ARGS:/^NAME/', ['ARGS:a', 'ARGS:b', 'ARGS:Long_Name']],
    ['ARGS:/LONG/', ['ARGS:Long_Name']],
    ['ARGS_NAMES|!ARGS_NAMES:a', ['ARGS_NAMES:b', 'ARGS_NAMES:Long_Name']],
    ['ARGS|!ARGS', []],
    ['ARGS_GET|!ARGS', ['ARGS_GET:a', 'ARGS_GET:b', 'ARGS_GET:Long_Name']],
  ])('are selected and excluded by key and by a pattern searched in it: %s', (targets, expected) => {
    const { result } = run(`SecRule ${targets} "@unconditionalMatch" "id:1,phase:1,pass"`, {
      uri: '/?a=1&b=2&Long_Name=3',
    });
    expect(result.matches.flatMap((match) => match.targets.map(({ label }) => label))).toEqual(expected);
  });

  it('are read in the order of the rule, their values in the order of the wire, duplicates kept', () => {
    const { result } = run(
      'SecRule REQUEST_URI|ARGS|REQUEST_METHOD "@unconditionalMatch" "id:1,phase:1,pass"',
      {
        uri: '/?z=1&a=2&z=3',
      },
    );
    expect(result.matches[0]?.targets.map(({ label, value }) => `${label}=${value}`)).toEqual([
      'REQUEST_URI=/?z=1&a=2&z=3',
      'ARGS:z=1',
      'ARGS:a=2',
      'ARGS:z=3',
      'REQUEST_METHOD=GET',
    ]);
  });

  it('of a phase see what came later only in later phases', () => {
    const { ids } = run(
      `SecRule ARGS:b "@streq 2" "id:1,phase:1,pass"
       SecRule ARGS:b "@streq 2" "id:2,phase:2,pass"
       SecRule RESPONSE_STATUS "@streq 404" "id:3,phase:2,pass"
       SecRule RESPONSE_STATUS "@streq 404" "id:4,phase:3,pass"
       SecRule RESPONSE_BODY "@contains oops" "id:5,phase:4,pass"`,
      {
        method: 'POST',
        headers: FORM,
        body: 'b=2',
        response: { status: 404, body: 'oops' },
      },
    );
    // Response bodies are not read unless a rule file says so.
    expect(ids).toEqual([2, 4]);
  });

  it('TX:/pattern/ is searched without regard to case', () => {
    const { ids } = run(
      `SecAction "id:1,phase:1,pass,nolog,setvar:tx.header_NAME_x=1"
       SecRule TX:/^HEADER_name_/ "@streq 1" "id:2,phase:1,pass"`,
    );
    expect(ids).toEqual([1, 2]);
  });

  it('RULE tells of the rule at hand', () => {
    expect(run(`SecRule RULE:id "@eq 7" "id:7,phase:1,pass"`).ids).toEqual([7]);
  });

  it('validators are true on input that is invalid', () => {
    const rules = `SecRule ARGS "@validateByteRange 32-126" "id:1,phase:1,pass"
      SecRule ARGS "!@validateByteRange 32-126" "id:2,phase:1,pass"`;
    expect(run(rules, { uri: '/?a=%01' }).ids).toEqual([1]);
    expect(run(rules, { uri: '/?a=x' }).ids).toEqual([2]);
  });
});

describe('transformations', () => {
  it('begin anew after t:none in the middle of a list', () => {
    const { ids } = run(
      `SecRule ARGS:a "@streq ABC" "id:1,phase:1,pass,t:lowercase,t:none"
       SecRule ARGS:a "@streq abc" "id:2,phase:1,pass,t:none,t:lowercase"`,
      { uri: '/?a=ABC' },
    );
    expect(ids).toEqual([1, 2]);
  });

  it('of SecDefaultAction come first, until t:none, and only in its phase', () => {
    const { ids } = run(
      `SecDefaultAction "phase:1,pass,log,t:lowercase"
       SecRule ARGS:a "@streq abc" "id:1,phase:1"
       SecRule ARGS:a "@streq abc" "id:2,phase:1,t:none"
       SecRule ARGS:a "@streq a bc" "id:3,phase:2"
       SecRule ARGS:a "@streq abc" "id:4,phase:2,t:lowercase"`,
      { uri: '/?a=ABC' },
    );
    expect(ids).toEqual([1, 4]);
  });

  it('with multiMatch are asked of the raw value and each changed one, and each hit counts', () => {
    const { tx, result } = run(
      `SecRule ARGS:a "@rx ." "id:1,phase:1,pass,multiMatch,t:none,t:urlDecodeUni,t:lowercase,t:lowercase,setvar:tx.n=+1"`,
      { uri: '/?a=%2541B' },
    );
    expect(tx.n).toBe('3');
    expect(result.matches[0]?.targets.map(({ value }) => value)).toEqual(['%41B', 'AB', 'ab']);
  });
});
