/**
 * Exclusions for one event that somebody calls a false positive: what of it can be named, the fewest with which it would pass, and what else would pass with
 * them. Judged as the whole analysis is: by the scores that are stored.
 */
import type { EventStore } from '../store/event-store.ts';
import { type AnalysisRequest, readBlocked } from './analyse.ts';
import { isRefusedWithout } from './arithmetic.ts';
import type { BlockedEvent, Hit } from './blocked-event.ts';
import type { ExclusionObject } from './exclusions.ts';
import { groupsOf, type Weighed, weigh } from './groups.ts';
import { type InForce, takesAway } from './in-force.ts';
import { PROMOTE_LIMITS } from './limits.ts';
import type { SignalName } from './signals.ts';
import { exclusionPaths } from './templates.ts';

/** One rule in one target of the event. */
export interface Choice {
  readonly rule: number;
  readonly message: string;
  /** As an exclusion names it. */
  readonly target: string;
  readonly score: number;
  /** 0: a named value; 1: a variable as a whole; 2: a text that holds everything. */
  readonly breadth: 0 | 1 | 2;
  /** Whether it is one of the fewest with which the event passes. */
  readonly needed: boolean;
}

/** Where an exclusion is to hold: at the event's own path, at all below the folder of it, everywhere. */
export type Scope = 'path' | 'below' | 'everywhere';

export interface Choices {
  readonly choices: readonly Choice[];
  readonly scopes: readonly Scope[];
  /** Why no exclusion of them would let the event pass; null where one would. */
  readonly leftOut: string | null;
}

const NUMBERED = /^\d{1,9}$/;

export function choicesOf(event: BlockedEvent, inForce: readonly InForce[]): Choices {
  const candidates = candidatesOf(event, inForce);
  const scopes = scopesOf(event.path);
  const reason = leftOutOf(event, candidates, inForce);
  if (reason !== null) return { choices: candidates, scopes, leftOut: reason };
  const order = candidates.toSorted((a, b) => b.breadth - a.breadth || a.score - b.score || a.rule - b.rule);
  let kept: readonly Choice[] = order;
  for (const candidate of order) {
    const rest = kept.filter((other) => other !== candidate);
    if (passesWithout(event, rest, inForce)) kept = rest;
  }
  const needed = new Set(kept);
  return {
    choices: candidates.map((each) => ({ ...each, needed: needed.has(each) })),
    scopes,
    leftOut: null,
  };
}

function candidatesOf(event: BlockedEvent, inForce: readonly InForce[]): readonly Choice[] {
  const found = new Map<string, Choice>();
  for (const hit of event.hits) {
    if (hit.excludable === null || !NUMBERED.test(hit.rule) || takesAway(inForce, event, hit)) continue;
    const { target, breadth } = hit.excludable;
    const key = JSON.stringify([hit.rule, target]);
    const score = (found.get(key)?.score ?? 0) + hit.score;
    found.set(key, { rule: Number(hit.rule), message: hit.message, target, score, breadth, needed: false });
  }
  return [...found.values()];
}

function leftOutOf(
  event: BlockedEvent,
  candidates: readonly Choice[],
  inForce: readonly InForce[],
): string | null {
  if (event.because === 'uninspectable' || event.because === 'other') {
    return `no rule has refused it (${event.decider || 'no cause is stored'}): an exclusion changes nothing`;
  }
  if (passesWithout(event, [], inForce)) return 'with the exclusions that the policy has now it would pass';
  if (passesWithout(event, candidates, inForce)) return null;
  return 'what matched in it cannot be named one by one, or not all that scored is stored';
}

const passesWithout = (
  event: BlockedEvent,
  chosen: readonly Choice[],
  inForce: readonly InForce[],
): boolean =>
  !isRefusedWithout(
    event,
    (hit) =>
      takesAway(inForce, event, hit) ||
      chosen.some(({ rule, target }) => rule === Number(hit.rule) && target === hit.excludable?.target),
  );

function scopesOf(path: string): readonly Scope[] {
  if (exclusionPaths([path]) === null) return ['everywhere'];
  return path.split('/').length > 2 ? ['path', 'below', 'everywhere'] : ['path', 'everywhere'];
}

