/** The move of a shop from Detect to Block: each look is a run of the command of its own, as after a restart, at a time that the test says. */
import { readFileSync, writeFileSync } from 'node:fs';
import { type EventStore, parseQuery, SqliteStore, schemaOf } from '@sluice/hub';
import type { Document } from '@sluice/spool';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { runExclude } from '../../packages/cli/src/promote/exclude.ts';
import { runExclusions } from '../../packages/cli/src/promote/exclusions.ts';
import { type MoveFlags, runMove, runStop } from '../../packages/cli/src/promote/move/command.ts';
import { Mover } from '../../packages/cli/src/promote/move/mover.ts';
import { planPath, readPlan } from '../../packages/cli/src/promote/move/plan-file.ts';
import { loadConfig } from '../../packages/server/src/index.ts';
import { DAY_MILLIS, type DayOptions, day, MORNING } from './promote-day.ts';
import { Gateway, type Outcome } from './promote-traffic.ts';

const HOUR = 3_600_000;
/** Configurations are read at the machine's own time: no exclusion of a test may have ended by then. */
const CENTURY_DAYS = 36_525;
const TEXT = `# The shop's.
policies:
  shop:
    mode: Detect   # since the launch
select:
  destinations: [{policy: shop, ports: [8080]}]
`;

let directory: TemporaryDirectory;
let store: EventStore;
let config: string;
let now: number;

beforeEach(async () => {
  directory = new TemporaryDirectory('sluice-move-');
  store = await SqliteStore.open({ path: directory.join('events.db') });
  config = directory.join('sluice.yaml');
  writeFileSync(config, TEXT);
  now = MORNING + DAY_MILLIS;
  await serve({ from: MORNING, length: DAY_MILLIS });
});

afterEach(async () => {
  await store.close();
  directory.remove();
});

const served = (): EventStore =>
  new Proxy(store, { get: (of, name) => (name === 'close' ? async () => {} : bound(of, name)) });
const bound = (of: EventStore, name: string | symbol): unknown => {
  const value = Reflect.get(of, name);
  return typeof value === 'function' ? value.bind(of) : value;
};

const environment = () => ({
  stdout: { write: () => true },
  stderr: { write: () => true },
  variables: { SLUICE_STORE: `sqlite:${directory.join('events.db')}` },
  now: () => now,
  open: async () => served(),
  signal: new AbortController().signal,
});

/** What the server in front of the shop does meanwhile: it has the file as it is. */
const serve = (options: DayOptions): Promise<readonly Outcome[]> =>
  new Gateway(loadConfig(config)).serve(day(options), store);

const ASKED = { since: '2d', wait: false };

const look = (): Promise<number> => {
  const flags: MoveFlags = {
    ...{ ...ASKED, config, route: ['/api/*'], percent: '25,60', hold: '30m', lag: '1m', every: '30s' },
    ...{ tolerate: '0', once: true },
  };
  return runMove('shop', flags, environment());
};

const exclude = (): Promise<number> =>
  runExclude(
    'shop',
    { ...ASKED, config, yes: true, owner: 'team-shop', expires: `${CENTURY_DAYS}d` },
    environment(),
  );

const plan = () => readPlan(planPath(config, 'shop'));

const mode = () => {
  const { mode: own, staged } = loadConfig(config).policies.shop ?? {};
  return { mode: own, staged };
};

async function toldEvents(): Promise<readonly Document[]> {
  const query = parseQuery('"event.category" = "configuration"', schemaOf('waf'));
  const { documents } = await store.search({
    dataSet: 'waf',
    query,
    size: 50,
    sort: { field: '@timestamp', order: 'asc' },
  });
  return documents.map(({ document }) => document);
}

const actions = async (): Promise<readonly string[]> =>
  (await toldEvents()).map(({ event }) => String(Object(event).action));

interface Hour {
  readonly mode: ReturnType<typeof mode>;
  readonly outcomes: readonly Outcome[];
}

/** An hour of traffic and a look, until the move is at its end. */
async function hours(
  meets: (hour: number) => DayOptions['meets'] = () => undefined,
): Promise<readonly Hour[]> {
  const all: Hour[] = [];
  for (let hour = 0; hour < 12 && plan()?.state === 'moving'; hour++) {
    const so = mode();
    const met = meets(hour);
    const outcomes = await serve({
      ...{ from: now, length: HOUR, attacks: 48, each: 20, plain: 40 },
      ...(met === undefined ? {} : { meets: met }),
    });
    all.push({ mode: so, outcomes });
    now += HOUR;
    await look();
  }
  return all;
}

const denied = ({ outcomes }: Hour, isAttack: boolean): number =>
  outcomes.filter(({ visit, denied: is }) => visit.isAttack === isAttack && is).length;

