/**
 * The narrowest exclusions with which the false positives would pass. Judged by arithmetic: what an exclusion takes away of the scores that an
 * event has stored, and whether the rest still reaches the threshold.
 */
import { Arithmetic, type Removal } from './arithmetic.ts';
import type { BlockedEvent, Hit } from './blocked-event.ts';
import type { Group, Weighed } from './groups.ts';
import { PROMOTE_LIMITS } from './limits.ts';
import { exclusionPaths } from './templates.ts';

/** An entry of `exclusions`, of a policy of sluice.yaml and of a WAFPolicy alike. */
export interface ExclusionObject {
  readonly rules: readonly number[];
  readonly targets: readonly string[];
  /** None means everywhere. */
  readonly paths?: readonly string[];
  readonly reason: string;
  readonly owner?: string;
  /** ISO 8601: from then on it no longer holds. */
  readonly expires?: string;
}

export interface Proposal {
  readonly exclusion: ExclusionObject;
  /** The policy that it is for. */
  readonly policy: string;
  /** Requests of the window that it takes something away from. */
  readonly hits: number;
  /** Events of false positives that pass with all that is proposed, and not without this. */
  readonly clears: number;
  /** `exact`: every target that scored is stored of all events that it touches. */
  readonly arithmetic: 'exact' | 'estimate';
}

/** What would clear false positives, and attacks with them: never proposed. */
export interface Refused {
  readonly exclusion: ExclusionObject;
  readonly policy: string;
  readonly clears: number;
  /** Attacks that would pass. */
  readonly attacks: number;
  readonly examples: readonly string[];
}

export interface Exclusions {
  readonly proposed: readonly Proposal[];
  readonly refused: readonly Refused[];
  /** Events of false positives, by what becomes of them with all that is proposed. */
  readonly cleared: number;
  readonly notCleared: number;
  /** Events of no false positive, and of nothing that looks like an attack, that pass with them. */
  readonly alsoPass: number;
}

/** One rule in one target: what exclusions are made of. */
interface Candidate extends Removal {
  readonly key: string;
  readonly breadth: number;
  readonly group: Group;
}

export function proposeExclusions(groups: readonly Group[], weighed: readonly Weighed[]): Exclusions {
  const wanted = wantedOf(groups, weighed);
  const attacks = weighed.filter(({ isAttack }) => isAttack);
  const all = candidatesOf(groups, new Set(wanted.map(({ event }) => event)));
  const arithmetic = new Arithmetic(all);
  const refused: Refused[] = [];
  const banned = new Set<Candidate>();
  for (;;) {
    const usable = all.filter((candidate) => !banned.has(candidate));
    const chosen = fewest(usable, arithmetic, wanted);
    const passing = arithmetic.passing(new Set(chosen), attacks);
    const guilty = chosen.flatMap((candidate) => {
      const touched = passing.filter(({ event }) => arithmetic.touches(new Set([candidate]), event));
      return touched.length === 0 ? [] : [{ candidate, touched }];
    });
    // Every attack that passes does so because of something that was chosen.
    if (guilty.length === 0) return settled(chosen, refused, { arithmetic, wanted, weighed });
    for (const { candidate, touched } of guilty) {
      banned.add(candidate);
      refused.push(refusalOf(candidate, touched, arithmetic.passing(new Set([candidate]), wanted).length));
    }
  }
}

/** Events that are to pass: of groups that look like false positives, without what looks like an attack in them. */
function wantedOf(groups: readonly Group[], weighed: readonly Weighed[]): readonly Weighed[] {
  const mistaken = groups.filter(({ judgement }) => judgement.verdict === 'false positive');
  const members = new Set(mistaken.flatMap((group) => group.members));
  return weighed.filter((each) => !each.isAttack && members.has(each));
}

function candidatesOf(groups: readonly Group[], wanted: ReadonlySet<BlockedEvent>): readonly Candidate[] {
  return groups.flatMap((group): readonly Candidate[] => {
    if (group.judgement.verdict !== 'false positive') return [];
    const byPolicy = Map.groupBy(
      group.members.filter(({ event }) => wanted.has(event)),
      ({ event }) => event.policy,
    );
    return [...byPolicy].flatMap(([policy, members]): readonly Candidate[] => {
      const excludable = excludableOf(group, members);
      const paths = exclusionPaths(members.map(({ event }) => event.path));
      if (excludable === null || paths === null || !/^\d{1,9}$/.test(group.rule)) return [];
      const { target, breadth } = excludable;
      const key = JSON.stringify([policy, group.rule, target, paths]);
      return [{ key, policy, rule: group.rule, target, breadth, paths, group }];
    });
  });
}

