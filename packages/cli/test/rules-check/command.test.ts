import { describe, expect, it } from 'vitest';
import { register } from '../../src/commands/rules-check.ts';
import { type RulesCheckFlags, runRulesCheck } from '../../src/rules-check/command.ts';
import { folderWith } from '../inspect/support.ts';
import { rulesCommand } from '../support/parsed-command.ts';

interface Result {
  readonly text: string;
  readonly code: number;
}

/** Runs `sluice rules check DIR …` on files of these texts. */
function check(files: Readonly<Record<string, string>>, flags: readonly string[] = []): Result {
  const folder = folderWith(files);
  const { text, code } = run([folder, ...flags]);
  return { text: text.replaceAll(`${folder}/`, ''), code };
}

function run(args: readonly string[]): Result {
  const command = rulesCommand(register, 'check', args);
  let text = '';
  const stdout = { write: (piece: string) => (text += piece) };
  const code = runRulesCheck(command.args, command.opts<RulesCheckFlags>(), { stdout, variables: {} });
  return { text, code };
}

/** `file:line` with code or kind, of each finding. */
const places = (text: string): readonly string[] =>
  [...text.matchAll(/^(?:(\S+?):(\d+):\d+: )?(?:error|warning): .*\[([\w-]+)\]$/gm)].map(
    ([, file = '', line = '', code = '']) => `${file}:${line} ${code}`,
  );

