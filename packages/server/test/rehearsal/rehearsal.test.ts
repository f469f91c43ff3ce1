import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Engine } from '@sluice/engine';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import type { InspectionRequest } from '../../src/inspector.ts';
import { createLog } from '../../src/log.ts';
import { createPoolInspector } from '../../src/pool/pool-inspector.ts';
import { REHEARSAL_LIMITS } from '../../src/rehearsal/limits.ts';
import { Rehearsals } from '../../src/rehearsal/rehearsals.ts';
import { RehearsingInspector } from '../../src/rehearsal/rehearsing-inspector.ts';
import { buildGeneration } from '../../src/rule-sets.ts';
import { NO_COVERAGE, openingOf, requestOf } from '../pool/support.ts';

const rule = (id: number, word: string): string =>
  `SecRule ARGS "@contains ${word}" "id:${id},phase:2,deny,log"\n`;
const HEAD = 'SecRuleEngine On\nSecRequestBodyAccess On\n';

const IN_FORCE = HEAD + rule(1, 'evil') + rule(2, 'former');
const CANDIDATE = HEAD + rule(1, 'evil') + rule(3, 'newer');

/** A small inspector with a candidate beside it. */
async function begin(candidate = CANDIDATE) {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-rehearsal-'));
  writeFileSync(join(folder, 'base.conf'), IN_FORCE);
  writeFileSync(join(folder, 'newer.conf'), candidate);
  const cacheDirectory = join(folder, 'cache');
  const engine = new Engine({ cacheDirectory });
  const text = `rules: {crs: false, candidate: ${folder}}\nlimits: {poolThreads: 0}\npolicies: {default: {mode: Block}}`;
  const config = parseConfig(text, join(folder, 'sluice.yaml'));
  const { generation } = buildGeneration({
    ...config,
    engine,
    id: 1,
    baseFiles: [join(folder, 'base.conf')],
  });
  const log = createLog('silent');
  const inner = await createPoolInspector({ engine, generation, limits: config.limits, log });
  const inspector = new RehearsingInspector(inner);
  const events: unknown[] = [];
  const rehearsals = new Rehearsals({
    inspector,
    cacheDirectory,
    baseFilesOf: () => [join(folder, 'newer.conf')],
    events: { accept: (event) => events.push(event) },
    log,
  });
  onTestFinished(async () => {
    await rehearsals.close();
    await inner.close();
    rmSync(folder, { recursive: true, force: true });
  });
  await rehearsals.begin(config, generation);
  const report = () => {
    const { report: now } = rehearsals;
    if (now === null) throw new TypeError('there is no candidate');
    return now;
  };
  const compared = (count: number): Promise<unknown> =>
    vi.waitFor(() => expect(report().compared).toBe(count), 60_000);
  return { inspector, events, report, compared };
}

const ask = (word: string, id: string): InspectionRequest => requestOf({ uri: `/?a=${word}`, id });

describe('a candidate', () => {
  it('judges copies, tells what differs with request ids, and decides nothing', async () => {
    const { inspector, events, report, compared } = await begin();
    expect(report()).toMatchObject({ state: 'running', addedRules: [3], removedRules: [2] });
    const verdicts = [];
    for (const [index, word] of ['evil', 'former', 'newer', 'hello', 'newer'].entries()) {
      verdicts.push((await inspector.inspect(ask(word, `r${index}`))).verdict.kind);
    }
    expect(verdicts).toEqual(['deny', 'deny', 'allow', 'allow', 'allow']);
    await compared(5);
    expect(report()).toMatchObject({
      verdicts: [
        { what: 'allow to deny', count: 2, requests: ['r2', 'r4'] },
        { what: 'deny to allow', count: 1, requests: ['r1'] },
      ],
      newMatches: [{ what: '3', count: 2, requests: ['r2', 'r4'] }],
      lostMatches: [{ what: '2', count: 1, requests: ['r1'] }],
      skipped: { busy: 0, body: 0, cut: 0, failed: 0 },
    });
    // Nothing matched in what it would let pass, so that there is no event of it.
    expect(events).toHaveLength(2);
    for (const event of events) expect(event).toMatchObject({ waf: { candidate: report().version } });
  });

  it('sees what streams as it was, in all its chunks', async () => {
    const { inspector, report, compared } = await begin();
    const exchange = inspector.open(openingOf({ body: 'a=newer', id: 's1' }));
    await exchange.requestHeaders();
    const chunk = Buffer.from('a=ne');
    await exchange.requestChunk(chunk);
    chunk.fill(0);
    await exchange.requestChunk(Buffer.from('wer'));
    expect(await exchange.requestEnd(false)).toEqual({ kind: 'allow' });
    await exchange.finish(NO_COVERAGE);
    await compared(1);
    expect(report().verdicts).toEqual([{ what: 'allow to deny', count: 1, requests: ['s1'] }]);
  });

  it('sees the body of a request that is there whole', async () => {
    const { inspector, report, compared } = await begin();
    const request = requestOf({ body: Buffer.from('a=newer'), id: 'w1' });
    expect((await inspector.inspect(request)).verdict).toEqual({ kind: 'allow' });
    request.body.fill(0);
    await compared(1);
    expect(report().verdicts).toEqual([{ what: 'allow to deny', count: 1, requests: ['w1'] }]);
  });

  it('holds nothing up: what it has no time for is counted', async () => {
    const { inspector, report, compared } = await begin();
    const { copiesMax, bodyBytesMax } = REHEARSAL_LIMITS;
    // In one turn of the event loop: no answer of the candidate can come.
    const answers = Array.from({ length: copiesMax + 10 }, (_, index) =>
      inspector.inspect(ask('hello', `r${index}`)),
    );
    expect(answers.every((answer) => !(answer instanceof Promise))).toBe(true);
    expect(report().skipped.busy).toBe(10);
    await compared(copiesMax);
    await inspector.inspect({ ...ask('hello', 'large'), body: new Uint8Array(bodyBytesMax + 1) });
    const open = inspector.open(openingOf({ body: 'a=b' }));
    await open.requestHeaders();
    open.abandon();
    expect(report().skipped).toEqual({ busy: 10, body: 1, cut: 1, failed: 0 });
    expect(report().compared).toBe(copiesMax);
  });

  it('is refused with the place of its mistake, and requests go on', async () => {
    const { inspector, report } = await begin('SecRule ARGZ "@rx a" "id:1"');
    expect(report().state).toBe('refused');
    expect(report().reason).toContain('newer.conf:1:9');
    expect((await inspector.inspect(ask('evil', 'r1'))).verdict.kind).toBe('deny');
  });
});
