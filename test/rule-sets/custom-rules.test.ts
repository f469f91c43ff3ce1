/** The rules in rules/custom: their own tests alone and under the CRS, their switches, and what the checker says of them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runRulesCheck } from '../../packages/cli/src/rules-check/command.ts';
import { createStageEngine } from '../../packages/cli/src/rules-test/engine-stage.ts';
import { summarize } from '../../packages/cli/src/rules-test/report.ts';
import { ownBase, readRules } from '../../packages/cli/src/rules-test/rule-sources.ts';
import { testRules } from '../../packages/cli/src/rules-test/test-rules.ts';
import { crsDirectory, repositoryRoot } from '../../packages/cli/src/setup/paths.ts';
import { overlayFor, type RuleSource } from '../../packages/engine/src/index.ts';
import { COMPILE_MILLIS, engine, judge, type Message, policyOf, wholeCrs } from './support.ts';

const FOLDER = join(repositoryRoot(), 'rules/custom');
const TESTS = join(FOLDER, 'tests');
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.conf'));
const paths = names.map((name) => join(FOLDER, name));
const NONE = { filter: null, exclusions: null, evaluation: 'both', paranoia: 1 } as const;
const JSON_TYPE = 'application/json';

beforeAll(() => void wholeCrs(), COMPILE_MILLIS);

describe('the rules in rules/custom', () => {
  it.each(names)('%s has tests of its own, which it passes alone', async (name) => {
    const tests = [join(TESTS, name.replace('.conf', '.yaml'))];
    const rules = [join(FOLDER, name)];
    const { stages, failed } = summarize(
      await testRules({ ...NONE, crs: null, rules, tests }, createStageEngine),
    );
    expect(failed).toEqual([]);
    expect(stages).toBeGreaterThan(10);
  });

  it('pass all tests together', async () => {
    const results = await testRules({ ...NONE, crs: null, rules: paths, tests: [TESTS] }, createStageEngine);
    expect(summarize(results).failed).toEqual([]);
  });

  it('pass all tests before the CRS, which lets through what they let through', async () => {
    const options = { ...NONE, crs: crsDirectory(), rules: [], rulesBefore: paths, tests: [TESTS] };
    expect(summarize(await testRules(options, createStageEngine)).failed).toEqual([]);
  });

  // With the CRS rules/sluice.conf is there already.
  it.each([
    ['rules', {}],
    ['rules/custom', { crs: true as const }],
  ])('are clean to the checker: %s with %j', (folder, flags) => {
    let text = '';
    const stdout = { write: (part: string) => (text += part) };
    const code = runRulesCheck(
      [join(repositoryRoot(), folder)],
      { ...flags, strict: true },
      { stdout, variables: {} },
    );
    expect([code, text]).toEqual([0, expect.stringContaining('0 errors, 0 warnings')]);
  });

  it('have ids of their own range, and each a message, tags and a severity where it denies', () => {
    const { items } = engine.compile(paths.map((path) => ({ path, text: readRules(path).text })));
    for (const item of items) {
      if (item.kind === 'marker') continue;
      expect(item.id).toBeGreaterThanOrEqual(10_000);
      expect(item.id).toBeLessThan(10_400);
      if (item.disruption.kind !== 'deny') continue;
      expect(item).toMatchObject({ msg: expect.any(Array), severity: expect.any(Number) });
      expect(item.tags).toContain('SLUICE');
    }
  });
});

/** A file under switches, without the CRS. */
function withSwitches(name: string, switches: string) {
  const base = engine.loadRules(ownBase().map(({ name: path, text }): RuleSource => ({ path, text })));
  const text = `SecAction "id:90001,phase:1,pass,nolog,${switches}"\n${readRules(join(FOLDER, name)).text}`;
  const before = [engine.loadRules([{ path: name, text }])];
  return engine.ruleSet(base, overlayFor(policyOf({ before })));
}

const json = (uri: string, body: string): Message => ({ uri, body, type: JSON_TYPE });
const query = (text: string): Message => json('/graphql', JSON.stringify({ query: text }));
const nested = (levels: number): string => '{a'.repeat(levels) + '}'.repeat(levels);

