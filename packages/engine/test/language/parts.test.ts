/** Targets, operators, actions, setvar, ctl and macros beyond what nodes.test.ts covers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SourcePosition } from '../../src/errors.ts';
import { ACTIONS } from '../../src/language/actions.ts';
import { CTL_OPTIONS, parseCtl } from '../../src/language/ctl.ts';
import { parseMacro, printMacro } from '../../src/language/macro.ts';
import { OPERATOR_NAMES } from '../../src/language/operators.ts';
import { locateAll } from '../../src/language/place.ts';
import { parseSetvar, printSetvar } from '../../src/language/setvar.ts';
import { parseTargets } from '../../src/language/targets.ts';
import { TRANSFORMATION_NAMES } from '../../src/language/transformations.ts';
import { VARIABLES } from '../../src/language/variables.ts';
import { bare, failure, failureOf, parse, parseOne } from './helpers.ts';

const AT: SourcePosition = { file: 'x.conf', line: 3, column: 7 };
const targets = (text: string): unknown => bare(parseTargets(text, locateAll(AT)));
const selectorOf = (text: string): unknown => parseTargets(text, locateAll(AT))[0]?.selector;
const targetCode = (text: string): string => failure(() => parseTargets(text, locateAll(AT))).code;
const actionCode = (text: string): string => failureOf(`SecAction "id:1,${text}"`).code;
const accepts = (text: string): boolean => parse(`SecAction "id:1,${text}"`).length === 1;

describe('targets', () => {
  it('reads pattern selectors up to the first slash without a backslash', () => {
    expect(selectorOf('TX:/a\\/b|c,d/|ARGS')).toEqual({ kind: 'regex', pattern: 'a\\/b|c,d' });
    expect(targets('TX:/a|b/|ARGS')).toHaveLength(2);
  });

  it('reads quoted pattern selectors up to the last slash', () =>
    expect(selectorOf("ARGS:'/a/b\\'c/'")).toEqual({ kind: 'regex', pattern: "a/b'c" }));

  it('keeps a quoted key, with a slash on one side or the empty one too', () => {
    expect(selectorOf("ARGS:'/a'")).toEqual({ kind: 'key', key: '/a' });
    expect(selectorOf("ARGS:''")).toEqual({ kind: 'key', key: '' });
  });

  it('keeps the case and the brackets of keys', () =>
    expect(selectorOf('args:Filters[A][b]')).toEqual({ kind: 'key', key: 'Filters[A][b]' }));

  it('takes blanks and commas between targets', () =>
    expect(targets('ARGS , !ARGS:a | &TX')).toEqual(targets('ARGS|!ARGS:a|&TX')));

  it('refuses what is not a target', () => {
    const bad = [
      '',
      '|',
      'ARGS|',
      'ARGS||TX',
      '!',
      '!&ARGS',
      'ARGS:',
      'ARGS:a b',
      'ARGS TX',
      'TX:/a/b/',
      'TX:/a',
    ];
    for (const text of [...bad, "ARGS:'a", 'TX://']) {
      expect([text, targetCode(text)]).toEqual([text, 'SECLANG_SYNTAX']);
    }
    expect(targetCode('FOO')).toBe('SECLANG_UNKNOWN_VARIABLE');
    expect(targetCode('REQUEST_URI:/a/')).toBe('SECLANG_BAD_ARGUMENT');
    expect(targetCode('XML:/soap:Envelope/..')).toBe('SECLANG_UNSUPPORTED');
  });

  it('knows every variable in any case, and names an alternative for each that is refused', () => {
    for (const { name, supported, alternative } of VARIABLES.values()) {
      if (supported) expect(parseTargets(name.toLowerCase(), locateAll(AT))[0]?.variable).toBe(name);
      else expect([name, targetCode(name), alternative?.at(-1)]).toEqual([name, 'SECLANG_UNSUPPORTED', '.']);
    }
    expect(VARIABLES.size).toBeGreaterThan(130);
  });

  it('translates the header variables of ModSecurity 1', () =>
    expect(failureOf('SecRule HTTP_USER_AGENT x').remedy).toBe('Use REQUEST_HEADERS:USER-AGENT.'));
});

describe('operators', () => {
  it('knows every operator in any case', () => {
    for (const name of OPERATOR_NAMES) {
      const node = parseOne(`SecRule ARGS "@${name.toUpperCase()} 1"`);
      expect(node.kind === 'rule' && node.operator.name).toBe(name);
    }
  });

  it('keeps blanks before a pattern without a name, and after every argument', () => {
    const operatorOf = (text: string): unknown => {
      const node = parseOne(text);
      return node.kind === 'rule' ? bare(node.operator) : null;
    };
    expect(operatorOf('SecRule ARGS " a "')).toEqual({ name: 'rx', negated: false, argument: ' a ' });
    expect(operatorOf('SecRule ARGS "@streq   a "')).toEqual({
      name: 'streq',
      negated: false,
      argument: 'a ',
    });
    expect(operatorOf('SecRule ARGS ""')).toEqual({ name: 'rx', negated: false, argument: '' });
    expect(operatorOf('SecRule ARGS "!"')).toEqual({ name: 'rx', negated: true, argument: '' });
  });

  it('refuses names that are missing, unknown or of other engines', () => {
    expect(failureOf('SecRule ARGS "@ x"').code).toBe('SECLANG_SYNTAX');
    expect(failureOf('SecRule ARGS " @rx x"').code).toBe('SECLANG_SYNTAX');
    expect(failureOf('SecRule ARGS "@xyzzyx x"').code).toBe('SECLANG_UNKNOWN_OPERATOR');
    expect(failureOf('SecRule ARGS "@inspectFile x"').code).toBe('SECLANG_UNSUPPORTED');
  });

  it('checks macros of arguments', () => {
    expect(failureOf('SecRule ARGS "@within %{tz.x}"').code).toBe('SECLANG_UNKNOWN_VARIABLE');
    expect(failureOf('SecRule ARGS "@within %{REQUEST_URI.x}"').code).toBe('SECLANG_BAD_ARGUMENT');
    expect(parse('SecRule ARGS "@rx [^%{}]%{2,3}%{"')).toHaveLength(1);
  });
});

describe('actions', () => {
  it('accepts empty elements and blanks between actions', () =>
    expect(bare(parseOne('SecAction ",id : 1 ,, deny , "'))).toEqual(
      bare(parseOne('SecAction "id:1,deny"')),
    ));

  it('checks arguments that need no rule', () => {
    const bad = [
      'phase:6 phase:0 phase:responses id:0 id:-1 id:x id:1.5 severity:8 severity:bad status:44 status:600 status:x',
      'skip:0 skip:a allow:all maturity:10 accuracy:x setvar:foo setvar:foo.bar setvar:!tx.a=1 setvar:tx.=1 ctl:x',
      'ctl:ruleEngine=Maybe ctl:ruleRemoveById=a ctl:ruleRemoveById=5-1 ctl:ruleRemoveTargetById=1 ctl:foo=1 initcol:x',
      'initcol:foo=1 initcol:ip= expirevar:ip.a expirevar:foo.a=1 setenv:=1 log:1 deny:x chain:1 id: t: setvar: msg id t',
    ];
    for (const text of bad.flatMap((line) => line.split(' '))) {
      expect([text, actionCode(text)]).toEqual([text, 'SECLANG_BAD_ARGUMENT']);
    }
  });

  it('accepts every form of argument', () => {
    const good = [
      'phase:1 phase:request phase:LOGGING severity:CRITICAL severity:0 status:403 skip:2 skipAfter:END allow allow:phase',
      'redirect:https://a.example/%{tx.a} initcol:ip=%{REMOTE_ADDR}_x expirevar:ip.a=60 setenv:a=b setenv:!a setsid:%{tx.0}',
      'deprecatevar:ip.a=60/300 sanitiseArg:a sanitizeArg:a sanitiseMatched sanitizeMatchedBytes sanitiseMatchedBytes:1/4',
      'ctl:auditLogParts=+E ctl:ruleRemoveById=1-999999 ctl:ruleRemoveTargetByTag=x;REQUEST_FILENAME ver:a/1 rev:2 msg:',
    ];
    for (const text of good.flatMap((line) => line.split(' ')))
      expect([text, accepts(text)]).toEqual([text, true]);
  });

  it('refuses actions that would mislead, each with an alternative', () => {
    const names = 'exec proxy append prepend pause';
    for (const name of names.split(' ')) {
      const error = failureOf(`SecAction "id:1,${name}:x"`);
      expect([name, error.code, error.remedy.at(-1)]).toEqual([name, 'SECLANG_UNSUPPORTED', '.']);
    }
  });

  it('knows every action and transformation in any case', () => {
    for (const { name, argument } of ACTIONS.values()) {
      const text = `SecAction "${name.toUpperCase()}"`;
      if (argument === 'required') expect(failureOf(text).rawMessage).toBe(`${name}: an argument is missing`);
      else expect(parse(text)).toHaveLength(1);
    }
    for (const name of TRANSFORMATION_NAMES) expect(accepts(`t:${name.toLowerCase()}`)).toBe(true);
    expect(actionCode('t:foo')).toBe('SECLANG_UNKNOWN_TRANSFORMATION');
  });

  it('refuses what is not a list of actions', () => {
    for (const text of ["msg:'a'b", "msg:'a", '1', "msg:'a' deny", 'deny pass']) {
      expect([text, actionCode(text)]).toEqual([text, 'SECLANG_SYNTAX']);
    }
  });

  it('refuses in default actions what a default cannot have, and asks for what it needs', () => {
    const lists = [
      'phase:1',
      'deny',
      'phase:1,block',
      'phase:1,pass,id:1',
      'phase:1,pass,chain',
      'phase:1,pass,msg:a',
    ];
    for (const text of lists) {
      expect([text, failureOf(`SecDefaultAction "${text}"`).code]).toEqual([text, 'SECLANG_BAD_ARGUMENT']);
    }
  });

  it('refuses to update what makes a rule what it is', () => {
    for (const text of ['id:2', 'phase:1', 'chain']) {
      expect(failureOf(`SecRuleUpdateActionById 1 "${text}"`).code).toBe('SECLANG_BAD_ARGUMENT');
    }
  });
});

describe('parseMacro()', () => {
  it('takes a text apart', () => {
    expect(parseMacro('a %{tx.b}c%{MATCHED_VAR}%{request_headers.User-Agent}')).toEqual([
      'a ',
      { variable: 'TX', key: 'b' },
      'c',
      { variable: 'MATCHED_VAR', key: null },
      { variable: 'REQUEST_HEADERS', key: 'User-Agent' },
    ]);
    expect(parseMacro('%{tx.0}%{TX.943110_x}')).toEqual([
      { variable: 'TX', key: '0' },
      { variable: 'TX', key: '943110_x' },
    ]);
  });

  it('leaves everything else literal, in one part', () => {
    for (const text of ['%{', '%{tx.a', '%{}', '%{2,3}', '%%{', '%{tx a}', 'a%{b%', '}%{']) {
      expect(parseMacro(text)).toEqual([text]);
    }
    expect(parseMacro('')).toEqual([]);
    expect(parseMacro('%{2%{tx.a}')).toEqual(['%{2', { variable: 'TX', key: 'a' }]);
  });

  it('prints what it read', () => {
    const piece = fc.constantFrom('%{', '}', 'TX', '.', 'a', 'REMOTE_ADDR', '%', '2', ' ');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const macro = parseMacro(pieces.join(''));
        expect(parseMacro(printMacro(macro))).toEqual(macro);
        // Names are the only thing that changes: they become upper case.
        expect(printMacro(macro).toUpperCase()).toBe(pieces.join('').toUpperCase());
      }),
    );
  });
});

describe('parseSetvar()', () => {
  const tx = { collection: 'TX', name: ['a'] };

  it('takes every form apart', () => {
    expect(parseSetvar('tx.a=b=c', AT)).toEqual({ ...tx, operation: 'set', value: ['b=c'] });
    expect(parseSetvar('tx.a', AT)).toEqual({ ...tx, operation: 'set', value: ['1'] });
    expect(parseSetvar('tx.a=', AT)).toEqual({ ...tx, operation: 'set', value: [] });
    expect(parseSetvar('!tx.a', AT)).toEqual({ ...tx, operation: 'remove', value: [] });
    expect(parseSetvar('tx.a=-5', AT)).toEqual({ ...tx, operation: 'subtract', value: ['5'] });
    expect(parseSetvar(' tx.a = +%{tx.b}', AT)).toEqual({
      ...tx,
      operation: 'add',
      value: [{ variable: 'TX', key: 'b' }],
    });
    expect(parseSetvar('ip.x_%{matched_var_name}=/%{tx.0}/', AT)).toEqual({
      collection: 'IP',
      name: ['x_', { variable: 'MATCHED_VAR_NAME', key: null }],
      operation: 'set',
      value: ['/', { variable: 'TX', key: '0' }, '/'],
    });
  });

  it('prints what it read', () => {
    for (const text of ['TX.a=b', 'TX.a=+1', 'IP.a=-%{TX.b}', '!TX.a', 'TX.a_%{TX.0}=']) {
      expect(printSetvar(parseSetvar(text, AT))).toBe(text);
    }
  });

  it('gives the position it was given', () =>
    expect(failure(() => parseSetvar('foo', AT)).position).toEqual(AT));
});

describe('parseCtl()', () => {
  it('takes every form apart', () => {
    expect(parseCtl('ruleengine=detectiononly', AT)).toEqual({
      option: 'ruleEngine',
      value: 'DetectionOnly',
      target: null,
    });
    expect(parseCtl('ruleRemoveByTag=OWASP_CRS', AT)).toEqual({
      option: 'ruleRemoveByTag',
      value: 'OWASP_CRS',
      target: null,
    });
    expect(parseCtl('ruleRemoveTargetById=1-5;ARGS:/^a|b$/', AT)).toEqual({
      option: 'ruleRemoveTargetById',
      value: '1-5',
      target: {
        variable: 'ARGS',
        selector: { kind: 'regex', pattern: '^a|b$' },
        count: false,
        exclude: false,
        position: AT,
      },
    });
  });

  it('refuses several targets, counts and exclusions', () => {
    for (const target of ['ARGS|TX', '!ARGS:a', '&ARGS', '']) {
      const error = failure(() => parseCtl(`ruleRemoveTargetByTag=x;${target}`, AT));
      expect(['SECLANG_BAD_ARGUMENT', 'SECLANG_SYNTAX']).toContain(error.code);
    }
  });

  it('refuses options that this engine does not have', () => {
    expect(failure(() => parseCtl('hashEngine=On', AT)).code).toBe('SECLANG_UNSUPPORTED');
    expect(failure(() => parseCtl('ruleRemovById=1', AT)).rawMessage).toBe(
      'ctl: unknown option ruleRemovById (did you mean ruleRemoveById?)',
    );
    expect(CTL_OPTIONS).toContain('requestBodyProcessor');
  });
});