function excludableOf(group: Group, members: readonly Weighed[]): Hit['excludable'] {
  for (const { event } of members) {
    const hit = event.hits.find(({ rule, target }) => rule === group.rule && target === group.target);
    if (hit !== undefined) return hit.excludable;
  }
  return null;
}

/** All that help, then without each that is not needed: the broad ones and those that help few first. */
function fewest(
  candidates: readonly Candidate[],
  arithmetic: Arithmetic<Candidate>,
  wanted: readonly Weighed[],
): readonly Candidate[] {
  const sorts = arithmetic.distinct(wanted);
  const passes = (chosen: readonly Candidate[]): number => arithmetic.passing(new Set(chosen), sorts).length;
  const order = candidates.toSorted(
    (a, b) => b.breadth - a.breadth || a.group.requests - b.group.requests || (a.key < b.key ? -1 : 1),
  );
  let kept = order.slice(-PROMOTE_LIMITS.exclusionsMax);
  const most = passes(kept);
  for (const candidate of [...kept]) {
    const rest = kept.filter((other) => other !== candidate);
    if (passes(rest) === most) kept = rest;
  }
  return kept;
}

/** Of candidates that differ in their rules alone; the reason is that of the largest group. */
function exclusionOf(...together: readonly Candidate[]): ExclusionObject {
  const [largest] = together.toSorted((a, b) => b.group.requests - a.group.requests);
  return {
    rules: together.map(({ rule }) => Number(rule)).toSorted((a, b) => a - b),
    targets: largest === undefined ? [] : [largest.target],
    paths: largest?.paths ?? [],
    reason: largest === undefined ? '' : reasonOf(largest.group),
  };
}

const reasonOf = ({ sources, requests, judgement }: Group): string =>
  `false positive: ${requests} requests of ${sources} sources (${judgement.because.map(({ rule }) => rule).join(', ')})`;

const refusalOf = (candidate: Candidate, attacks: readonly Weighed[], clears: number): Refused => ({
  exclusion: exclusionOf(candidate),
  policy: candidate.policy,
  clears,
  attacks: attacks.length,
  examples: attacks.slice(0, PROMOTE_LIMITS.attacksShownMax).map(({ event }) => event.id),
});

interface Ground {
  readonly arithmetic: Arithmetic<Candidate>;
  readonly wanted: readonly Weighed[];
  readonly weighed: readonly Weighed[];
}

function settled(chosen: readonly Candidate[], refused: readonly Refused[], ground: Ground): Exclusions {
  const { arithmetic, wanted, weighed } = ground;
  const all = new Set(chosen);
  const cleared = arithmetic.passing(all, wanted);
  const byPlace = Map.groupBy(chosen, ({ policy, target, paths }) => JSON.stringify([policy, target, paths]));
  const proposed = [...byPlace.values()].map((together): Proposal => {
    const own = new Set(together);
    const touched = weighed.filter(({ event }) => arithmetic.touches(own, event));
    const others = new Set(chosen.filter((candidate) => !own.has(candidate)));
    return {
      exclusion: exclusionOf(...together),
      policy: together[0]?.policy ?? '',
      hits: touched.reduce((sum, { event }) => sum + event.weight, 0),
      clears: cleared.length - arithmetic.passing(others, cleared).length,
      arithmetic: touched.every(({ event }) => event.exact) ? 'exact' : 'estimate',
    };
  });
  return {
    proposed: proposed.toSorted((a, b) => b.hits - a.hits || (nameOf(a) < nameOf(b) ? -1 : 1)),
    refused,
    cleared: cleared.length,
    notCleared: wanted.length - cleared.length,
    alsoPass: arithmetic.passing(all, weighed).length - cleared.length,
  };
}

const nameOf = ({ policy, exclusion }: Proposal): string => JSON.stringify([policy, exclusion]);
