import { expect, test } from 'vitest';
import { changesBetween, conditionsOf } from '../../src/apply/conditions.ts';
import { Garbage } from '../../src/apply/garbage.ts';
import { Statuses } from '../../src/apply/statuses.ts';
import { EMPTY_WORLD, policyReport, worldWith } from './worlds.ts';

const NOW = new Date('2026-01-02T03:04:05.678Z');
const accepted = { type: 'Accepted', status: 'True', reason: 'Accepted', message: 'so' } as const;
const old = { ...accepted, observedGeneration: 1, lastTransitionTime: '2020-01-01T00:00:00Z' };

test('the time is in seconds, and stays where the status does', () => {
  expect(conditionsOf([accepted], 2, [[]], NOW)).toEqual([
    { ...accepted, observedGeneration: 2, lastTransitionTime: '2026-01-02T03:04:05Z' },
  ]);
  const [kept] = conditionsOf([{ ...accepted, reason: 'Compiled' }], 2, [[old]], NOW);
  expect(kept?.lastTransitionTime).toBe(old.lastTransitionTime);
  const [turned] = conditionsOf([{ ...accepted, status: 'False' }], 2, [[old]], NOW);
  expect(turned?.lastTransitionTime).toBe('2026-01-02T03:04:05Z');
});

test('an Event tells of what is another status or reason, and of nothing that passes', () => {
  const next = (more: object) => [{ ...old, ...more }];
  expect(changesBetween([old], next({ message: 'otherwise' }))).toEqual([]);
  expect(changesBetween([old], next({ status: 'False', reason: 'Pending' }))).toEqual([]);
  expect(changesBetween([], next({}))).toEqual([]);
  expect(changesBetween([], next({ status: 'False', reason: 'Invalid', message: 'bad' }))).toEqual([
    { type: 'Warning', reason: 'Invalid', note: 'Accepted=False: bad' },
  ]);
  expect(changesBetween(next({ status: 'False', reason: 'Invalid' }), [old])).toMatchObject([
    { type: 'Normal' },
  ]);
});

test('what was written is remembered until the world is asked anew, and by the UID', () => {
  const statuses = new Statuses();
  const world = worldWith('shop/one', 'uid-1', [old]);
  const report = policyReport('shop/one', [{ ...accepted, status: 'False' }]);
  const [wish] = statuses.wishes([report], world, new Map(), NOW).wishes;
  expect(wish?.conditions[0]?.lastTransitionTime).toBe('2026-01-02T03:04:05Z');
  // Asked again before it is written, it is the same, whatever the time.
  const later = new Date('2026-01-02T03:09:00Z');
  expect(statuses.wishes([report], world, new Map(), later).wishes).toEqual([wish]);
  if (wish !== undefined) statuses.written(wish);
  expect(statuses.wishes([report], world, new Map(), later).wishes).toEqual([]);
  expect(
    statuses.wishes([report], worldWith('shop/one', 'uid-2', [old]), new Map(), later).wishes,
  ).toHaveLength(1);
  statuses.forget();
  expect(statuses.wishes([report], world, new Map(), later).wishes).toHaveLength(1);
  expect(statuses.wishes([report], EMPTY_WORLD, new Map(), later).wishes).toEqual([]);
});

test('of two changes of a message alone the second waits, of a status never', () => {
  const statuses = new Statuses();
  const world = worldWith('shop/one', 'uid-1', [old]);
  const ask = (more: object) =>
    statuses.wishes([policyReport('shop/one', [{ ...accepted, ...more }])], world, new Map(), NOW);
  const [first] = ask({ message: '1 of 3' }).wishes;
  if (first !== undefined) statuses.written(first);
  expect(ask({ message: '2 of 3' })).toEqual({ wishes: [], delayed: true });
  expect(ask({ message: '2 of 3', status: 'False' }).wishes).toHaveLength(1);
});

test('what was translated from kinds of others has no status of ours', () => {
  const world = worldWith('shop/calico_policy_one', 'uid-1', []);
  const report = policyReport('shop/calico_policy_one', [accepted]);
  expect(new Statuses().wishes([report], world, new Map()).wishes).toEqual([]);
});

test('garbage is what nothing has named for the whole time, in one stretch', () => {
  const garbage = new Garbage(100);
  const at = (now: number, ...used: readonly string[]) => garbage.unused(['a', 'b'], new Set(used), now);
  expect(at(0, 'a')).toEqual([]);
  expect(at(90)).toEqual([]);
  expect(at(101, 'b')).toEqual(['a']);
  expect(at(110, 'a')).toEqual([]);
  expect(at(205)).toEqual(['b']);
});
