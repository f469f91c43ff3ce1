/**
 * Whether a group of refused requests looks like attacks or like false positives. Each rule has a name and says what it found; the sum of their
 * points decides, and the same events always come to the same. It is a judgement, not a proof: the report prints all of it.
 */
import type { Weighed } from './groups.ts';
import { JUDGEMENT } from './limits.ts';

export interface Reason {
  /** Name of the rule of judgement. */
  readonly rule: string;
  /** Positive speaks for a false positive, negative for an attack. */
  readonly points: number;
  /** What was found, as a clause. */
  readonly says: string;
}

export interface Judgement {
  readonly verdict: 'false positive' | 'attack' | 'unclear';
  readonly points: number;
  readonly because: readonly Reason[];
}

interface Facts {
  readonly count: number;
  readonly sources: number;
  /** Part of the events that the busiest source has. */
  readonly busiest: number;
  /** Part of the events that score in this target alone. */
  readonly alone: number;
  /** Part of the events that look like attacks by themselves. */
  readonly attacks: number;
  /** In the middle. */
  readonly rules: number;
  readonly scoreTimes: number;
  readonly scanners: number;
  readonly inspected: boolean;
}

/** Those are the rules, in the order in which a report names them. */
const RULES: readonly ((facts: Facts) => Reason | null)[] = [
  ({ sources, busiest }) =>
    sources >= JUDGEMENT.manySources && busiest <= JUDGEMENT.sourceShareMax
      ? {
          rule: 'many users',
          points: 2,
          says: `${sources} sources, none of them with more than ${percent(busiest)}`,
        }
      : null,
  ({ alone, count }) =>
    alone >= JUDGEMENT.aloneShare && count > 0
      ? {
          rule: 'no other signal',
          points: 1,
          says: `${percent(alone)} of the requests match in this field alone`,
        }
      : null,
  ({ rules, inspected }) =>
    inspected && rules <= JUDGEMENT.fewRules
      ? {
          rule: 'few rules',
          points: 1,
          says: `${rules} scoring ${rules === 1 ? 'rule' : 'rules'} a request, in the middle`,
        }
      : null,
  ({ scoreTimes, inspected }) =>
    inspected && scoreTimes <= JUDGEMENT.lowScoreTimes
      ? { rule: 'low score', points: 1, says: `${round(scoreTimes)} times the threshold, in the middle` }
      : null,
  ({ scanners }) =>
    scanners > 0 ? { rule: 'scanners', points: -2, says: `${scanners} requests of known scanners` } : null,
  ({ attacks, count }) =>
    count > 0 && attacks >= JUDGEMENT.attackShare
      ? {
          rule: 'attacks among them',
          points: attacks >= 0.5 ? -4 : -2,
          says: `${percent(attacks)} look like attacks by themselves: other fields, families, paths or high scores`,
        }
      : null,
  ({ busiest, count, sources }) =>
    count >= JUDGEMENT.eventsMin && busiest >= JUDGEMENT.oneSourceShare
      ? { rule: 'one source', points: -2, says: `one of ${sources} has ${percent(busiest)} of them` }
      : null,
  ({ scoreTimes, inspected }) =>
    inspected && scoreTimes >= JUDGEMENT.highScoreTimes
      ? { rule: 'high score', points: -1, says: `${round(scoreTimes)} times the threshold, in the middle` }
      : null,
];

/** @param members events of the group */
export function judge(target: string, members: readonly Weighed[]): Judgement {
  const facts = factsOf(target, members);
  const because = RULES.flatMap((rule) => rule(facts) ?? []);
  const points = because.reduce((sum, reason) => sum + reason.points, 0);
  // One user may do anything: only what many do alike is called a false positive.
  const isMany = because.some(({ rule }) => rule === 'many users');
  if (points >= JUDGEMENT.groupPoints && isMany) return { verdict: 'false positive', points, because };
  const isAttack = points < 0 || facts.attacks >= 0.5;
  return { verdict: isAttack ? 'attack' : 'unclear', points, because };
}

function factsOf(target: string, members: readonly Weighed[]): Facts {
  const count = members.length;
  const bySource = new Map<string, number>();
  for (const { event } of members) bySource.set(event.source, (bySource.get(event.source) ?? 0) + 1);
  const share = (holds: (each: Weighed) => boolean): number =>
    count === 0 ? 0 : members.filter(holds).length / count;
  const scored = members.filter(({ event }) => event.hits.length > 0);
  return {
    count,
    sources: bySource.size,
    busiest: count === 0 ? 0 : Math.max(...bySource.values()) / count,
    alone: share(({ event }) => event.hits.length > 0 && event.hits.every((hit) => hit.target === target)),
    attacks: share(({ isAttack }) => isAttack),
    rules: middle(scored.map(({ event }) => new Set(event.hits.map(({ rule }) => rule)).size)),
    scoreTimes: middle(scored.map(({ event }) => event.scores.inbound / event.thresholds.inbound)),
    scanners: members.filter(({ signals }) => signals.some(({ name }) => name === 'scanner')).length,
    inspected: scored.length > 0,
  };
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

const percent = (part: number): string => `${Math.round(part * 100)} %`;
const round = (value: number): string => String(Math.round(value * 10) / 10);
