import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it, onTestFinished } from 'vitest';
import { register } from '../../src/commands/rules.ts';
import { type RulesTestFlags, runRulesTest } from '../../src/rules-test/command.ts';
import { crsSources } from '../../src/rules-test/rule-sources.ts';
import type { RuleSource, StageEngineOptions } from '../../src/rules-test/stage-engine.ts';
import { crsDirectory } from '../../src/setup/paths.ts';

const TESTS = `rule_id: 7
tests:
  - test_id: 1
    stages: [{input: {headers: {Host: a}}, output: {log: {expect_ids: [1]}}}]
  - test_id: 2
    stages: [{input: {headers: {Host: a}}, output: {log: {no_expect_ids: [1]}}}]
`;

/** Runs `sluice rules test …` with an engine on which rule 1 always logs. */
async function run(args: readonly string[]) {
  const directory = mkdtempSync(join(tmpdir(), 'rules-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'a.yaml'), TESTS);
  writeFileSync(join(directory, 'a.conf'), 'SecAction "id:1,phase:1,log"\n');
  writeFileSync(join(directory, 'known.yaml'), '- {id: 7-2, reason: known}\n');
  writeFileSync(join(directory, 'stale.yaml'), '- {id: 7-3, reason: known}\n');
  const out = { text: '', code: 0, options: [] as StageEngineOptions[] };
  const flags = readArguments(args.map((arg) => arg.replace('DIR', directory)));
  out.code = await runRulesTest(flags, {
    stdout: { write: (text) => (out.text += text) },
    stderr: { write: () => true },
    loadEngine: async () => async (options) => {
      out.options.push(options);
      return { run: () => ({ status: 200, log: [{ ruleId: 1, text: '[id "1"]' }] }) };
    },
  });
  return out;
}

/** What the command's action gets for these arguments; a wrong call throws. */
function readArguments(args: readonly string[]): RulesTestFlags {
  const program = new Command();
  register(program);
  const command = program.commands[0]?.commands[0];
  if (command === undefined) throw new TypeError('no command');
  command
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .action(() => undefined);
  return command.parse(args, { from: 'user' }).opts();
}

/** The file names in each place. */
const namesOf = (rules: StageEngineOptions['rules'] | undefined) =>
  Object.fromEntries(
    Object.entries(rules ?? {}).map(([place, sources]: [string, readonly RuleSource[]]) => [
      place,
      sources.map(({ name }) => basename(name)),
    ]),
  );

const OWN = ['--rules', 'DIR/a.conf', '--tests', 'DIR/a.yaml'];

describe('sluice rules test', () => {
  it('runs own tests on own rules, and fails the command where one fails', async () => {
    const { text, code, options } = await run(OWN);
    expect(text).toContain('2 stages: 1 passed, 1 failed, 0 excluded.');
    expect(code).toBe(1);
    expect(options).toMatchObject([{ evaluation: 'planned', trace: false, mode: null }]);
    expect(namesOf(options[0]?.rules)).toEqual({
      before: [],
      base: ['<set-up>', 'sluice.conf'],
      after: ['a.conf'],
    });
    expect(options[0]?.rules.base[0]?.text).toBe('SecRuleEngine On\n');
  });

  it('puts rules before the others, and lets them block, where it is told to', async () => {
    const before = ['--rules-before', 'DIR/a.conf', '--tests', 'DIR/a.yaml', '--mode', 'Block'];
    const { options } = await run(before);
    expect(options).toMatchObject([{ mode: 'Block' }]);
    expect(namesOf(options[0]?.rules)).toMatchObject({ before: ['a.conf'], after: [] });
  });

  it('prints JSON', async () => {
    const { text, code } = await run([...OWN, '--json', '--filter', '-1$']);
    expect(JSON.parse(text)).toMatchObject({ stages: 1, passed: 1, failed: [], excluded: [] });
    expect(code).toBe(0);
  });

  it('takes exclusions from a file', async () => {
    const { text, code } = await run([...OWN, '--json', '--exclusions', 'DIR/known.yaml']);
    expect(JSON.parse(text)).toMatchObject({ passed: 1, excluded: [{ id: '7-2', reason: 'known' }] });
    expect(code).toBe(0);
  });

  it('gives bodies in pieces of as many bytes as it is told', async () => {
    expect((await run(OWN)).options).toMatchObject([{ chunkBytes: null }]);
    expect((await run([...OWN, '--chunk', '1'])).options).toMatchObject([{ chunkBytes: 1 }]);
    for (const chunk of ['0', '-1', '1.5', 'x', '']) {
      await expect(run([...OWN, '--chunk', chunk])).rejects.toMatchObject({ code: 'BAD_OPTION' });
    }
  });

  it('compares both evaluations with traces', async () => {
    const { options } = await run([...OWN, '--evaluation', 'both']);
    expect(options.map(({ evaluation, trace }) => [evaluation, trace])).toEqual([
      ['planned', true],
      ['reference', true],
    ]);
  });

  it.each([
    ['no rules', ['--tests', 'DIR/a.yaml'], /NO_RULES/],
    ['no tests', ['--rules', 'DIR/a.conf'], /NO_TESTS/],
    ['a filter that matches nothing', [...OWN, '--filter', 'x'], /no id matches x.*NO_TESTS/],
    ['a bad filter', [...OWN, '--filter', '('], /--filter: .*BAD_OPTION/],
    [
      'an unknown evaluation',
      [...OWN, '--evaluation', 'fast'],
      /Allowed choices are planned, reference, both/,
    ],
    ['an unknown mode', [...OWN, '--mode', 'Off'], /Allowed choices are Detect, Block/],
    ['a paranoia level of 5', [...OWN, '--paranoia', '5'], /Allowed choices are 1, 2, 3, 4/],
    ['an exclusion of nothing', [...OWN, '--exclusions', 'DIR/stale.yaml'], /7-3 is the id of no stage/],
    ['a missing rule file', ['--rules', 'DIR/b.conf', '--tests', 'DIR/a.yaml'], /RULES_UNREADABLE/],
    ['a directory without the CRS', ['--crs', 'DIR', '--tests', 'DIR/a.yaml'], /NO_CORE_RULE_SET/],
  ])('refuses %s', async (_, args, message) => {
    await expect(run(args)).rejects.toThrow(message);
  });

  it("gives the CRS's own tests their set-up, also with own rules", async () => {
    const { options } = await run([
      '--crs',
      '--rules',
      'DIR/a.conf',
      '--paranoia',
      '2',
      '--filter',
      '^911100-1$',
    ]);
    const { base, after } = namesOf(options[0]?.rules);
    expect(base?.slice(0, 4)).toEqual([
      '<set-up>',
      '@crs-setup.conf.example',
      '<test values>',
      'REQUEST-901-INITIALIZATION.conf',
    ]);
    expect(after).toEqual(['a.conf']);
    expect(options[0]?.rules.base[2]?.text).toContain('setvar:tx.blocking_paranoia_level=2,');
  });

  it('puts own rules with own tests on the CRS as a policy has it', async () => {
    const { options } = await run(['--crs', ...OWN, '--paranoia', '2']);
    const { base, after } = namesOf(options[0]?.rules);
    expect(base?.slice(0, 4)).toEqual([
      '<set-up>',
      'sluice.conf',
      '@crs-setup.conf.example',
      'REQUEST-901-INITIALIZATION.conf',
    ]);
    expect(after).toEqual(['a.conf']);
    expect(options).toMatchObject([{ paranoia: 2 }]);
  });

  it('reads every CRS file from the directory of its data files', () => {
    for (const { name, directory } of crsSources(crsDirectory(), 4).slice(3)) {
      expect(existsSync(join(directory, 'sql-errors.data')), name).toBe(true);
    }
  });
});