describe('errors of rule files', () => {
  it('are shown all, each with its line, a caret and what to do', () => {
    const { text, code } = check({
      'a.conf': `SecRule ARGS "@rxx foo" "id:1,phase:2,deny"
SecRule ARGS "@rx fo(o" "id:2,phase:2,deny"
SecRule ARGS "@rx foo" \\
    "id:3,\\
    phase:2,\\
    t:lowercas,\\
    deny"
SecRule ARGS "@rx fine" "id:4,phase:2,deny"
`,
    });
    expect(code).toBe(1);
    expect(text).toMatchInlineSnapshot(`
      "a.conf:1:16: error: unknown operator @rxx [SECLANG_UNKNOWN_OPERATOR]
          1 | SecRule ARGS "@rxx foo" "id:1,phase:2,deny"
            |                ^
        remedy: Check its spelling (did you mean rx?); docs/seclang.md lists what works.

      a.conf:2:21: error: a ( without its ) at offset 2 [PATTERN_SYNTAX]
          2 | SecRule ARGS "@rx fo(o" "id:2,phase:2,deny"
            |                     ^
        remedy: Correct the pattern at the place shown.

      a.conf:6:7: error: unknown transformation t:lowercas [SECLANG_UNKNOWN_TRANSFORMATION]
          6 |     t:lowercas,\\
            |       ^
        remedy: Check its spelling (did you mean lowercase?); docs/seclang.md lists what works.

      1 file, 1 rule: 3 errors, 0 warnings.
      "
    `);
  });

  it('are found in every stage: words, chains, data, includes, ids, markers', () => {
    const { text } = check({
      'a.conf': `SecRule ARGZ "@rx foo" "id:1,phase:2,deny"
SecRule ARGS "@pmFromFile nothere.txt" "id:2,phase:2,deny"
Include nothere/*.x
SecFoo bar
SecAction "phase:1,pass"
SecRule ARGS "@rx a" "id:3,phase:2,deny,skipAfter:NOWHERE"
SecRule ARGS "@rx a" "id:4,phase:2,deny,chain"
SecMarker HERE
SecRule ARGS "@rx b" "id:5,phase:2,deny"
SecRule ARGS "@rx c" "id:5,phase:2,deny"
SecRule ARGS "@rx d" "id:6,phase:2,deny,skipAfter:HERE"
SecRuleUpdateActionById 5:3 "t:none"
SecDefaultAction "phase:2,block"
SecRule REMOTE_ADDR "@ipMatch 1.2.3.400" "id:7,phase:2,deny"
`,
    });
    expect(places(text)).toEqual([
      'a.conf:1 SECLANG_UNKNOWN_VARIABLE',
      'a.conf:2 RULE_FILE_UNREADABLE',
      'a.conf:3 RULE_FILE_UNREADABLE',
      'a.conf:4 SECLANG_UNKNOWN_DIRECTIVE',
      'a.conf:5 SECLANG_MISSING_ID',
      'a.conf:6 SECLANG_BAD_ARGUMENT',
      'a.conf:7 SECLANG_BAD_CHAIN',
      'a.conf:10 SECLANG_DUPLICATE_ID',
      'a.conf:11 SECLANG_BAD_ARGUMENT',
      'a.conf:12 SECLANG_BAD_ARGUMENT',
      'a.conf:13 SECLANG_BAD_ARGUMENT',
      'a.conf:14 SECLANG_BAD_ARGUMENT',
    ]);
  });

  it('are found in each part of a rule', () => {
    const { text } = check({ 'a.conf': 'SecRule ARGZ "@rxx a" "id:1,phase:2,t:lowercas"\n' });
    expect(places(text)).toEqual([
      'a.conf:1 SECLANG_UNKNOWN_VARIABLE',
      'a.conf:1 SECLANG_UNKNOWN_OPERATOR',
      'a.conf:1 SECLANG_UNKNOWN_TRANSFORMATION',
    ]);
  });

  it('do not follow from each other: the rest of a broken chain is not taken for rules', () => {
    const { text } = check({
      'a.conf': `SecRule ARGX "@rx a" "id:1,phase:2,deny,chain"
  SecRule ARGS "@rx b" "t:none,chain"
  SecRule ARGS "@rx c" "t:none"
SecRule ARGS "@rx a" "id:2,phase:2,deny,chain"
  SecRule ARGX "@rx b" "t:none"
SecRule ARGS "@rx a" "id:3,phase:2,deny,chain"
  SecRule ARGS "@rx b(" "t:none"
`,
    });
    expect(places(text)).toEqual([
      'a.conf:1 SECLANG_UNKNOWN_VARIABLE',
      'a.conf:5 SECLANG_UNKNOWN_VARIABLE',
      'a.conf:7 PATTERN_SYNTAX',
    ]);
  });

  it('include a comment that would swallow a rule, which is read all the same', () => {
    const { text } = check({
      'a.conf':
        '# a \\\n# b \\\nSecRule ARGX "@rx a" "id:1,phase:2,deny"\n#c\\\nSecRule ARGS "@rx a" "id:2,deny"\n',
    });
    expect(places(text)).toEqual([
      'a.conf:3 SECLANG_SYNTAX',
      'a.conf:3 SECLANG_UNKNOWN_VARIABLE',
      'a.conf:5 SECLANG_SYNTAX',
    ]);
    expect(text).toContain('1 file, 1 rule: 3 errors');
  });

  it('of an included file stand in that file, once', () => {
    const { text } = check({
      'a.conf': 'SecRule ARGZ "@rx a" "id:1,phase:2,deny"\n',
      'b.conf': 'Include a.conf\nInclude c.conf\n',
      'c.conf': 'Include b.conf\nSecRule ARGS "@rx a" "id:2,phase:2,deny"\n',
      'main.conf': 'Include b.conf\n',
    });
    expect(places(text)).toEqual(['a.conf:1 SECLANG_UNKNOWN_VARIABLE', 'c.conf:1 SECLANG_BAD_ARGUMENT']);
  });

  it('are few where a default action is wrong: the rules below it are not to blame', () => {
    const { text } = check({
      'a.conf':
        'SecDefaultAction "phase:2,pass,setvar:tx.a=1"\nSecRule ARGS "@rx a" "id:1,phase:2,block"\nSecRule ARGS "@rx b" "id:2,phase:2,block"\n',
    });
    expect(places(text)).toEqual(['a.conf:1 SECLANG_UNSUPPORTED']);
  });

  it('cannot steer the terminal', () => {
    const { text } = check({ 'a.conf': 'SecRule \x1b[2JARGS\x9b31m "@rx a" "id:1"\n\x1b]0;x\x07 y\n' });
    expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
  });

  it('come as data too', () => {
    const { text, code } = check({ 'a.conf': 'SecFoo\n' }, ['--json']);
    expect(code).toBe(1);
    expect(JSON.parse(text)).toMatchObject({
      files: 1,
      rules: 0,
      errors: [{ code: 'SECLANG_UNKNOWN_DIRECTIVE', position: { line: 1, column: 1 } }],
      warnings: [],
    });
  });

  it('are said of paths that hold nothing', () => {
    expect(() => check({ 'a.txt': '' })).toThrow(expect.objectContaining({ code: 'NO_RULE_FILES' }));
    expect(places(run(['/nowhere.conf']).text)).toEqual([': RULE_FILE_UNREADABLE']);
  });
});

