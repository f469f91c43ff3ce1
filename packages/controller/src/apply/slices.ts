/**
 * Workloads in slices of at most 200: each stays where it is, so that a pod that comes, changes or goes rewrites one slice. What
 * comes fills the slices that have room. Where half of them would do, the emptiest gives its workloads to others and goes.
 */
import type { Workload } from '../plan/plan.ts';

/** As the API server holds kinds/limits.ts to it. */
export const SLICE_WORKLOADS_MAX = 200;

const PREFIX = 'workloads-';

const nameOf = (index: number): string => `${PREFIX}${index}`;

function* freeNames(taken: ReadonlyMap<string, unknown>): Generator<string> {
  for (let index = 0; ; index += 1) {
    if (!taken.has(nameOf(index))) yield nameOf(index);
  }
}

export class Slices {
  /** By name of the slice, the UIDs of its workloads. */
  readonly #slices = new Map<string, Set<string>>();
  readonly #sliceOf = new Map<string, string>();
  #last: ReadonlyMap<string, readonly Workload[]> = new Map();

  /** A slice that stands already. What is in two of them stays in the first. */
  adopt(name: string, uids: readonly string[]): void {
    const own = uids.filter((uid) => !this.#sliceOf.has(uid));
    this.#slices.set(name, new Set(own));
    for (const uid of own) this.#sliceOf.set(uid, name);
  }

  /** @returns by name; none of them empty, each by UID. A list that is as it was is the same one. */
  update(workloads: readonly Workload[]): ReadonlyMap<string, readonly Workload[]> {
    const byUid = new Map(workloads.map((workload) => [workload.uid, workload]));
    for (const uid of [...this.#sliceOf.keys()]) {
      if (!byUid.has(uid)) this.#remove(uid);
    }
    const needed = Math.ceil(byUid.size / SLICE_WORKLOADS_MAX);
    const homeless = [...byUid.keys()].filter((uid) => !this.#sliceOf.has(uid));
    while (this.#slices.size > Math.max(1, needed * 2)) homeless.push(...this.#dissolveEmptiest());
    this.#place(homeless);
    const filled = [...this.#slices].filter(([, uids]) => uids.size > 0);
    this.#last = new Map(filled.map(([name, uids]) => [name, this.#listOf(name, uids, byUid)]));
    return this.#last;
  }

  #listOf(
    name: string,
    uids: ReadonlySet<string>,
    byUid: ReadonlyMap<string, Workload>,
  ): readonly Workload[] {
    const before = this.#last.get(name) ?? [];
    const isSame = before.length === uids.size && before.every((each) => byUid.get(each.uid) === each);
    return isSame && before.every(({ uid }) => uids.has(uid)) ? before : workloadsOf(uids, byUid);
  }

  #remove(uid: string): void {
    const name = this.#sliceOf.get(uid) ?? '';
    this.#sliceOf.delete(uid);
    const uids = this.#slices.get(name);
    uids?.delete(uid);
    if (uids?.size === 0) this.#slices.delete(name);
  }

  #dissolveEmptiest(): readonly string[] {
    const [name, uids] = [...this.#slices].reduce((least, slice) =>
      slice[1].size < least[1].size ? slice : least,
    );
    for (const uid of uids) this.#sliceOf.delete(uid);
    this.#slices.delete(name);
    return [...uids];
  }

  /** The fullest first: what comes together is written together. */
  #place(uids: readonly string[]): void {
    const withRoom = [...this.#slices]
      .filter(([, slice]) => slice.size < SLICE_WORKLOADS_MAX)
      .sort(([, left], [, right]) => right.size - left.size);
    const names = freeNames(this.#slices);
    let [name, slice] = withRoom.shift() ?? ['', null];
    for (const uid of uids) {
      while (slice === null || slice.size >= SLICE_WORKLOADS_MAX) {
        [name, slice] = withRoom.shift() ?? [names.next().value ?? '', new Set<string>()];
        this.#slices.set(name, slice);
      }
      slice.add(uid);
      this.#sliceOf.set(uid, name);
    }
  }
}

function workloadsOf(uids: ReadonlySet<string>, byUid: ReadonlyMap<string, Workload>): readonly Workload[] {
  return [...uids].sort().flatMap((uid) => byUid.get(uid) ?? []);
}
