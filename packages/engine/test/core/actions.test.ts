import { describe, expect, it } from 'vitest';
import { JSON_TYPE, PROCESSORS, run } from './support.ts';

describe('setvar', () => {
  it('runs once for each value that matches, not once a rule', () => {
    const { tx } = run('SecRule ARGS "@rx ." "id:1,phase:1,pass,setvar:tx.n=+1"', { uri: '/?a=1&b=2&c=3' });
    expect(tx.n).toBe('3');
  });

  it('names the value in MATCHED_VAR_NAME also where it makes the name of a variable', () => {
    const { tx } = run(
      'SecRule ARGS_NAMES "@rx ." "id:1,phase:1,pass,setvar:\'TX.counter_%{MATCHED_VAR_NAME}=+1\'"',
      { uri: '/?id=1&id=2&other=3' },
    );
    expect(tx).toMatchObject({ 'counter_args_names:id': '2', 'counter_args_names:other': '1' });
  });

  it('stays where a later link of the chain fails, and so does ctl', () => {
    const { tx, ids } = run(
      `SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,setvar:tx.seen=1,ctl:ruleRemoveById=2,chain"
       SecRule ARGS:b "@streq never" "setvar:tx.both=1"
       SecAction "id:2,phase:1,pass"`,
      { uri: '/?a=1&b=2' },
    );
    expect(tx.seen).toBe('1');
    expect(tx.both).toBeUndefined();
    expect(ids).toEqual([]);
  });

  it.each([
    ['tx.x=5', '5'],
    ['tx.x=+5', '5'],
    ['tx.x=-5', '-5'],
    ['tx.x=+%{tx.missing}', '0'],
    ['tx.x=%{tx.missing}', ''],
    ['tx.x=+5abc', '5'],
    ['tx.x=+abc', '0'],
    ['tx.x', '1'],
    ['tx.x=+ 7', '7'],
    ['tx.x=a=b', 'a=b'],
  ])('reads %s as %s', (setvar, expected) => {
    expect(run(`SecAction "id:1,phase:1,pass,setvar:'${setvar}'"`).tx.x).toBe(expected);
  });

  it('adds to text as to 0, and to the number that a text begins with', () => {
    const { tx } = run(
      `SecAction "id:1,phase:1,pass,setvar:tx.a=text,setvar:tx.a=+2,setvar:tx.b=5abc,setvar:tx.b=+2"`,
    );
    expect(tx).toMatchObject({ a: '2', b: '7' });
  });

  it('keeps large numbers large: a long run of digits saturates', () => {
    const { tx } = run(
      `SecAction "id:1,phase:1,pass,setvar:tx.a=99999999999999999999999,setvar:tx.a=+1"
       SecRule TX:a "@gt 9007199254740000" "id:2,phase:1,pass,setvar:tx.large=1"`,
    );
    expect(tx.large).toBe('1');
  });

  it('removes a variable with an exclamation mark', () => {
    const { tx } = run('SecAction "id:1,phase:1,pass,setvar:tx.a=1,setvar:!tx.a"');
    expect(tx.a).toBeUndefined();
  });

  it('folds the case of names, ASCII only', () => {
    const { tx } = run('SecAction "id:1,phase:1,pass,setvar:tx.Name=1,setvar:TX.NAME=+1"');
    expect(tx.name).toBe('2');
  });
});