describe('a move in stages', () => {
  it('does not begin while false positives are left', async () => {
    await expect(look()).rejects.toMatchObject({ code: 'PROMOTE_NOT_READY' });
    expect(readFileSync(config, 'utf8')).toBe(TEXT);
    expect(plan()).toBeNull();
  });

  it('lists exclusions with owner, end, SecLang and what they took from stored requests', async () => {
    await exclude();
    now += (CENTURY_DAYS + 1) * DAY_MILLIS;
    let out = '';
    const flags = { ...ASKED, config, since: '40000d', json: true as const };
    const stdout = { write: (text: string) => (out += text) };
    expect(await runExclusions('shop', flags, { ...environment(), stdout })).toBe(0);
    const { exclusions } = JSON.parse(out);
    expect(exclusions).toHaveLength(3);
    expect(exclusions[0]).toMatchObject({
      ...{ hits: 68, expired: true, exclusion: { owner: 'team-shop', paths: ['/api/pages'] } },
      last: expect.any(Number),
      secLang: expect.stringContaining('ruleRemoveTargetById=941100,941170,941210;ARGS:/'),
    });
    expect(loadConfig(config).policies.shop?.exclusions).toHaveLength(3);
  });

  it('ends in Block, with every attack denied and nobody else', async () => {
    expect(await exclude()).toBe(0);
    const { shop } = loadConfig(config).policies;
    expect(shop?.exclusions).toHaveLength(3);
    expect(shop?.exclusions[0]?.expires).toBe(now + CENTURY_DAYS * DAY_MILLIS);
    await look();
    const passed = await hours();
    expect(passed.map((hour) => hour.mode)).toEqual([
      { mode: 'Detect', staged: { paths: ['/api/*'], percent: 0 } },
      { mode: 'Detect', staged: { paths: ['/api/*'], percent: 25 } },
      { mode: 'Detect', staged: { paths: ['/api/*'], percent: 60 } },
      { mode: 'Block', staged: null },
    ]);
    expect(passed.map((hour) => denied(hour, false))).toEqual([0, 0, 0, 0]);
    const [route = 0, some = 0, more = 0, whole = 0] = passed.map((hour) => denied(hour, true));
    expect(route).toBe(8);
    expect(some).toBeGreaterThanOrEqual(route);
    expect(more).toBeGreaterThanOrEqual(some);
    expect(whole).toBe(48);
    expect(plan()?.state).toBe('done');
    expect(mode()).toEqual({ mode: 'Block', staged: null });
    expect(readFileSync(config, 'utf8')).toContain("# The shop's.");
    expect(await actions()).toEqual([...Array.from({ length: 4 }, () => 'promote-stage'), 'promote-done']);
  });

  it('falls back where a false positive comes in mid-move, and says so', async () => {
    await exclude();
    await look();
    const meets = (hour: number): DayOptions['meets'] =>
      hour < 2 ? undefined : ['comment', 'page', 'hook', 'snippet'];
    const passed = await hours(meets);
    expect(passed).toHaveLength(3);
    expect(plan()?.state).toBe('fallen back');
    expect(mode()).toEqual({ mode: 'Detect', staged: null });
    const last = (await toldEvents()).at(-1);
    expect(last).toMatchObject({ event: { action: 'promote-fell-back' }, waf: { policy: 'shop' } });
    expect(String(Object(last?.event).reason)).toMatch(
      /20 requests .* rule 932130 in ARGS:code at \/snippets, 20 sources/,
    );
    // The exclusions stay, and the next move waits until somebody has looked.
    expect(loadConfig(config).policies.shop?.exclusions).toHaveLength(3);
    await expect(look()).rejects.toMatchObject({ code: 'PROMOTE_NOT_READY' });
    const [after] = [await serve({ from: now, length: HOUR, attacks: 10, each: 5, plain: 5 })];
    expect(after.filter(({ denied: is }) => is)).toEqual([]);
  });

  it('goes on where it was killed between the plan and the configuration', async () => {
    await exclude();
    await look();
    now += HOUR;
    const killed = new Mover({
      ...{ planPath: planPath(config, 'shop'), store, now: () => now, complain: () => {} },
      apply: () => Promise.reject(new TypeError('killed')),
    });
    await expect(killed.look()).rejects.toThrow('killed');
    expect(plan()).toMatchObject({ stage: 1, since: null });
    expect(mode().staged?.percent).toBe(0);
    await look();
    expect(plan()).toMatchObject({ stage: 1, since: new Date(now).toISOString() });
    expect(mode().staged?.percent).toBe(25);
    // Its time is counted from when it was in force.
    now += 10 * 60_000;
    await look();
    expect(plan()?.stage).toBe(1);
  });

  it('tells what it has done once the store takes it', async () => {
    await exclude();
    await look();
    const [before] = [await actions()];
    now += HOUR;
    const complaints: unknown[] = [];
    const deaf = new Proxy(served(), {
      get: (of, name) => (name === 'append' ? () => Promise.reject(new TypeError('away')) : bound(of, name)),
    });
    const mover = (to: EventStore) =>
      new Mover({
        ...{ planPath: planPath(config, 'shop'), store: to, now: () => now },
        ...{ apply: async () => true, complain: (error: unknown) => complaints.push(error) },
      });
    await mover(deaf).look();
    expect([complaints.length, await actions()]).toEqual([1, before]);
    await mover(store).look();
    expect(await actions()).toEqual(['promote-stage', 'promote-stage']);
  });

  it('goes back to Detect by hand only where the name is said once more', async () => {
    await exclude();
    await look();
    const stop = (confirm?: string) =>
      runStop(
        'shop',
        { config, back: true, wait: false, ...(confirm === undefined ? {} : { confirm }) },
        environment(),
      );
    for (const wrong of [undefined, 'sho', 'default']) {
      await expect(stop(wrong)).rejects.toMatchObject({ code: 'PROMOTE_CONFIRMATION' });
    }
    expect(mode().staged).not.toBeNull();
    await stop('shop');
    expect([mode(), plan()?.state]).toEqual([{ mode: 'Detect', staged: null }, 'stopped']);
  });
});
