import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { register } from '../../src/commands/rules-profile.ts';
import { type RulesProfileFlags, runRulesProfile } from '../../src/rules-profile/command.ts';
import { folderWith, ownCache } from '../inspect/support.ts';
import { rulesCommand } from '../support/parsed-command.ts';

function profile(args: readonly string[]): { readonly text: string; readonly progress: string } {
  const command = rulesCommand(register, 'profile', args);
  let [text, progress] = ['', ''];
  runRulesProfile(
    command.args[0],
    { data: [], ...command.opts<Omit<RulesProfileFlags, 'data'>>() },
    {
      stdout: { write: (piece: string) => (text += piece) },
      stderr: { write: (piece: string) => (progress += piece) },
      variables: {},
    },
  );
  return { text, progress };
}

const RULES = `SecRule ARGS "@rx evil\\d" "id:1,phase:2,deny,msg:'Evil numbers'"
SecRule ARGS "@rx never\\d" "id:2,phase:2,deny"
SecRule REQUEST_METHOD "@streq GET" "id:3,phase:1,pass,nolog"
SecRule REQUEST_HEADERS:X "@rx (a)\\1" "id:4,phase:1,pass"
`;

const entry = (url: string, ...headers: readonly { name: string; value: string }[]) => ({
  request: { method: 'GET', url, httpVersion: 'HTTP/1.1', headers },
});

const har = (...entries: readonly object[]): string => JSON.stringify({ log: { version: '1.2', entries } });

/** Measures for a moment, with RULES alone. */
function profileOwn(files: Readonly<Record<string, string>>, args: (folder: string) => readonly string[]) {
  ownCache();
  const folder = folderWith({ 'own.conf': RULES, ...files });
  const quick = ['--seconds', '0.02', '--no-crs', '--rules', join(folder, 'own.conf')];
  return profile([...args(folder), ...quick]);
}

const SESSION = har(
  entry('http://shop/?q=evil1&r=evil2'),
  entry('http://shop/?q=good'),
  entry('http://shop/?q=good', { name: 'X', value: 'baab' }),
  entry('http://shop/'),
);

describe('sluice rules profile', () => {
  it('gives means for a request, by rule and outside of rules', () => {
    const { text } = profileOwn({ 'a.har': SESSION }, (folder) => [
      '--har',
      join(folder, 'a.har'),
      '--json',
      '--level',
      '2',
    ]);
    const read = JSON.parse(text);
    expect(read).toMatchObject({
      requests: 4,
      denied: 1,
      // Two are of rules/sluice.conf.
      ruleCount: 6,
      policy: { paranoia: 2 },
      failures: [],
    });
    expect(read.inspections % 4).toBe(0);
    const rules = new Map(read.rules.map((rule: { id: number }) => [rule.id, rule]));
    expect([...rules.keys()].sort()).toEqual([1, 3, 4]);
    expect(rules.get(1)).toMatchObject({
      message: 'Evil numbers',
      phase: 2,
      line: 1,
      candidates: 0.25,
      confirmations: 0.5,
      matches: 0.25,
    });
    expect(rules.get(3)).toMatchObject({ candidates: 1, confirmations: 0, matches: 1 });
    expect(rules.get(4)).toMatchObject({ candidates: 1, confirmations: 0.25, matches: 0.25 });
    const costs = read.rules.map(({ micros }: { micros: number }) => micros);
    expect(costs).toEqual(costs.toSorted((a: number, b: number) => b - a));
    const { parse, transform, scan, walk, rules: inRules } = read.parts;
    expect(parse + transform + scan + walk + inRules).toBeCloseTo(read.partsMicros, 6);
    const total = costs.reduce((sum: number, each: number) => sum + each, 0);
    expect(total).toBeCloseTo(inRules, 6);
    expect(read.rules[0].share).toBeCloseTo(costs[0] / read.partsMicros, 9);
  });

  it('shows the dearest in a table, and what the others cost together', () => {
    const { text } = profileOwn({ 'a.har': SESSION }, (folder) => [
      '--har',
      join(folder, 'a.har'),
      '--top',
      '1',
    ]);
    expect(text).toMatch(/^4 requests, 1 denied; policy inspect, mode Block, paranoia level 1\n/);
    expect(text).toContain('3 of 6 rules were asked');
    expect(text.match(/own\.conf:\d/g)).toHaveLength(1);
    expect(text).toMatch(/2 more rules: [\d.]+ µs, [\d.]+ %/);
  });

  it('takes a URL, files and folders with requests, and several of them', () => {
    const raw = 'GET /?q=evil3 HTTP/1.1\r\nHost: shop\r\n\r\n';
    const { text } = profileOwn({ 'a.har': SESSION, 'one.txt': raw }, (folder) => {
      mkdirSync(join(folder, 'requests'));
      for (const name of ['1', '2']) writeFileSync(join(folder, 'requests', name), raw);
      return [
        ...['http://shop/?q=evil9', '--har', join(folder, 'a.har'), '--raw', join(folder, 'one.txt')],
        ...['--raw', join(folder, 'requests'), '--json'],
      ];
    });
    expect(JSON.parse(text)).toMatchObject({ requests: 8, denied: 5 });
  });

  it('tells of rules that fail', () => {
    const rules = 'SecPcreMatchLimit 10\nSecRule ARGS "@rx (a+)+\\1\\1b" "id:9,phase:2,deny"\n';
    const { text } = profileOwn({ 'own.conf': rules }, () => [`http://shop/?q=${'a'.repeat(60)}`]);
    expect(text).toContain('rule 9 failed: ');
  });

  it.each([
    ['nothing', '{"log":{"entries":[]}}', 'PROFILE_NO_REQUEST', 'a.har has no requests'],
    ['no HAR', '{"log":', 'INSPECT_NOT_HAR', 'a.har is no HAR file'],
    [
      'an entry without a URL',
      har(entry('http://shop/'), { request: { method: 'GET' } }),
      'INSPECT_NOT_HAR',
      'log.entries[1].request',
    ],
  ])('refuses a file with %s', (_, content, code, place) => {
    const call = () => profileOwn({ 'a.har': content }, (folder) => ['--har', join(folder, 'a.har')]);
    expect(call).toThrow(expect.objectContaining({ code, remedy: expect.stringMatching(/\S/) }));
    expect(call).toThrow(place);
  });

  it.each([
    [[], 'PROFILE_NO_REQUEST'],
    [['--har', '/nosuch.har'], 'INSPECT_UNREADABLE'],
    [['http://shop/', '--top', '0'], 'commander.invalidArgument'],
    [['http://shop/', '--seconds', 'x'], 'commander.invalidArgument'],
    [['http://shop/', '--level', '5'], 'commander.invalidArgument'],
  ])('refuses %j', (args, code) => {
    expect(() => profileOwn({}, () => args)).toThrow(expect.objectContaining({ code }));
  });

  it('says how far it is where it takes long', () => {
    const many = har(...Array.from({ length: 3 }, (_, index) => entry(`http://shop/?q=${index}`)));
    const { progress } = profileOwn({ 'a.har': many }, (folder) => ['--har', join(folder, 'a.har')]);
    expect(progress).toBe('');
  });
});