describe('macros', () => {
  it.each([
    ['%{tx.Abc}', 'value'],
    ['%{TX.ABC}', 'value'],
    ['%{tx.943110_name}', 'digits'],
    ['%{request_headers.HOST}', 'shop.example'],
    ['%{ARGS._method}', 'PUT'],
    ['%{REMOTE_ADDR}', '192.0.2.1'],
    ['%{REQUEST_LINE}', 'GET /?_method=PUT HTTP/1.1'],
    ['%{UNIQUE_ID}', 'request-1'],
    ['%{rule.id}', '2'],
    ['%{RULE.severity}', '2'],
    ['100%', '100%'],
    ['%{tx.0}', ''],
    ['a%{tx.abc}b%{tx.abc}c', 'avaluebvaluec'],
  ])('expands %s to %s', (macro, expected) => {
    const { tx } = run(
      `SecAction "id:1,phase:1,pass,setvar:tx.abc=value,setvar:tx.943110_name=digits"
       SecAction "id:2,phase:1,pass,severity:CRITICAL,setvar:'tx.out=${macro}'"`,
      { uri: '/?_method=PUT' },
    );
    expect(tx.out).toBe(expected);
  });

  it('are expanded in operators for each request, negated ones too', () => {
    const rules = `SecAction "id:1,phase:1,pass,setvar:'tx.allowed=|GET| |POST|'"
      SecRule REQUEST_METHOD "@rx ^.*$" "id:2,phase:1,pass,capture,chain"
        SecRule REQUEST_METHOD "!@within %{tx.allowed}" "setvar:tx.refused=1"
      SecRule REQUEST_HEADERS:X "!@endsWith .%{request_headers.host}" "id:3,phase:1,deny"
      SecRule ARGS:p "@rx ^%{tx.allowed}$" "id:4,phase:1,pass,setvar:tx.pattern=1"
      SecRule ARGS:n "@ge %{tx.limit}" "id:5,phase:1,pass,setvar:tx.number=1"`;
    const headers = [
      ['Host', 'shop.example'],
      ['X', 'www.shop.example'],
    ] as const;
    expect(run(rules, { headers, uri: '/?n=0' }).tx).toMatchObject({ number: '1' });
    expect(run(rules, { method: 'PUT' }).tx.refused).toBe('1');
    expect(
      run(rules, {
        headers: [
          ['Host', 'shop.example'],
          ['X', 'evil.example'],
        ],
      }).verdict.kind,
    ).toBe('deny');
  });

  it('wrap values in @within, since the operator looks for a part of its list', () => {
    const rules = `SecAction "id:1,phase:1,pass,setvar:'tx.types=|text/html| |text/plain|'"
      SecRule REQUEST_HEADERS:Content-Type "@rx ^[^;]+" "id:2,phase:1,pass,capture,setvar:'tx.type=|%{tx.0}|',chain"
        SecRule TX:type "!@within %{tx.types}" "setvar:tx.refused=1"`;
    const typed = (type: string) => run(rules, { headers: [['Content-Type', type]] }).tx.refused;
    expect(typed('text/html')).toBeUndefined();
    expect(typed('text/htm')).toBe('1');
  });
});

describe('texts of a rule', () => {
  it('are expanded after the whole chain, also those of its head', () => {
    const { result } = run(
      `SecRule ARGS:a "@rx (.+)" "id:1,phase:1,pass,capture,msg:'got %{tx.1} in %{MATCHED_VAR_NAME}',logdata:'%{MATCHED_VAR}',chain"
         SecRule ARGS:b "@rx (.+)" "capture"`,
      { uri: '/?a=first&b=second' },
    );
    expect(result.matches[0]).toMatchObject({ message: 'got second in ARGS:b', data: 'second' });
  });

  it('say the transformed value as MATCHED_VAR', () => {
    const { result } = run(
      `SecRule ARGS:a "@contains evil" "id:1,phase:1,pass,t:lowercase,t:removeWhitespace,logdata:'%{MATCHED_VAR}'"`,
      { uri: '/?a=E%20V%20I%20L' },
    );
    expect(result.matches[0]?.data).toBe('evil');
  });
});

describe('HIGHEST_SEVERITY', () => {
  it('begins at 255 and only falls', () => {
    const { tx } = run(
      `SecAction "id:1,phase:1,pass,setvar:tx.before=%{HIGHEST_SEVERITY}"
       SecAction "id:2,phase:1,pass,severity:WARNING"
       SecAction "id:3,phase:1,pass,severity:CRITICAL"
       SecAction "id:4,phase:1,pass,severity:NOTICE"
       SecAction "id:5,phase:1,pass,setvar:tx.after=%{HIGHEST_SEVERITY}"
       SecRule HIGHEST_SEVERITY "@le 2" "id:6,phase:1,pass,setvar:tx.critical=1"`,
    );
    expect(tx).toMatchObject({ before: '255', after: '2', critical: '1' });
  });

  it('is not touched by a rule whose chain fails', () => {
    const { tx } = run(
      `SecRule ARGS:a "@streq 1" "id:1,phase:1,pass,severity:EMERGENCY,chain"
         SecRule ARGS:a "@streq 2"
       SecAction "id:2,phase:1,pass,setvar:tx.after=%{HIGHEST_SEVERITY}"`,
      { uri: '/?a=1' },
    );
    expect(tx.after).toBe('255');
  });
});

describe('numeric operators', () => {
  it.each([
    ['', '@eq 0', true],
    ['text', '@eq 0', true],
    ['5abc', '@eq 5', true],
    ['-1', '@lt 0', true],
    ['10', '@gt 9', true],
    ['10', '@ge 10', true],
    ['9', '@le 10', true],
    ['99999999999999999999', '@gt 5', true],
    ['5', '!@eq 5', false],
  ])('read %j as C does: %s is %s', (value, operator, expected) => {
    const { ids } = run(`SecRule ARGS:a "${operator}" "id:1,phase:1,pass"`, { uri: `/?a=${value}` });
    expect(ids).toEqual(expected ? [1] : []);
  });
});

describe('ctl', () => {
  it('requestBodyProcessor sets REQBODY_PROCESSOR also where there is no body', () => {
    const { ids } = run(`${PROCESSORS}SecRule REQBODY_PROCESSOR "@streq JSON" "id:1,phase:2,pass"`, {
      headers: JSON_TYPE,
    });
    expect(ids).toContain(1);
  });
});
