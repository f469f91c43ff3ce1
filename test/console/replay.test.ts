/** What is said of a replay: the request as it is stored, judged by the real rules, and where that is no proof. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, SqliteStore } from '@sluice/hub';
import type { Document } from '@sluice/spool';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileDesk } from '../../packages/cli/src/console/desk.ts';
import type { ReplayAnswer } from '../../packages/console/src/policies/answers.ts';
import { replayOf } from '../../packages/console/src/policies/replay.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-replay-'));
const file = join(directory, 'sluice.yaml');
let store: EventStore;
let desk: FileDesk;
let count = 0;

beforeAll(async () => {
  store = await SqliteStore.open({ path: join(directory, 'events.db') });
  desk = new FileDesk({ file, store, log: pino({ level: 'silent' }) });
});

afterAll(async () => {
  await desk.close();
  await store.close();
  rmSync(directory, { recursive: true, force: true });
});

interface Told {
  readonly target?: string;
  readonly method?: string;
  readonly bytes?: number;
  readonly agent?: string;
  readonly action?: string;
  readonly rules?: readonly (readonly [id: string, variable: string])[];
}

const COMMAND = `/search?q=${encodeURIComponent('garden tools & find a rake')}`;

/** Stores an event of a request, and replays it with a policy. */
async function replayed(told: Told, policy: object = { mode: 'Block' }): Promise<ReplayAnswer> {
  count += 1;
  const { target = COMMAND, method = 'GET', bytes = 0, agent = 'Mozilla/5.0', action = 'deny' } = told;
  const rules = (told.rules ?? [['932235', 'ARGS:q']]).map(([id, variable]) => ({
    ...{ id, message: 'm', phase: 2, score: 5, data: '', targets_left_out: 0 },
    targets: [{ variable, value: 'v', score: 5 }],
  }));
  const document: Document = {
    '@timestamp': new Date().toISOString(),
    event: { id: `e${count}`, type: ['denied'], action },
    http: { request: { method, bytes }, version: '1.1' },
    url: { original: target, path: target.replace(/\?.*/, ''), domain: 'localhost:10000' },
    user_agent: { original: agent },
    source: { ip: '192.0.2.1' },
    rule: { id: '949110' },
    waf: {
      ...{ policy: 'shop', would_block: true, rules },
      scores: { blocking_inbound_anomaly_score: 5 * rules.length },
    },
  };
  await store.append([{ dataSet: 'waf', id: `e${count}`, source: '', document }]);
  writeFileSync(file, JSON.stringify({ policies: { shop: policy } }));
  return replayOf(`e${count}`, { store, desk });
}

