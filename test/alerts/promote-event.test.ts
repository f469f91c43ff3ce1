/** Exclusions for one event of a day of a shop: what is foretold of them is what becomes of the day with them in force. */
import { type EventStore, SqliteStore } from '@sluice/hub';
import {
  type BlockedEvent,
  blockedEvent,
  choicesOf,
  type ExclusionObject,
  effectOf,
  exclusionsFor,
} from '@sluice/hub/promote';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { parseConfig } from '../../packages/server/src/index.ts';
import { DAY_MILLIS, day, MORNING } from './promote-day.ts';
import { Gateway } from './promote-traffic.ts';

const directory = new TemporaryDirectory('sluice-promote-event-');
const window = { from: MORNING, to: MORNING + DAY_MILLIS };

const configOf = (exclusions: readonly object[]) =>
  parseConfig(
    JSON.stringify({
      policies: { shop: { mode: 'Detect', exclusions } },
      select: { destinations: [{ policy: 'shop', ports: [8080] }] },
    }),
    'sluice.yaml',
  );

let store: EventStore;
let refusedBefore: number;
let rounds = 0;

beforeAll(async () => {
  store = await SqliteStore.open({ path: directory.join('events.db') });
  const outcomes = await new Gateway(configOf([])).serve(day(), store);
  refusedBefore = outcomes.filter(({ wouldBlock }) => wouldBlock).length;
});

afterAll(async () => {
  await store.close();
  directory.remove();
});

/** The newest event of a path that is, or is not, one of an attacker. */
async function eventAt(path: string, source: RegExp): Promise<BlockedEvent> {
  const { documents } = await store.search({ dataSet: 'waf', query: { kind: 'all' }, size: 1_000 });
  for (const { id, document } of documents) {
    const event = blockedEvent(id, document);
    if (event?.path.startsWith(path) && source.test(event.source)) return event;
  }
  throw new TypeError(`no event at ${path}`);
}

const USER = /^198\./;
const ATTACKER = /^203\./;

/** With the exclusions in force: how many of the day are not refused any more, and how many attacks among them. */
async function cleared(exclusions: readonly ExclusionObject[]): Promise<{ passes: number; attacks: number }> {
  rounds += 1;
  const other = await SqliteStore.open({ path: directory.join(`after-${rounds}.db`) });
  const after = await new Gateway(configOf(exclusions)).serve(day(), other);
  await other.close();
  const refused = after.filter(({ wouldBlock }) => wouldBlock);
  const attacks = refused.filter(({ visit }) => visit.isAttack).length;
  return { passes: refusedBefore - refused.length, attacks: 200 - attacks };
}

describe('an exclusion for one event', () => {
  it.each(['/posts/', '/settings/hooks', '/api/pages'])(
    'of a user at %s is the least that lets it pass',
    async (path) => {
      const event = await eventAt(path, USER);
      const { choices, leftOut, scopes } = choicesOf(event, []);
      const needed = choices.filter((each) => each.needed);
      expect(leftOut).toBeNull();
      expect(scopes).toContain('path');
      expect(needed.length).toBeGreaterThan(0);
      for (const one of needed) {
        const rest = exclusionsFor(
          event,
          needed.filter((each) => each !== one),
          { scope: 'path', reason: '' },
        );
        const less = await effectOf(store, {
          policy: event.policy,
          event,
          exclusions: rest,
          inForce: [],
          ...window,
        });
        expect(less.clears).toBe(false);
      }
      const exclusions = exclusionsFor(event, needed, { scope: 'path', reason: 'mistaken' });
      expect(exclusions[0]?.paths).toEqual([event.path]);
      const effect = await effectOf(store, {
        policy: event.policy,
        event,
        exclusions,
        inForce: [],
        ...window,
      });
      expect(effect).toMatchObject({ clears: true, attacks: 0, isCut: false });
      expect(await cleared(exclusions)).toEqual({ passes: effect.passes, attacks: 0 });
    },
  );

  it('foretells how many pass with a broader one', async () => {
    const event = await eventAt('/posts/', USER);
    const needed = choicesOf(event, []).choices.filter((each) => each.needed);
    const exclusions = exclusionsFor(event, needed, { scope: 'everywhere', reason: 'mistaken' });
    const narrow = exclusionsFor(event, needed, { scope: 'path', reason: 'mistaken' });
    const effect = await effectOf(store, { policy: event.policy, event, exclusions, inForce: [], ...window });
    const least = await effectOf(store, {
      policy: event.policy,
      event,
      exclusions: narrow,
      inForce: [],
      ...window,
    });
    expect(effect.passes).toBeGreaterThan(least.passes);
    expect((await cleared(exclusions)).passes).toBe(effect.passes);
  });

  it('shows attacks that would pass, before all others', async () => {
    const event = await eventAt('/search', ATTACKER);
    const { choices } = choicesOf(event, []);
    const exclusions = exclusionsFor(event, choices, { scope: 'everywhere', reason: 'mistaken' });
    const effect = await effectOf(store, { policy: event.policy, event, exclusions, inForce: [], ...window });
    expect(effect.attacks).toBeGreaterThan(0);
    expect(effect.examples[0]?.isAttack).toBe(true);
    expect((await cleared(exclusions)).passes).toBe(effect.passes);
  });

  it('counts nothing that passes already by what is in force', async () => {
    const event = await eventAt('/settings/hooks', USER);
    const needed = choicesOf(event, []).choices.filter((each) => each.needed);
    const [first] = exclusionsFor(event, needed, { scope: 'path', reason: 'mistaken' });
    const inForce = [{ rules: first?.rules ?? [], targets: first?.targets ?? [], paths: first?.paths ?? [] }];
    expect(choicesOf(event, inForce).leftOut).toMatch(/would pass/);
    const effect = await effectOf(store, {
      ...{ policy: event.policy, event, exclusions: first === undefined ? [] : [first], inForce },
      ...window,
    });
    expect(effect.passes).toBe(0);
  });

  it('of a variable as a whole takes along values that no exclusion can name', async () => {
    const event = await eventAt('/posts/', USER);
    const [hit] = event.hits;
    expect(event.hits).toHaveLength(1);
    if (hit === undefined) throw new TypeError('no hit');
    const unnamed = { ...event, hits: [{ ...hit, target: 'ARGS:{…}', excludable: null }] };
    expect(choicesOf(unnamed, []).leftOut).toMatch(/cannot be named/);
    const whole = [{ rules: [Number(hit.rule)], targets: ['ARGS'], paths: [] }];
    expect(choicesOf(unnamed, whole).leftOut).toMatch(/would pass/);
  });
});
