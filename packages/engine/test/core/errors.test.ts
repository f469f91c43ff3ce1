import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { IGNORED_SETTINGS } from '../../src/compile/unsupported.ts';
import { overlayFor } from '../../src/link/overlay.ts';
import { engine, refusalOf, refused, refusedAtLoad } from './support.ts';

const GOOD = 'SecAction "id:999,phase:1,pass"';
const setvar = (argument: string): string => `SecAction "id:1,phase:1,pass,setvar:'tx.x=${argument}'"`;

/** Each mistake stands in line 3; the text under which the caret stands. */
const MISTAKES: readonly (readonly [mistake: string, code: string, caretAt: string])[] = [
  ['SecRule ARGS "@rx a" "id:999,phase:1"', 'SECLANG_DUPLICATE_ID', 'SecRule'],
  ['SecRule ARGS "@rx a" "phase:1,pass"', 'SECLANG_MISSING_ID', 'SecRule'],
  ['SecRule ARGS "@rx a" "id:1,phase:1,chain"', 'SECLANG_BAD_CHAIN', 'SecRule'],
  ['SecRule ARGS "@rx a(" "id:1,phase:1"', 'PATTERN_SYNTAX', 'a('],
  ['SecRule ARGS:/a(/ "@rx a" "id:1,phase:1"', 'PATTERN_SYNTAX', 'ARGS'],
  ['SecRule GEO:COUNTRY_CODE3 "@rx a" "id:1,phase:1"', 'SECLANG_UNSUPPORTED', 'GEO'],
  ['SecRule ARGS "!@rbl a" "id:1,phase:1"', 'SECLANG_UNSUPPORTED', '!@rbl'],
  ['SecRule ARGS "@streq %{RULE.phase}" "id:1,phase:1"', 'SECLANG_UNSUPPORTED', '%{'],
  ['SecRule ARGS "@pmFromFile nowhere.data" "id:1,phase:1"', 'RULE_FILE_UNREADABLE', 'nowhere'],
  ['SecRule ARGS "@rx a" "id:1,phase:1,expirevar:tx.a=1"', 'SECLANG_BAD_ARGUMENT', 'expirevar'],
  ['SecRule ARGS "@rx a" "id:1,phase:1,msg:\'%{GEO.area_code}\'"', 'SECLANG_UNSUPPORTED', 'msg'],
  ['SecRule ARGS "@rx a" "id:1,phase:1,deprecatevar:ip.a=1/0"', 'SECLANG_BAD_ARGUMENT', 'ip.a'],
  [
    'SecRule ARGS "@rx a" "id:1,phase:1,ctl:ruleRemoveTargetById=5;PERF_ALL"',
    'SECLANG_UNSUPPORTED',
    'PERF_ALL',
  ],
  ['SecRule ARGS "@rx a" "id:1,phase:1,ctl:ruleRemoveByTag=a("', 'PATTERN_SYNTAX', ''],
  [setvar('%{GEO.nothing}'), 'SECLANG_UNSUPPORTED', 'setvar'],
  ['SecRuleUpdateTargetById 999 "!GEO:x"', 'SECLANG_UNSUPPORTED', '!GEO'],
  ['SecRuleUpdateTargetByTag "a(" "!ARGS"', 'PATTERN_SYNTAX', 'SecRuleUpdateTargetByTag'],
  ['SecDefaultAction "phase:1,pass,capture"', 'SECLANG_UNSUPPORTED', 'SecDefaultAction'],
  ['SecRlue ARGS "@rx a" "id:1"', 'SECLANG_UNKNOWN_DIRECTIVE', 'SecRlue'],
  ['SecRule ARGZ "@rx a" "id:1"', 'SECLANG_UNKNOWN_VARIABLE', 'ARGZ'],
  ['SecRule ARGS "@rxx a" "id:1"', 'SECLANG_UNKNOWN_OPERATOR', 'rxx'],
  ['SecRule ARGS "@rx a" "id:1,t:lowercas"', 'SECLANG_UNKNOWN_TRANSFORMATION', 'lowercas'],
  ['SecRule ARGS "@rx a" "id:1,frobnicate"', 'SECLANG_UNKNOWN_ACTION', 'frobnicate'],
  ['SecRule ARGS "@rx a', 'SECLANG_SYNTAX', ''],
];

describe('a mistake in a rule file', () => {
  it.each(MISTAKES)('%s gives code, place, line, caret and remedy', (mistake, code, caretAt) => {
    const error = refusedAtLoad(`# one\n${GOOD}\n${mistake}`);
    expect(error.code).toBe(code);
    expect(error.position).toMatchObject({ file: 'test.conf', line: 3 });
    // A pattern's error shows the pattern first, with a caret of its own.
    const [caret, line, ...rest] = error.message.split('\n').reverse();
    expect(rest.reverse().join('\n')).toMatch(new RegExp(`^test\\.conf:3:\\d+: [^]+ \\[${code}\\]$`));
    expect(line).toBe(`  ${mistake}`);
    expect(caret?.trim()).toBe('^');
    const column = (caret?.length ?? 0) - 1;
    expect(column).toBe(1 + (error.position?.column ?? 0));
    expect(line?.slice(column).startsWith(caretAt)).toBe(true);
    expect(error.remedy.length).toBeGreaterThan(10);
    expect(error.message + error.remedy).not.toMatch(/undefined|(?<!%)\{\w+\}/);
  });

  it('found only when a rule set is put together shows its line, too', () => {
    const error = refused(`${GOOD}\nSecAction "id:1,phase:1,pass,skipAfter:NOWHERE"`);
    expect(error.message.split('\n')[1]).toBe('  SecAction "id:1,phase:1,pass,skipAfter:NOWHERE"');
  });

  it('of an overlay that repeats an id of the base names both places', () => {
    const base = engine.loadRules([{ path: 'base.conf', text: GOOD }]);
    const shop = engine.loadRules([{ path: 'shop.conf', text: `\n${GOOD}` }]);
    const error = refusalOf(() =>
      engine.ruleSet(base, overlayFor({ name: 'x', mode: 'Block', after: [shop] })),
    );
    expect(error.code).toBe('SECLANG_DUPLICATE_ID');
    expect(error.message).toContain('base.conf:1');
    expect(error.message).toContain('shop.conf:2');
    expect(error.message.split('\n')[1]).toBe(`  ${GOOD}`);
  });

  it('in a file on disk, included or not, shows the line of that file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-core-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const inner = join(directory, 'inner.conf');
    const outer = join(directory, 'outer.conf');
    writeFileSync(inner, `${GOOD}\n${GOOD}\n`);
    writeFileSync(outer, 'Include inner.conf\n');
    const error = refusalOf(() => engine.loadFiles([outer]));
    expect(error.position).toMatchObject({ file: inner, line: 2 });
    expect(error.message.split('\n')[1]).toBe(`  ${GOOD}`);
  });
});

describe('a directive that changes nothing', () => {
  it.each(Object.entries(IGNORED_SETTINGS))('%s is a warning with its place', (name, reason) => {
    const value = name === 'SecCollectionTimeout' ? '600' : name === 'SecAuditEngine' ? 'On' : 'ABZ';
    const { warnings } = engine.compile([{ path: 'test.conf', text: `# one\n${name} ${value}` }]);
    // CRS names itself by it in each file; that misleads nobody.
    if (name === 'SecComponentSignature') expect(warnings).toEqual([]);
    else
      expect(warnings).toEqual([
        { position: { file: 'test.conf', line: 2, column: 1 }, message: `${name}: ${reason}` },
      ]);
  });
});
