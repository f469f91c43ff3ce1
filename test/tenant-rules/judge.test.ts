/** The process in which RuleSets are judged: bounded, begun anew, and asked once for each place. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { type JudgeOptions, RuleSetJudge } from '../../packages/controller/src/rules/judge/judge.ts';
import type { RulePlace } from '../../packages/controller/src/rules/verdict.ts';
import { tenant } from './bench.ts';

const undo: (() => void)[] = [];

afterEach(() => {
  for (const action of undo.splice(0)) action();
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'sluice-judge-'));
  undo.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** A small base: what is tried here is the process. */
async function judgeOn(cacheDirectory: string, options: Partial<JudgeOptions> = {}): Promise<RuleSetJudge> {
  const file = join(folder(), 'base.conf');
  writeFileSync(file, 'SecRule ARGS "@streq base" "id:942100,phase:2,deny"');
  const judge = new RuleSetJudge({ baseFiles: [file], cacheDirectory, ...options });
  undo.push(() => judge.end());
  await judge.start();
  return judge;
}

const place = (...texts: readonly string[]): RulePlace => ({
  name: 'shop/web',
  settings: {},
  candidates: texts.map((before, index) => tenant({ before }, {}, `shop/own${index}`)),
});

const GOOD = 'SecRule ARGS "@streq x" "id:1,phase:2,deny"';
/** Takes RE2 and Hyperscan long, each on its own. */
const HEAVY = `SecRule ARGS "@rx ${Array.from({ length: 60 }, (_, i) => `(?:[a-z]{1,${200 + i}}x[^y]{1,300}){1,3}`).join('|')}" "id:2,phase:2,deny"`;

it('judges, and answers the planner at once when it is known', async () => {
  const onVerdict = vi.fn();
  const judge = await judgeOn(folder(), { onVerdict });
  const asked = place(GOOD);
  const [candidate] = asked.candidates;
  if (candidate === undefined) return;
  expect(judge.of(candidate, asked)).toBeNull();
  await vi.waitFor(() => expect(onVerdict).toHaveBeenCalledTimes(1));
  expect(judge.of(candidate, asked)).toMatchObject({ kind: 'ok', ids: [1] });
});

it('does not let a denial become a score', async () => {
  const judge = await judgeOn(folder());
  const asked = place('SecRuleUpdateActionById 942100 "pass"', 'SecRuleUpdateActionById 942100 "drop"');
  const verdicts = await judge.judge(asked);
  expect(verdicts.get('shop/own0')).toMatchObject({ kind: 'refused', reason: 'ProtectedRule' });
  expect(verdicts.get('shop/own1')).toMatchObject({ kind: 'ok' });
});

it('ends what takes too long, names the rule, and goes on', async () => {
  const judge = await judgeOn(folder(), { limits: { placeMillisMax: 1_500 } });
  const verdicts = await judge.judge(place(HEAVY));
  expect(verdicts.get('shop/own0')).toMatchObject({ kind: 'refused', reason: 'TooLarge' });
  expect((await judge.judge(place(GOOD))).get('shop/own0')).toMatchObject({ kind: 'ok' });
});

it('finds which of several is too much', async () => {
  const judge = await judgeOn(folder(), { limits: { placeMillisMax: 1_500 } });
  const verdicts = await judge.judge(place(GOOD, HEAVY));
  expect(verdicts.get('shop/own0')).toMatchObject({ kind: 'ok' });
  expect(verdicts.get('shop/own1')).toMatchObject({ kind: 'refused', reason: 'TooLarge' });
});

it('does not judge again what was judged before it was started', async () => {
  const cache = folder();
  const base = join(folder(), 'base.conf');
  writeFileSync(base, GOOD.replace('id:1', 'id:942100'));
  const options = { baseFiles: [base], cacheDirectory: cache };
  const first = new RuleSetJudge(options);
  undo.push(() => first.end());
  await first.start();
  await first.judge(place(GOOD));
  first.end();
  const kept = join(cache, 'verdicts');
  expect(readdirSync(kept)).toHaveLength(1);
  const second = new RuleSetJudge(options);
  undo.push(() => second.end());
  await second.start();
  const asked = place(GOOD);
  const [candidate] = asked.candidates;
  if (candidate === undefined) return;
  expect(second.of(candidate, asked)).toMatchObject({ kind: 'ok' });
});

it('takes a kept verdict that is damaged for none', async () => {
  const cache = folder();
  const judge = await judgeOn(cache);
  await judge.judge(place(GOOD));
  const [name = ''] = readdirSync(join(cache, 'verdicts'));
  const other = folder();
  mkdirSync(join(other, 'verdicts'));
  cpSync(cache, other, { recursive: true });
  writeFileSync(join(other, 'verdicts', name), '[["shop/own0",{"kind":"ok"}]]');
  const second = await judgeOn(other);
  expect((await second.judge(place(GOOD))).get('shop/own0')).toMatchObject({ kind: 'ok', ids: [1] });
});

it('says why where the base does not load', async () => {
  const judge = new RuleSetJudge({ baseFiles: ['/nowhere/base.conf'], cacheDirectory: folder() });
  undo.push(() => judge.end());
  await expect(judge.start()).rejects.toThrow(expect.objectContaining({ code: 'JUDGE_FAILED' }));
});
