/**
 * The narrowest exclusions with which the false positives would pass. Judged by arithmetic: what an exclusion takes away of the scores that an
 * event has stored, and whether the rest still reaches the threshold.
 */
import type { BlockedEvent, Hit } from './blocked-event.ts';
import { type Group, groupPath, type Weighed } from './groups.ts';
import { PROMOTE_LIMITS } from './limits.ts';
import { exclusionPaths, isInPaths } from './templates.ts';

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
}

/** One rule in one target: what exclusions are made of. */
interface Candidate {
  readonly key: string;
  readonly policy: string;
  readonly rule: string;
  readonly target: string;
  readonly breadth: number;
  readonly paths: readonly string[];
  readonly group: Group;
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

export function proposeExclusions(groups: readonly Group[], weighed: readonly Weighed[]): Exclusions {
  const wanted = wantedOf(groups);
  const attacks = weighed.filter(({ isAttack, event }) => isAttack && !wanted.has(event));
  const banned = new Set<string>();
  const refused: Refused[] = [];
  const all = candidatesOf(groups, wanted);
  for (;;) {
    const usable = all.filter(({ key }) => !banned.has(key));
    const chosen = fewest(usable, [...wanted]);
    const passing = passingWith(chosen, attacks);
    if (passing.length === 0) return settled(chosen, refused, { wanted, weighed });
    const before = banned.size;
    for (const candidate of chosen) {
      const touched = passing.filter(({ event }) => event.hits.some((hit) => covers(candidate, event, hit)));
      if (touched.length === 0) continue;
      banned.add(candidate.key);
      refused.push(refusalOf(candidate, touched, wanted));
    }
    // Every attack that passes does so because of something chosen; without progress there is nothing to choose from.
    if (banned.size === before) return settled([], refused, { wanted, weighed });
  }
}

/** Events that are to pass: of groups that look like false positives, without what looks like an attack in them. */
function wantedOf(groups: readonly Group[]): ReadonlySet<BlockedEvent> {
  const wanted = new Set<BlockedEvent>();
  for (const { judgement, members } of groups) {
    if (judgement.verdict !== 'false positive') continue;
    for (const { event, isAttack } of members) if (!isAttack) wanted.add(event);
  }
  return wanted;
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

const covers = (candidate: Candidate, event: BlockedEvent, hit: Hit): boolean =>
  candidate.policy === event.policy &&
  candidate.rule === hit.rule &&
  candidate.target === hit.excludable?.target &&
  isInPaths(event.path, candidate.paths);

const isRefusedWith = (chosen: readonly Candidate[], event: BlockedEvent): boolean =>
  isRefusedWithout(event, (hit) => chosen.some((candidate) => covers(candidate, event, hit)));

const passingWith = (chosen: readonly Candidate[], of: readonly Weighed[]): readonly Weighed[] =>
  chosen.length === 0 ? [] : of.filter(({ event }) => !isRefusedWith(chosen, event));

/** All that help, then without each that is not needed: the broad ones and those that help few first. */
function fewest(candidates: readonly Candidate[], wanted: readonly BlockedEvent[]): readonly Candidate[] {
  const passes = (chosen: readonly Candidate[]): number =>
    wanted.filter((event) => !isRefusedWith(chosen, event)).length;
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

const exclusionOf = ({ rule, target, paths, group }: Candidate, rules = [Number(rule)]): ExclusionObject => ({
  rules,
  targets: [target],
  paths,
  reason: reasonOf(group),
});

const reasonOf = ({ sources, requests, judgement }: Group): string =>
  `false positive: ${requests} requests of ${sources} sources (${judgement.because.map(({ rule }) => rule).join(', ')})`;

function refusalOf(
  candidate: Candidate,
  attacks: readonly Weighed[],
  wanted: ReadonlySet<BlockedEvent>,
): Refused {
  return {
    exclusion: exclusionOf(candidate),
    policy: candidate.policy,
    clears: [...wanted].filter((event) => !isRefusedWith([candidate], event)).length,
    attacks: attacks.length,
    examples: attacks.slice(0, PROMOTE_LIMITS.attacksShownMax).map(({ event }) => event.id),
  };
}

function settled(
  chosen: readonly Candidate[],
  refused: readonly Refused[],
  { wanted, weighed }: { readonly wanted: ReadonlySet<BlockedEvent>; readonly weighed: readonly Weighed[] },
): Exclusions {
  const cleared = [...wanted].filter((event) => !isRefusedWith(chosen, event));
  const byPlace = Map.groupBy(chosen, ({ policy, target, paths }) => JSON.stringify([policy, target, paths]));
  const proposed = [...byPlace.values()].flatMap((together): readonly Proposal[] => {
    const [first] = together;
    if (first === undefined) return [];
    const touched = weighed.filter(({ event }) =>
      event.hits.some((hit) => together.some((candidate) => covers(candidate, event, hit))),
    );
    const others = chosen.filter((candidate) => !together.includes(candidate));
    const rules = together.map(({ rule }) => Number(rule)).sort((a, b) => a - b);
    return [
      {
        exclusion: exclusionOf(first, rules),
        policy: first.policy,
        hits: touched.reduce((sum, { event }) => sum + event.weight, 0),
        clears: cleared.filter((event) => isRefusedWith(others, event)).length,
        arithmetic: touched.every(({ event }) => event.exact) ? 'exact' : 'estimate',
      },
    ];
  });
  return {
    proposed: proposed.toSorted(
      (a, b) => b.hits - a.hits || (a.exclusion.targets[0] ?? '').localeCompare(b.exclusion.targets[0] ?? ''),
    ),
    refused,
    cleared: cleared.length,
    notCleared: wanted.size - cleared.length,
  };
}

/** The group that a hit of an event belongs to, for those who count by group. */
export const groupKey = (hit: Hit, template: string): string =>
  JSON.stringify([hit.rule, hit.target, groupPath(hit, template)]);