describe('a replay', () => {
  it('of a whole request says what it is by the policy of now', async () => {
    const now = await replayed({});
    expect(now).toMatchObject({ exact: true, lost: [], missing: [], now: { blocks: true, score: 5 } });
    const exclusion = { rules: [932_235], targets: ['ARGS:q'], paths: ['/search'] };
    const then = await replayed({}, { mode: 'Block', exclusions: [exclusion] });
    expect(then).toMatchObject({
      exact: true,
      excluded: [{ rule: '932235', target: 'ARGS:q' }],
      now: { blocks: false, score: 0 },
    });
    const elsewhere = await replayed(
      {},
      { mode: 'Block', exclusions: [{ ...exclusion, paths: ['/other'] }] },
    );
    expect(elsewhere.now.blocks).toBe(true);
    const ended = { ...exclusion, expires: '2020-01-01' };
    expect((await replayed({}, { mode: 'Block', exclusions: [ended] })).now.blocks).toBe(true);
  });
  it('tells what each rule was asked about, from what was sent, with what it matched', async () => {
    const target = '/search?q=%253CScRiPt%253Ealert(1)';
    const { now } = await replayed({ target, rules: [['941110', 'ARGS:q']] });
    const [told] = now.rules.find(({ id }) => id === 941_110)?.targets ?? [];
    expect(told).toMatchObject({
      ...{ variable: 'ARGS:q', sent: '%3CScRiPt%3Ealert(1)' },
      steps: [{ transformation: 'urlDecodeUni', value: '<ScRiPt>alert(1)' }],
    });
    expect(told?.value.join('')).toBe('<ScRiPt>alert(1)');
    expect(told?.value[1]).toMatch(/^<ScRiPt/);
  });

  it('tells a number of many values that match, each cut where it is long', async () => {
    const values = Array.from({ length: 40 }, (_, index) => `a${index}=%253CsCript%253Ealert(1)`);
    const long = `q=%3Cscript%3E${'x'.repeat(4_000)}`;
    const target = `/search?${[...values, long].join('&')}`;
    const { now, missing } = await replayed({ target, rules: [['941110', 'ARGS:q']] });
    const told = now.rules.find(({ id }) => id === 941_110);
    expect([told?.targets.length, told?.targetsLeftOut]).toEqual([20, 21]);
    // What is not told is found all the same.
    expect(missing).toEqual([]);
    const lengths = now.rules.flatMap(({ targets }) => targets.map(({ sent }) => sent?.length ?? 0));
    expect(Math.max(...lengths)).toBeLessThan(1_100);
  });

  it('goes by the threshold and the paranoia level of now', async () => {
    expect((await replayed({}, { mode: 'Block', thresholds: { inbound: 10 } })).now).toMatchObject({
      blocks: false,
      threshold: 10,
    });
  });
  it('takes no text for what it was where it was masked, cut or no text', async () => {
    const { lost, exact } = await replayed({
      target: `${COMMAND}&token=***`,
      agent: `${'a'.repeat(2_048)}… (cut, 5000 bytes in all)`,
    });
    expect(exact).toBe(false);
    expect(lost).toEqual([expect.stringContaining('masked'), expect.stringContaining('too long')]);
    expect((await replayed({ agent: 'x\ufffdy' })).lost).toEqual([expect.stringContaining('no text')]);
  });
  it('of a request whose body matched passes by what is stored, and does not say that it would', async () => {
    const told = {
      method: 'POST',
      target: '/comments',
      bytes: 40,
      rules: [['932235', 'ARGS:comment']] as const,
    };
    const { now, exact, missing, lost } = await replayed(told);
    expect(now.blocks).toBe(false);
    expect(exact).toBe(false);
    expect(missing).toEqual([{ rule: '932235', target: 'ARGS:comment' }]);
    expect(lost).toEqual([expect.stringContaining('body of 40 bytes')]);
  });
  it('misses what matched in a header that is not stored', async () => {
    const { exact, missing } = await replayed({ target: '/', rules: [['932235', 'REQUEST_HEADERS:x-note']] });
    expect([exact, missing]).toEqual([false, [{ rule: '932235', target: 'REQUEST_HEADERS:x-note' }]]);
  });
  it('misses what matched there, too, where the same rule matches in what is stored', async () => {
    const rules = [
      ['932235', 'ARGS:q'],
      ['932235', 'REQUEST_HEADERS:x-note'],
    ] as const;
    const { exact, missing } = await replayed({ rules });
    expect([exact, missing]).toEqual([false, [{ rule: '932235', target: 'REQUEST_HEADERS:x-note' }]]);
  });
  it('of what could not be inspected is no proof', async () => {
    const { exact, lost } = await replayed({ action: 'uninspectable', rules: [] });
    expect([exact, lost]).toEqual([false, [expect.stringContaining('could not be inspected')]]);
  });
  it('is refused, with the reason, where there is no such policy or the file is wrong', async () => {
    await expect(replayed({}, { mode: 'Bloc' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    writeFileSync(file, JSON.stringify({ policies: { other: {} } }));
    await expect(replayOf('e1', { store, desk })).rejects.toMatchObject({
      code: 'DESK_REFUSED',
      details: { code: 'INSPECT_NO_POLICY' },
    });
  });
});
