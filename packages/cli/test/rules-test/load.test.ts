import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parseExclusions } from '../../src/rules-test/exclusions.ts';
import { loadStages, parseStages } from '../../src/rules-test/load.ts';
import { crsDirectory } from '../../src/setup/paths.ts';

const stage = (input: string, output = '{status: 200}') =>
  `rule_id: 7\ntests:\n  - test_id: 1\n    stages:\n      - input: ${input}\n        output: ${output}\n`;

describe('loading test files', () => {
  it("reads all of the CRS's stages, each with an id of its own", () => {
    const stages = loadStages([join(crsDirectory(), 'tests')]);
    expect(stages).toHaveLength(4680);
    expect(new Set(stages.map(({ id }) => id)).size).toBe(4680);
    expect(stages.filter(({ expected }) => expected.expectIds.length > 0)).toHaveLength(3746);
    expect(stages.filter(({ expected }) => expected.noExpectIds.length > 0)).toHaveLength(899);
    expect(stages.filter(({ expected }) => expected.status !== null)).toHaveLength(29);
  });

  it('names stages by rule and test, and numbers them where a test has several', () => {
    const body = '{input: {uri: /}, output: {status: 200}}';
    const text = `rule_id: 7\ntests: [{test_id: 3, stages: [${body}]}, {stages: [${body}, ${body}]}]`;
    expect(parseStages('a.yaml', text).map(({ id }) => id)).toEqual(['7-3', '7-2-1', '7-2-2']);
  });

  it('takes the rule id from the file name where none is given', () => {
    const text = stage('{}').replace('rule_id: 7\n', '');
    expect(parseStages('/x/942100.yaml', text)[0]?.id).toBe('942100-1');
    expect(() => parseStages('/x/a.yaml', text)).toThrow(/rule_id is missing/);
  });

  it.each(['', '---\n', '# nothing\n', '---\n---\n'])('reads nothing from the empty file %j', (text) => {
    expect(parseStages('a.yaml', text)).toEqual([]);
  });

  it('reads every document of a file', () => {
    expect(parseStages('a.yaml', `${stage('{}')}---\n${stage('{}').replace('7', '8')}`)).toHaveLength(2);
  });

  it.each([
    [
      'an unknown key',
      stage('{urii: /}'),
      /^a\.yaml:5:17: tests\[0\]\.stages\[0\]\.input: unknown key "urii"/,
    ],
    [
      'an unknown key of the log',
      stage('{}', '{log: {expect_id: [1]}}'),
      /a\.yaml:6:24: .*unknown key "expect_id"/,
    ],
    ['an unknown key of the file', `x: 1\n${stage('{}')}`, /a\.yaml:1:1: .*unknown key "x"/],
    ['text for a status', stage('{}', '{status: ok}'), /a\.yaml:6:26: .*status: must be a whole number/],
    ['a status out of range', stage('{}', '{status: 42}'), /from 100 to 599/],
    ['text for an id', stage('{}', '{log: {expect_ids: [a]}}'), /expect_ids\[0\]: must be a whole number/],
    ['an id for a list', stage('{}', '{log: {expect_ids: 1}}'), /expect_ids: must be a list/],
    ['text for a flag', stage('{stop_magic: 1}'), /stop_magic: must be true or false/],
    ['a list for text', stage('{uri: [a]}'), /uri: must be a single value/],
    ['a missing output', stage('{}').replace(/ +output.*\n/, ''), /output is missing/],
    ['a test without stages', 'rule_id: 7\ntests: [{test_id: 1}]', /has no stages/],
    ['data and a request', stage('{data: a, encoded_request: YQ==}'), /are given both/],
    ['bad base64', stage('{encoded_request: "a b"}'), /encoded_request: is not base64/],
    [
      'a bad expression',
      stage('{}', '{log: {match_regex: "("}}'),
      /match_regex: is not a regular expression/,
    ],
    ['an unknown template', stage("{data: '{{ now }}'}"), /data: holds a template other than/],
    ['a template without an end', stage("{data: '{{ '}"), /data: holds a template other than/],
    ['a template beyond measure', stage('{data: \'{{ "1" | repeat 99999999 }}\'}'), /holds a template/],
    ['isolated without one id', stage('{}', '{isolated: true}'), /isolated needs exactly one id/],
    ['a cookie jar', stage('{save_cookie: true}'), /save_cookie is not implemented \[TEST_UNSUPPORTED\]/],
    ['a list of URIs', stage('{uris: [/]}'), /uris is not implemented/],
    ['an alias', `rule_id: 7\ntests: &a [*a]`, /aliases are not taken/],
    ['a key twice', `rule_id: 7\nrule_id: 8\ntests: []`, /a\.yaml:2:1: .*unique/],
    ['broken YAML', 'a: [', /^a\.yaml:1:\d+: .*TEST_FILE_INVALID/],
    ['a list at the top', '[]', /must be a map/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseStages('a.yaml', text)).toThrow(message);
  });

  it('takes flags at the start of an expression, and the older names', () => {
    const [one] = parseStages('a.yaml', stage('{}', '{log_contains: "(?i)ABC", no_log_contains: x}'));
    expect(one?.expected.matchRegex?.test('abc')).toBe(true);
    expect(one?.expected.noMatchRegex?.source).toBe('x');
  });

  it('refuses an id that is used twice, naming both places', () => {
    const directory = mkdtempSync(join(tmpdir(), 'rules-test-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(join(directory, 'a.yaml'), stage('{}'));
    writeFileSync(join(directory, 'b.yml'), stage('{}'));
    expect(() => loadStages([directory])).toThrow(
      /b\.yml:5:1: the id 7-1 is used twice, first at .*a\.yaml:5/,
    );
  });

  it('names a path that cannot be read', () => {
    expect(() => loadStages(['/nowhere/at/all'])).toThrow(
      /cannot read \/nowhere\/at\/all.*TEST_FILE_UNREADABLE/,
    );
  });
});

describe('loading exclusions', () => {
  it('reads ids with their reasons', () => {
    expect([...parseExclusions('x', '- {id: 1-2, reason: because}\n')]).toEqual([['1-2', 'because']]);
    expect(parseExclusions('x', '# none\n[]\n').size).toBe(0);
  });

  it.each([
    ['no reason', '- {id: 1-2}', /x:1:3: \[0\]: reason is missing/],
    ['a blank reason', '- {id: 1-2, reason: " "}', /reason is missing/],
    ['no id', '- {reason: a}', /id is missing/],
    ['an id twice', '- {id: 1, reason: a}\n- {id: 1, reason: b}', /x:2:3: .*1 is excluded twice/],
    ['another key', '- {id: 1, why: a}', /unknown key "why"/],
  ])('refuses %s', (_, text, message) => {
    expect(() => parseExclusions('x', text)).toThrow(message);
  });
});