describe('warnings of rule files', () => {
  it.each([
    ['expensive', 'SecRule ARGS "@rx (a+)b\\1" "id:1,phase:2,deny"', 2],
    [
      'unreachable',
      'SecAction "id:1,phase:1,pass,skipAfter:E"\nSecRule ARGS "@rx a" "id:2,phase:1,deny"\nSecMarker E',
      1,
    ],
    ['unreachable', 'SecAction "id:1,phase:2,deny"\nSecRule ARGS "@rx a" "id:2,phase:2,deny"', 1],
    [
      'unreachable',
      'SecRule ARGS "@unconditionalMatch" "id:1,phase:2,pass,skip:1"\nSecRule ARGS "@rx a" "id:2,phase:2,deny"',
      1,
    ],
    ['removed', 'SecRule ARGS "@rx a" "id:2,phase:2,deny"\nSecRuleRemoveById 1-5', 1],
    [
      'duplicate',
      'SecRule ARGS|!ARGS:x "@rx a" "id:1,phase:2,deny,t:trim"\nSecRule ARGS|!ARGS:x "@rx a" "id:2,phase:2,pass,t:trim"',
      1,
    ],
    ['dead-exclusion', 'SecRuleUpdateTargetById 4711 "!ARGS:x"', 1],
    ['dead-exclusion', 'SecRule ARGS:x "@streq a" "id:1,phase:1,pass,ctl:ruleRemoveById=2-5"', 1],
    ['blocking-off', 'SecRuleEngine DetectionOnly', 1],
    ['blocking-off', 'SecAction "id:1,phase:1,pass,ctl:ruleEngine=Off"', 1],
    ['blocking-off', 'SecRuleRemoveById 949000-949999', 1],
    ['blocking-off', 'SecRuleUpdateTargetById 949110 "!TX:BLOCKING_INBOUND_ANOMALY_SCORE"', 1],
    ['blocking-off', 'SecAction "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=959100"', 1],
    ['blocking-off', 'SecRuleUpdateActionById 949110 "pass"', 1],
  ])('%s: %s', (kind, rules, count) => {
    const { text, code } = check({ 'a.conf': `${rules}\n` });
    expect(places(text).map((place) => place.split(' ')[1])).toEqual(new Array(count).fill(kind));
    expect(code).toBe(0);
  });

  it.each([
    'SecRule ARGS:x "@streq a" "id:1,phase:1,pass,ctl:ruleEngine=Off"',
    'SecRule ARGS:x "@streq a" "id:1,phase:1,pass,ctl:ruleRemoveById=949110"',
    'SecRuleUpdateTargetById 942100 "!ARGS:x"',
    'SecRuleEngine On',
    'SecAction "id:1,phase:1,pass,skipAfter:A"\nSecMarker A\nSecRule ARGS "@rx a" "id:2,phase:1,deny"',
    'SecAction "id:1,phase:2,deny"\nSecRule ARGS "@rx a" "id:2,phase:1,deny"',
    'SecRule ARGS:a "@streq x" "id:1,phase:1,pass,skipAfter:E"\nSecRule ARGS "@rx a" "id:2,phase:1,deny"\nSecMarker E',
    'SecRule ARGS "@rx a" "id:1,phase:2,deny,t:trim"\nSecRule ARGS "@rx a" "id:2,phase:2,deny,t:lowercase"',
    'SecAction "id:1,phase:1,pass,setvar:tx.a=1"\nSecAction "id:2,phase:1,pass,setvar:tx.b=1"',
  ])('are not given for %s', (rules) => {
    expect(check({ 'a.conf': `${rules}\n` }).text).toBe(
      `1 file, ${rules.match(/id:\d/g)?.length ?? 0} rule${rules.match(/id:\d/g)?.length === 1 ? '' : 's'}: 0 errors, 0 warnings.\n`,
    );
  });

  it('hold for a rule that is jumped over itself: it cannot jump', () => {
    const { text } = check({
      'a.conf': `SecAction "id:1,phase:1,pass,skipAfter:A"
SecAction "id:2,phase:1,deny"
SecMarker A
SecRule ARGS "@rx a" "id:3,phase:1,deny"
`,
    });
    expect(places(text)).toEqual(['a.conf:2 unreachable']);
  });

  it('name data files that no rule reads', () => {
    const { text } = check({
      'a.conf': 'SecRule ARGS "@pmFromFile used.data" "id:1,phase:2,deny"\n',
      'used.data': 'x\n',
      'unused.data': 'x\n',
    });
    expect(text).toContain('warning: unused.data is read by no rule [unused-data-file]');
    expect(text).not.toContain(' used.data');
  });

  it('fail the command only where it is strict', () => {
    const files = { 'a.conf': 'SecRuleEngine Off\n' };
    expect(check(files).code).toBe(0);
    expect(check(files, ['--strict']).code).toBe(1);
  });
});

describe('with the CRS below', () => {
  it('exclusions are looked up in it, and its ids are taken', () => {
    const { text } = check(
      {
        'a.conf': `SecRuleUpdateTargetById 942100 "!ARGS:x"
SecRuleUpdateTargetById 942199 "!ARGS:x"
SecRuleRemoveByTag "attack-sqly"
SecRuleRemoveByTag "OWASP_CRS"
`,
      },
      ['--crs'],
    );
    expect(places(text)).toEqual([
      'a.conf:2 dead-exclusion',
      'a.conf:3 dead-exclusion',
      'a.conf:4 blocking-off',
    ]);
    const taken = 'SecRule ARGS "@rx a" "id:942100,phase:2,deny"\n';
    expect(places(check({ 'a.conf': taken }, ['--crs']).text)).toEqual(['a.conf:1 SECLANG_DUPLICATE_ID']);
    expect(check({ 'a.conf': taken }).code).toBe(0);
  });
});
