/** Threads of a process use one database: the memory of one, the verdicts of each. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { HyperscanError } from '@sluice/hyperscan-js';
import { describe, expect, it } from 'vitest';
import type { RuleUnit } from '../../src/index.ts';
import { engine, judge, ruleSetOf } from '../core/support.ts';

const RULES = `SecRule ARGS "@rx (?i)ev[il]{2}" "id:1,phase:1,deny,capture,msg:'%{tx.0}'"
SecRule ARGS "@pm attack union" "id:2,phase:2,deny,status:418"
SecRule ARGS:/^x/ "@rx ^(a)\\1$" "id:3,phase:2,deny"`;
const URIS = ['/?a=EVIL', '/?a=union', '/?xy=aa', '/?y=aa', '/', '/?a=%65vil&b=attack'];

const load = (): RuleUnit => engine.loadRules([{ path: 'test.conf', text: RULES }]);

async function inThread(unit: RuleUnit): Promise<{ verdicts: unknown; token: number | null }> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: { unit: engine.shareUnit(unit), uris: URIS },
  });
  const [answer] = await once(worker, 'message');
  await worker.terminate();
  return answer;
}

describe('a shared unit', () => {
  it('judges in three threads at once as it does here, with the same databases', async () => {
    const unit = load();
    const expected = URIS.map((uri) => judge(ruleSetOf(RULES), { uri }).verdict);
    const answers = await Promise.all([inThread(unit), inThread(unit), inThread(unit)]);
    const { tokens } = engine.shareUnit(unit).prefilter;
    expect(tokens.length).toBeGreaterThan(0);
    for (const answer of answers) expect(answer).toEqual({ verdicts: expected, tokens });
    // What the threads held is given back, and the unit goes on.
    expect((await inThread(unit)).verdicts).toEqual(expected);
  });

  it('is plain data: a clone of it opens as well, frozen', () => {
    const unit = load();
    const opened = engine.openShared(structuredClone(engine.shareUnit(unit)));
    expect(Object.isFrozen(opened.program) && Object.isFrozen(opened.program.items[0])).toBe(true);
    expect(opened.prefilter.slots).toEqual(unit.prefilter.slots);
    expect(opened.patterns).toEqual(unit.patterns);
  });

  it('needs no database where nothing is scanned', () => {
    const unit = engine.loadRules([{ path: 'test.conf', text: 'SecAction "id:1,phase:1,pass"' }]);
    const shared = engine.shareUnit(unit);
    expect(shared.prefilter.tokens).toEqual([]);
    expect(engine.openShared(shared).prefilter.slotCount).toBe(0);
  });

  it('cannot be opened where nobody has it', () => {
    const shared = engine.shareUnit(load());
    const gone = { ...shared, prefilter: { ...shared.prefilter, tokens: [7] } };
    expect(() => engine.openShared(gone)).toThrow(HyperscanError);
  });
});
