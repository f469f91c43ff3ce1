/** Rules of strangers are compiled elsewhere: whatever they are, this process lives and says which rule it was. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EngineError } from '../../src/errors.ts';
import { type ChildUnitOptions, type CompileProgress, Engine, overlayFor } from '../../src/index.ts';
import { judge } from '../core/support.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-child-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const GOOD = `SecRule ARGS "@rx ev[i1]l" "id:1,phase:2,deny,status:418"
SecRule ARGS "@pm attack union" "id:2,phase:2,deny"`;
const sources = (text: string) => [{ path: 'tenant.conf', text }];

async function refusal(text: string, options: ChildUnitOptions = {}): Promise<EngineError> {
  try {
    await new Engine({ cacheDirectory: directory }).loadRulesInChild(sources(text), options);
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  return expect.fail('nothing was refused');
}

describe('rules that are compiled in a child', () => {
  it('judge as those that are compiled here, and are kept in the same place', async () => {
    const progress: CompileProgress[] = [];
    const engine = new Engine({ cacheDirectory: directory });
    const unit = await engine.loadRulesInChild(sources(GOOD), { onProgress: (step) => progress.push(step) });
    const verdict = (uri: string) =>
      judge(engine.ruleSet(unit, overlayFor({ name: 'x', mode: 'Block' })), { uri }).verdict;
    expect(verdict('/?a=ev1l')).toMatchObject({ kind: 'deny', ruleId: 1, status: 418 });
    expect(verdict('/?a=union')).toMatchObject({ kind: 'deny', ruleId: 2 });
    expect(verdict('/?a=b')).toMatchObject({ kind: 'allow' });
    expect(progress.filter(({ total }) => total === 2)).toContainEqual({ done: 1, total: 2, ruleId: 2 });
    expect(progress.at(-1)).toEqual({ done: 2, total: 2, ruleId: null });
    // Neither a second child nor a compilation here.
    const again: CompileProgress[] = [];
    await engine.loadRulesInChild(sources(GOOD), { onProgress: (step) => again.push(step) });
    engine.loadRules(sources(GOOD), { onProgress: (step) => again.push(step) });
    expect(again).toEqual([]);
    expect(readdirSync(directory)).toHaveLength(2);
  });

  it('need no cache, and leave nothing behind without one', async () => {
    const before = readdirSync(tmpdir()).filter((name) => name.startsWith('sluice-compile-'));
    await new Engine({ cacheDirectory: null }).loadRulesInChild(sources(GOOD));
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('sluice-compile-'))).toEqual(before);
  });

  it('are refused with the place of a mistake, and its line', async () => {
    const error = await refusal(`${GOOD}\nSecRule ARGS "@rx (a" "id:3,phase:2,deny"`);
    expect(error).toMatchObject({ code: 'PATTERN_SYNTAX', position: { file: 'tenant.conf', line: 3 } });
    expect(error.message).toContain('SecRule ARGS "@rx (a"');
    const here = new Engine({ cacheDirectory: null });
    let expected: unknown;
    try {
      here.loadRules(sources(`${GOOD}\nSecRule ARGS "@rx (a" "id:3,phase:2,deny"`));
    } catch (thrown) {
      expected = thrown;
    }
    expect(expected).toMatchObject({ message: error.message, remedy: error.remedy });
  });

  it('read files of their own folder only, and none where there is no such folder', async () => {
    writeFileSync(join(directory, 'words.data'), 'evil');
    const text = `SecRule ARGS "@pmFromFile ${join(directory, 'words.data')}" "id:4,phase:2,deny"`;
    // Also where somebody who may read them has them in the cache.
    new Engine({ cacheDirectory: directory }).loadRules(sources(text));
    expect((await refusal(text)).code).toBe('RULE_FILE_UNREADABLE');
    expect((await refusal(text, { filesRoot: join(directory, 'none') })).code).toBe('RULE_FILE_UNREADABLE');
    const outside = `SecRule ARGS "@pmFromFile /etc/hostname" "id:4,phase:2,deny"`;
    expect((await refusal(outside, { filesRoot: directory })).code).toBe('RULE_FILE_UNREADABLE');
    const engine = new Engine({ cacheDirectory: join(directory, 'cache') });
    await engine.loadRulesInChild(sources(text), { filesRoot: directory });
  });
});

/** Minutes and gigabytes in Hyperscan. */
const HUNGRY = `${'(?:[a-f]'.repeat(60)}x${')+'.repeat(60)}`;
/** Takes 60 MiB. */
const WORDS = `(?:${Array.from({ length: 2_000 }, (_, i) => `w${(i * 7_919) % 99_991}`).join('|')}).{0,500}x`;

describe('a pattern that costs too much', () => {
  const bombs: Readonly<Record<string, string>> = {
    'nested stars': `${'('.repeat(300)}a${')*'.repeat(300)}b`,
    'nested pluses of classes': `${'(?:[a-f]'.repeat(40)}x${')+'.repeat(40)}`,
    'large repeats in one another': '(?:(?:(?:a{1,50}b){1,50}c){1,50}d){1,50}',
    'a giant repeat': '(?:ab.{0,1000}){1,200}x',
    'a gap of any width between many words': Array.from({ length: 60 }, (_, i) => `w${i}.{1,900}`).join('x'),
  };

  it.each(Object.entries(bombs))(
    '%s: compiles, or ends with an error that names the rule',
    async (_, pattern) => {
      const text = `${GOOD}\nSecRule ARGS "@rx ${pattern}" "id:77,phase:2,deny"`;
      const engine = new Engine({ cacheDirectory: directory });
      const limits = { wallMillisMax: 6_000, memoryBytesMax: 256 * 1024 * 1024 };
      try {
        const unit = await engine.loadRulesInChild(sources(text), { limits });
        const ruleSet = engine.ruleSet(unit, overlayFor({ name: 'x', mode: 'Block' }));
        expect(judge(ruleSet, { uri: '/?a=ev1l' }).verdict.kind).toBe('deny');
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        expect(['COMPILE_LIMIT', 'PATTERN_UNSUPPORTED', 'PATTERN_SYNTAX']).toContain(error.code);
        if (error.code === 'COMPILE_LIMIT') expect(error.message).toContain('rule 77');
        else expect(error.position?.line).toBe(3);
      }
    },
  );

  it('is ended for its time, and named', async () => {
    const text = `${GOOD}\nSecRule ARGS "@rx ${HUNGRY}" "id:78,phase:2,deny"`;
    const error = await refusal(text, { limits: { wallMillisMax: 4_000 } });
    expect(error).toMatchObject({
      code: 'COMPILE_LIMIT',
      details: { rule: 'rule 78', reason: 'over 4000 ms' },
    });
  });

  it('is ended for its memory', async () => {
    const error = await refusal(`${GOOD}\nSecRule ARGS "@rx ${WORDS}" "id:79,phase:2,deny"`, {
      limits: { memoryBytesMax: 28 * 1024 * 1024 },
    });
    expect(error.code).toBe('COMPILE_LIMIT');
    expect(error.message).toContain('rule 79');
  });
});