/** One for each target: its rules, where the scope says. The scope is one of `scopesOf` the path. */
export function exclusionsFor(
  event: BlockedEvent,
  chosen: readonly Pick<Choice, 'rule' | 'target'>[],
  { scope, reason }: { readonly scope: Scope; readonly reason: string },
): readonly ExclusionObject[] {
  const paths =
    scope === 'everywhere'
      ? {}
      : { paths: [scope === 'path' ? event.path : `${event.path.slice(0, event.path.lastIndexOf('/'))}/*`] };
  return [...Map.groupBy(chosen, ({ target }) => target)].map(([target, of]) => ({
    rules: [...new Set(of.map(({ rule }) => rule))].sort((a, b) => a - b),
    targets: [target],
    ...paths,
    reason,
  }));
}

/** An event that would pass. */
export interface Passing {
  readonly id: string;
  readonly at: number;
  readonly source: string;
  readonly method: string;
  readonly path: string;
  /** What matched first in it. */
  readonly rule: string;
  readonly target: string;
  readonly value: string;
  readonly isAttack: boolean;
  readonly signals: readonly SignalName[];
}

export interface Effect {
  /** Events of the policy that were looked at, and whether there are more that were not. */
  readonly events: number;
  readonly isCut: boolean;
  /** Whether the event itself would pass; true where there is none. */
  readonly clears: boolean;
  /** What would pass that is refused now, the event itself with it. */
  readonly passes: number;
  readonly requests: number;
  /** Of those, what looks like an attack by itself, or stands in a group of attacks. */
  readonly attacks: number;
  /** Attacks first, then the newest. */
  readonly examples: readonly Passing[];
  /** `exact`: of all that pass every target that scored is stored. */
  readonly arithmetic: 'exact' | 'estimate';
}

export interface EffectRequest extends Pick<AnalysisRequest, 'from' | 'to'> {
  readonly policy: string;
  /** The one that it is about; null: none more than others. */
  readonly event: BlockedEvent | null;
  readonly exclusions: readonly ExclusionObject[];
  /** Those that the policy has already. */
  readonly inForce: readonly InForce[];
}

/** @throws HubError of stores */
export async function effectOf(
  store: EventStore,
  { policy, event, exclusions, inForce, from, to }: EffectRequest,
): Promise<Effect> {
  const read = await readBlocked(store, { workload: policy, from, to });
  const own = read.events.filter((each) => each.policy === policy && each.id !== event?.id);
  const weighed = weigh(event === null ? own : [event, ...own]);
  const attacks = attacksOf(weighed);
  const more = [...inForce, ...exclusions.map(({ paths = [], ...rest }) => ({ ...rest, paths }))];
  const refused = (each: BlockedEvent, by: readonly InForce[]): boolean =>
    isRefusedWithout(each, (hit) => takesAway(by, each, hit));
  const passing = weighed.filter((each) => refused(each.event, inForce) && !refused(each.event, more));
  const order = passing.toSorted(
    (a, b) => Number(attacks.has(b)) - Number(attacks.has(a)) || b.event.at - a.event.at,
  );
  return {
    events: weighed.length,
    isCut: read.isCut,
    clears: event === null || !refused(event, more),
    passes: passing.length,
    requests: passing.reduce((sum, { event: { weight } }) => sum + weight, 0),
    attacks: passing.filter((each) => attacks.has(each)).length,
    examples: order
      .slice(0, PROMOTE_LIMITS.passingShownMax)
      .map((each) => passingOf(each, { isAttack: attacks.has(each), by: more })),
    arithmetic: passing.every(({ event: { exact } }) => exact) ? 'exact' : 'estimate',
  };
}

/** What looks like an attack by itself, and what stands among attacks by rule, target and path. */
function attacksOf(weighed: readonly Weighed[]): ReadonlySet<Weighed> {
  const among = groupsOf(weighed).flatMap(({ judgement, members }) =>
    judgement.verdict === 'attack' ? members : [],
  );
  return new Set([...weighed.filter(({ isAttack }) => isAttack), ...among]);
}

function passingOf(
  { event, signals }: Weighed,
  { isAttack, by }: { readonly isAttack: boolean; readonly by: readonly InForce[] },
): Passing {
  const { id, at, source, method, path, hits } = event;
  const hit: Hit | undefined = hits.find((each) => takesAway(by, event, each)) ?? hits[0];
  return {
    ...{ id, at, source, method, path, isAttack },
    rule: hit?.rule ?? '',
    target: hit?.target ?? '',
    value: hit?.value ?? '',
    signals: signals.map(({ name }) => name),
  };
}