/** What is denied by a rule with its defaults and not with the switches, or the other way round (null: allowed). */
const SWITCHES: readonly (readonly [
  file: string,
  switches: string,
  message: Message,
  off: number | null,
  on: number | null,
])[] = [
  [
    'unexpected-content-type',
    'setvar:tx.content_type_path=/upload',
    { body: 'a', type: 'text/csv' },
    10023,
    null,
  ],
  [
    'unexpected-content-type',
    `setvar:'tx.content_type_allowed=|text/csv|'`,
    { body: 'a', type: 'text/csv' },
    10023,
    null,
  ],
  ['unexpected-content-type', `setvar:'tx.content_type_allowed=|text/csv|'`, { body: 'a=1' }, null, 10023],
  ['unexpected-content-type', 'setvar:tx.content_type_required=0', { body: 'a=1', type: null }, 10021, null],
  ['json-api', 'setvar:tx.json_api_path=/v2/', json('/api/x', '1'), 10124, null],
  ['json-api', 'setvar:tx.json_api_path=/v2/', json('/v2/x', '1'), null, 10124],
  ['json-api', 'setvar:tx.json_api_depth_max=2', json('/api/x', '{"a":{"b":{"c":1}}}'), null, 10126],
  ['json-api', 'setvar:tx.json_api_depth_max=2', json('/api/x', '{"a":{"b":1}}'), null, null],
  ['json-api', 'setvar:tx.json_api_values_max=2', json('/api/x', '[1,2,3]'), null, 10125],
  ['json-api', 'setvar:tx.json_api_length_max=3', json('/api/x', '["abcd"]'), null, 10127],
  ['json-api', `setvar:'tx.json_api_key_pattern=[$a-z]+'`, json('/api/x', '{"$a":1}'), 10128, null],
  ['graphql', 'setvar:tx.graphql_path=/query', query('{__schema{a}}'), 10228, null],
  ['graphql', 'setvar:tx.graphql_introspection=1', query('{__schema{a}}'), 10228, null],
  ['graphql', 'setvar:tx.graphql_get=1', { uri: '/graphql?query=%7Ba%7D' }, 10220, null],
  ['graphql', 'setvar:tx.graphql_get=1', { uri: '/graphql?query=mutation%7Ba%7D' }, 10220, 10221],
  ['graphql', 'setvar:tx.graphql_depth_max=6', query(nested(7)), null, 10230],
  ['graphql', 'setvar:tx.graphql_depth_max=6', query(nested(6)), null, null],
  ['graphql', 'setvar:tx.graphql_depth_max=15', query(nested(15)), 10231, null],
  ['graphql', 'setvar:tx.graphql_depth_max=15', query(nested(16)), 10231, 10232],
  ['graphql', 'setvar:tx.graphql_length_max=10', query('{a b c d e f}'), null, 10227],
  [
    'graphql',
    'setvar:tx.graphql_batch_max=1',
    json('/graphql', '[{"query":"{a}"},{"query":"{a}"}]'),
    null,
    10226,
  ],
  ['graphql', 'setvar:tx.graphql_aliases_max=1', query('{a:b c:d}'), null, 10240],
  ['graphql', 'setvar:tx.graphql_directives_max=1', query('{a @b @c}'), null, 10241],
  ['graphql', 'setvar:tx.graphql_fragments_max=1', query('{...A ...B}'), null, 10242],
  [
    'virtual-patch-example',
    'setvar:tx.virtual_patch_shop_export=0',
    { uri: '/shop/export?file=../a' },
    10310,
    null,
  ],
];

describe('the switches of the rules in rules/custom', () => {
  it.each(SWITCHES)('%s: %s', (name, switches, message, off, on) => {
    const verdictOf = (own: string) => {
      const { verdict, failures } = judge(withSwitches(`${name}.conf`, own), message);
      expect(failures).toEqual([]);
      return verdict.kind === 'deny' ? verdict.ruleId : verdict.kind === 'allow' ? null : verdict.kind;
    };
    expect([verdictOf('setvar:tx.none=1'), verdictOf(switches)]).toEqual([off, on]);
  });

  it.each(['json-api', 'graphql'])('%s: fails closed where JSON is not taken apart', (name) => {
    const base = engine.loadRules([{ path: 'bare.conf', text: 'SecRequestBodyAccess On' }]);
    const before = [engine.loadRules([{ path: name, text: readRules(join(FOLDER, `${name}.conf`)).text }])];
    const ruleSet = engine.ruleSet(base, overlayFor(policyOf({ before })));
    const uri = name === 'graphql' ? '/graphql' : '/api/x';
    expect(judge(ruleSet, json(uri, '{"a":1}')).verdict).toMatchObject({ kind: 'deny', status: 500 });
  });

  it('are all tested here, and no others', () => {
    const documented = paths.flatMap((path) =>
      Array.from(readRules(path).text.matchAll(/^# {3}tx\.(\w+)/gm), ([, name]) => name),
    );
    const tested = SWITCHES.map(([, switches]) => /tx\.(\w+)/.exec(switches)?.[1]);
    expect([...new Set(tested)].sort()).toEqual([...documented].sort());
  });
});
