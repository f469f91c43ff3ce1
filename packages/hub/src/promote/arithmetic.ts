/**
 * Which events would pass with which exclusions. Events that the same candidates take the same from come to the same: they are judged once, so that the
 * cost goes by how many sorts of them there are, not by how many events.
 */
import type { BlockedEvent, Hit } from './blocked-event.ts';
import { isInPaths } from './templates.ts';

/** What an exclusion takes away: one rule in one target. */
export interface Removal {
  readonly policy: string;
  readonly rule: string;
  /** As an exclusion names it. */
  readonly target: string;
  readonly paths: readonly string[];
}

/** Whether an event would be refused if these hits did not count. */
export function isRefusedWithout(event: BlockedEvent, isExcluded: (hit: Hit) => boolean): boolean {
  if (event.because === 'uninspectable' || event.because === 'other') return true;
  const rest = { ...event.scores };
  let decides = false;
  for (const hit of event.hits) {
    if (isExcluded(hit)) rest[hit.side] -= hit.score;
    else if (event.because === 'rule' && hit.rule === event.decider) decides = true;
  }
  return decides || rest.inbound >= event.thresholds.inbound || rest.outbound >= event.thresholds.outbound;
}

/** Events that come to the same. */
interface Sort<Candidate> {
  readonly event: BlockedEvent;
  /** Of each hit, in order. */
  readonly takenBy: ReadonlyMap<Hit, readonly Candidate[]>;
}

export class Arithmetic<Candidate extends Removal> {
  readonly #byHit: ReadonlyMap<string, readonly Candidate[]>;
  readonly #numbers: ReadonlyMap<Candidate, number>;
  readonly #sorts = new Map<string, Sort<Candidate>>();
  readonly #sortOf = new Map<BlockedEvent, Sort<Candidate>>();

  constructor(candidates: readonly Candidate[]) {
    this.#byHit = Map.groupBy(candidates, ({ policy, rule, target }) =>
      JSON.stringify([policy, rule, target]),
    );
    this.#numbers = new Map(candidates.map((candidate, number) => [candidate, number]));
  }

  /** Candidates that take this hit of the event away. */
  takenBy({ policy, path }: BlockedEvent, { rule, excludable }: Hit): readonly Candidate[] {
    if (excludable === null) return [];
    const found = this.#byHit.get(JSON.stringify([policy, rule, excludable.target])) ?? [];
    return found.filter(({ paths }) => isInPaths(path, paths));
  }

  touches(chosen: ReadonlySet<Candidate>, event: BlockedEvent): boolean {
    return [...this.#sortFor(event).takenBy.values()].some((by) => by.some((each) => chosen.has(each)));
  }

  /** The events that would pass. */
  passing<Event extends { readonly event: BlockedEvent }>(
    chosen: ReadonlySet<Candidate>,
    of: readonly Event[],
  ): readonly Event[] {
    if (chosen.size === 0) return [];
    const known = new Map<Sort<Candidate>, boolean>();
    return of.filter(({ event }) => {
      const sort = this.#sortFor(event);
      let passes = known.get(sort);
      if (passes === undefined) {
        passes = !isRefusedWithout(sort.event, (hit) =>
          (sort.takenBy.get(hit) ?? []).some((each) => chosen.has(each)),
        );
        known.set(sort, passes);
      }
      return passes;
    });
  }

  /** One event of each sort, which stands for the others where only one more or less of a candidate is asked for. */
  distinct<Event extends { readonly event: BlockedEvent }>(of: readonly Event[]): readonly Event[] {
    const seen = new Set<Sort<Candidate>>();
    return of.filter(({ event }) => {
      const sort = this.#sortFor(event);
      if (seen.has(sort)) return false;
      seen.add(sort);
      return true;
    });
  }

  #sortFor(event: BlockedEvent): Sort<Candidate> {
    const known = this.#sortOf.get(event);
    if (known !== undefined) return known;
    const { because, decider, scores, thresholds, hits } = event;
    const takenBy = new Map(hits.map((hit) => [hit, this.takenBy(event, hit)]));
    const shape = hits.map((hit) => [
      hit.score,
      hit.side,
      hit.rule === decider,
      (takenBy.get(hit) ?? []).map((each) => this.#numbers.get(each)),
    ]);
    const key = JSON.stringify([because, scores, thresholds, shape]);
    const sort = this.#sorts.get(key) ?? { event, takenBy };
    this.#sorts.set(key, sort);
    this.#sortOf.set(event, sort);
    return sort;
  }
}
