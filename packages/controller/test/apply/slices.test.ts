import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SLICE_WORKLOADS_MAX, Slices } from '../../src/apply/slices.ts';
import type { Workload } from '../../src/plan/plan.ts';

const workload = (uid: string): Workload => ({
  ...{ addresses: [], namespace: 'a', pod: uid, uid, node: '', owner: '', labels: [], services: [] },
});
const workloads = (uids: Iterable<number>): readonly Workload[] =>
  [...uids].map((uid) => workload(String(uid)));
const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);
const uidsIn = (slices: ReadonlyMap<string, readonly Workload[]>) =>
  new Map([...slices].map(([name, of]) => [name, of.map(({ uid }) => uid)]));

/** Names of slices that differ, come or go. */
function changed(
  before: ReadonlyMap<string, readonly Workload[]>,
  after: ReadonlyMap<string, readonly Workload[]>,
): readonly string[] {
  const [left, right] = [uidsIn(before), uidsIn(after)];
  return [...new Set([...left.keys(), ...right.keys()])].filter(
    (name) => left.get(name)?.join() !== right.get(name)?.join(),
  );
}

test('whatever comes and goes, each workload stands in one slice, and none holds too many', () => {
  const sets = fc.array(fc.uniqueArray(fc.nat(1_500), { maxLength: 1_500 }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(sets, (states) => {
      const slices = new Slices();
      for (const uids of states) {
        const made = slices.update(workloads(uids));
        const all = [...made.values()].flat().map(({ uid }) => Number(uid));
        expect(all.toSorted((a, b) => a - b)).toEqual(uids.toSorted((a, b) => a - b));
        for (const of of made.values()) {
          expect(of.length).toBeGreaterThan(0);
          expect(of.length).toBeLessThanOrEqual(SLICE_WORKLOADS_MAX);
        }
        expect(made.size).toBeLessThanOrEqual(Math.max(1, 2 * Math.ceil(uids.length / SLICE_WORKLOADS_MAX)));
      }
    }),
    { numRuns: 60 },
  );
});

test('one that comes or goes changes one slice', () => {
  const slices = new Slices();
  const all = range(0, 950);
  const before = slices.update(workloads(all));
  expect(before.size).toBe(5);
  const less = slices.update(workloads(all.filter((uid) => uid !== 300)));
  expect(changed(before, less)).toHaveLength(1);
  expect(changed(less, slices.update(workloads([...all.filter((uid) => uid !== 300), 2_000])))).toHaveLength(
    1,
  );
});

test('a slice of which nothing has changed is the same list, and one that has is another', () => {
  const slices = new Slices();
  const all = workloads(range(0, 450));
  const before = slices.update(all);
  const same = slices.update([...all]);
  for (const [name, list] of before) expect(same.get(name)).toBe(list);
  // The same pod with another content, and one that is gone.
  const moved = slices.update([...all.slice(2), { ...workload('1'), node: 'b' }]);
  const others = [...before].filter(([name, list]) => moved.get(name) !== list).map(([name]) => name);
  expect(others).toHaveLength(1);
  const [name = ''] = others;
  expect(moved.get(name)?.find(({ uid }) => uid === '1')?.node).toBe('b');
  expect(moved.get(name)?.some(({ uid }) => uid === '0')).toBe(false);
});

test('those of another process go on, and what is in two slices stays in one', () => {
  const first = new Slices();
  const before = first.update(workloads(range(0, 500)));
  const next = new Slices();
  for (const [name, uids] of uidsIn(before)) next.adopt(name, uids);
  next.adopt('workloads-9', ['0', '1']);
  expect(changed(before, next.update(workloads(range(0, 500).toReversed())))).toEqual([]);
});

test('slices that have become too many go, the emptiest first', () => {
  const slices = new Slices();
  slices.update(workloads(range(0, 2_000)));
  const kept = range(0, 2_000).filter((uid) => uid % 40 === 0);
  expect(slices.update(workloads(kept)).size).toBeLessThanOrEqual(2);
});
