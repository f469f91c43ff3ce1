/** Moves that the hub looks after: what could not be done is done by the next look, and what was asked for and failed can be asked for again. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStore, HubError, SqliteStore } from '@sluice/hub';
import type { MovePlan } from '@sluice/hub/promote';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileDesk } from '../../packages/cli/src/console/desk.ts';
import type { AwaitReload } from '../../packages/cli/src/promote/edit.ts';
import { RulesUpdateError } from '../../packages/cli/src/rules-update/errors.ts';

const applied: AwaitReload = async () => ({
  ...{ outcome: 'applied' as const, reason: '', atMillis: Date.now(), revision: null },
});
const refused: AwaitReload = async () => ({
  ...{ outcome: 'refused' as const, reason: 'no memory', atMillis: Date.now(), revision: null },
});
const nobody: AwaitReload = async () => {
  throw new RulesUpdateError('RULES_UPDATE_UNREACHABLE', { reason: 'admin is switched off' });
};

const BLOCK = 'policies: { shop: { mode: Block } }\n';
const HELD = {
  ...{ version: 1, workload: 'shop', policy: 'shop', stage: 0, since: null, tolerated: 0 },
  ...{ stages: [{ kind: 'whole' }], began: new Date().toISOString(), holdMillis: 60_000, lagMillis: 0 },
  history: [
    { at: new Date().toISOString(), what: 'fell back', says: 'shop is in Detect again', told: false },
  ],
};
const ASKED = { policy: 'shop', paths: ['/cart'], percents: [], holdMillis: 60_000, tolerated: 0 };

let directory: string;
let file: string;
let store: EventStore;
const desks: FileDesk[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-moves-'));
  file = join(directory, 'sluice.yaml');
  store = await SqliteStore.open({ path: join(directory, 'events.db') });
});

afterEach(async () => {
  await Promise.all(desks.splice(0).map((desk) => desk.close()));
  await store.close();
  rmSync(directory, { recursive: true });
});

function deskWith(awaitReload: AwaitReload, into: EventStore = store): FileDesk {
  const desk = new FileDesk({ ...{ file, store: into, log: pino({ level: 'silent' }) }, awaitReload });
  desks.push(desk);
  return desk;
}

/** As a hub leaves it that was killed. */
function leave(plan: object, text: string): void {
  writeFileSync(file, text);
  writeFileSync(join(directory, 'promote-shop.json'), JSON.stringify({ ...HELD, ...plan }));
  writeFileSync(mark(), '');
}

const mark = (): string => join(directory, 'promote-shop.json.console');

async function planOf(desk: FileDesk): Promise<MovePlan> {
  const [plan] = await desk.moves();
  if (plan === undefined) throw new TypeError('no plan');
  return plan;
}

const modeIn = async (desk: FileDesk): Promise<string | undefined> => (await desk.policies())[0]?.mode;

describe('a fall back', () => {
  it('that a hub was killed in is brought into force and told by the next', async () => {
    leave({ state: 'fallen back' }, BLOCK);
    const desk = deskWith(applied);
    await expect.poll(() => existsSync(mark())).toBe(false);
    expect(await modeIn(desk)).toBe('Detect');
    const { since, history } = await planOf(desk);
    expect(since).not.toBeNull();
    expect(history.every(({ told }) => told)).toBe(true);
    expect((await store.stats()).documents.waf).toBe(1);
  });

  it('that the server has refused is tried again', async () => {
    leave({ state: 'fallen back' }, BLOCK);
    await deskWith(refused).close();
    expect([readFileSync(file, 'utf8'), existsSync(mark())]).toEqual([BLOCK, true]);
    const next = deskWith(applied);
    await expect.poll(() => modeIn(next)).toBe('Detect');
  });

  it('of which no server can be asked is told all the same', async () => {
    leave({ state: 'fallen back' }, BLOCK);
    const first = deskWith(nobody);
    await first.close();
    expect([await modeIn(first), existsSync(mark())]).toEqual(['Detect', true]);
    const next = deskWith(nobody);
    await expect.poll(async () => (await planOf(next)).history.every(({ told }) => told)).toBe(true);
  });

  it('is not written over by another move before it is in force', async () => {
    leave({ state: 'fallen back' }, BLOCK);
    const desk = deskWith(refused);
    await expect(desk.beginMove(ASKED)).rejects.toMatchObject({ code: 'PROMOTE_PLAN' });
    expect((await planOf(desk)).state).toBe('fallen back');
  });
});

it('the end of a move that the store did not take is told by a later look', async () => {
  const since = new Date().toISOString();
  leave({ state: 'done', since }, BLOCK);
  const full: EventStore = Object.create(store, {
    append: { value: () => Promise.reject(new HubError('STORE_UNAVAILABLE', { reason: 'full' })) },
  });
  const first = deskWith(applied, full);
  await first.close();
  expect([existsSync(mark()), (await planOf(first)).history[0]?.told]).toEqual([true, false]);
  const next = deskWith(applied);
  await expect.poll(async () => (await planOf(next)).history[0]?.told).toBe(true);
});

describe('the way back to Detect', () => {
  const moving = { state: 'moving', since: new Date().toISOString(), history: [] };

  it('that fails leaves a move that can be stopped again', async () => {
    leave(moving, BLOCK);
    const failing = deskWith(refused);
    await expect(failing.stopMove('shop', true)).rejects.toMatchObject({ code: 'PROMOTE_NOT_IN_FORCE' });
    expect([await modeIn(failing), (await planOf(failing)).state]).toEqual(['Block', 'moving']);
    await failing.close();
    const desk = deskWith(applied);
    expect(await desk.stopMove('shop', true)).toBeNull();
    expect([await modeIn(desk), (await planOf(desk)).state]).toEqual(['Detect', 'stopped']);
    expect(existsSync(mark())).toBe(false);
  });

  it('of which no server can be asked says so, and is done', async () => {
    leave(moving, BLOCK);
    const desk = deskWith(nobody);
    expect(await desk.stopMove('shop', true)).toMatch(/admin is switched off/);
    expect([await modeIn(desk), (await planOf(desk)).state]).toEqual(['Detect', 'stopped']);
  });
});

it('of two moves that begin at once one does', async () => {
  writeFileSync(file, 'policies: { shop: {} }\n');
  const desk = deskWith(applied);
  const asked = [ASKED, { ...ASKED, paths: ['/pay'] }].map((each) => desk.beginMove(each));
  const came = await Promise.allSettled(asked);
  expect(came.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const won = came[0]?.status === 'fulfilled' ? '/cart' : '/pay';
  expect((await planOf(desk)).stages[0]).toMatchObject({ paths: [won] });
  expect(readFileSync(file, 'utf8')).toContain(`paths: [${won}]`);
});
