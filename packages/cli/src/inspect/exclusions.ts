/**
 * Exclusions that would let a request pass, as narrow as they come: single rules, single parts of the request. Each is
 * proven before it is proposed, by judging the request again with it.
 */
import { EngineError, type TransactionResult } from '@sluice/engine';
import { EXCLUDABLE_VARIABLES } from '@sluice/hub/promote';
import { exclusionRule, updateLines } from './exclusion-text.ts';
import type { InspectedRequest } from './request.ts';
import type { InspectRules, Trial } from './rules.ts';
import { blocks, judge } from './story.ts';

/** A rule that is not to look at a part of the request; at nothing where `target` is null. */
export interface Exclusion {
  readonly ruleId: number;
  /** `ARGS:q`. */
  readonly target: { readonly variable: string; readonly key: string | null } | null;
}

/** SecLang that was tried. */
export interface Proposal {
  readonly scope: 'path' | 'everywhere';
  readonly side: Trial['side'];
  readonly text: string;
  /** The score that the request has with it. */
  readonly score: number;
}

export interface Proposals {
  readonly exclusions: readonly Exclusion[];
  readonly proposals: readonly Proposal[];
  /** Why there is none; null where there are. */
  readonly leftOut: string | null;
}

/** More than these are no false positive of a rule: the request looks like an attack to many. */
const EXCLUSIONS_MAX = 5;
/** Exclusions that are tried: each costs a linking of all rules. */
const TRIED_MAX = 24;

const none = (leftOut: string): Proposals => ({ exclusions: [], proposals: [], leftOut });

/** Looks for the fewest exclusions with which the request passes. */
export function proposeExclusions(
  rules: InspectRules,
  request: InspectedRequest,
  result: TransactionResult,
): Proposals {
  const { verdict } = result;
  if (verdict.kind === 'uninspectable') {
    return none(
      `no rule denied it; uninspectable.overrides.${verdict.cause}: allow in its policy lets it pass`,
    );
  }
  const candidates = candidatesOf(result);
  if (candidates.length > TRIED_MAX) {
    return none(`${candidates.length} rules and parts of the request add up: this looks like an attack`);
  }
  const path = result.state.request.target.filename;
  const id = freshId(rules);
  const inPath = (exclusions: readonly Exclusion[]): string => exclusionRule(exclusions, path, id);
  const tried = (make: (exclusions: readonly Exclusion[]) => string, side: Trial['side']) => {
    return (exclusions: readonly Exclusion[]) =>
      scoreWith(rules, request, () => ({ text: make(exclusions), side }));
  };
  const exclusions =
    fewest(candidates, tried(inPath, 'before')) ?? fewest(candidates, tried(updateLines, 'after'));
  if (exclusions === null) return none('no exclusion of single rules lets it pass');
  if (exclusions.length > EXCLUSIONS_MAX) {
    return none(`it would take ${exclusions.length} exclusions: this looks like an attack`);
  }
  const options = [
    { scope: 'path', side: 'before', make: inPath },
    { scope: 'everywhere', side: 'after', make: updateLines },
  ] as const;
  const proposals = options.flatMap(({ scope, side, make }): Proposal[] => {
    const score = tried(make, side)(exclusions);
    return score === null ? [] : [{ scope, side, text: make(exclusions), score }];
  });
  return { exclusions, proposals, leftOut: null };
}

/** The rules that scored or denied, with what they looked at; those that add most last. */
function candidatesOf({ matches, verdict }: TransactionResult): readonly Exclusion[] {
  const scored = new Map<string, { readonly exclusion: Exclusion; score: number }>();
  for (const match of matches) {
    const ruleId = match.rule.data.id;
    const score = match.targets.reduce((sum, target) => sum + target.score, 0);
    const denies = verdict.kind === 'deny' && verdict.ruleId === ruleId;
    const targets = match.targets.flatMap(({ label }) => excludable(label));
    // The rule that sums up the score reads nothing of the request.
    if (score <= 0 && !(denies && targets.length > 0)) continue;
    for (const target of targets.length === 0 ? [null] : targets) {
      const key = JSON.stringify([ruleId, target]);
      const entry = scored.get(key) ?? { exclusion: { ruleId, target }, score: 0 };
      entry.score += score;
      scored.set(key, entry);
    }
  }
  return [...scored.values()].sort((a, b) => a.score - b.score).map(({ exclusion }) => exclusion);
}

function excludable(label: string): readonly NonNullable<Exclusion['target']>[] {
  const colon = label.indexOf(':');
  const variable = colon < 0 ? label : label.slice(0, colon);
  if (!EXCLUDABLE_VARIABLES.has(variable)) return [];
  return [{ variable, key: colon < 0 ? null : label.slice(colon + 1) }];
}

/** Leaves out one exclusion after the other as long as the request still passes; null where all do not help. */
function fewest(
  all: readonly Exclusion[],
  passes: (exclusions: readonly Exclusion[]) => number | null,
): readonly Exclusion[] | null {
  if (all.length === 0 || passes(all) === null) return null;
  let kept = all;
  for (const exclusion of all) {
    const rest = kept.filter((other) => other !== exclusion);
    if (rest.length > 0 && passes(rest) !== null) kept = rest;
  }
  return kept;
}

/** The score with a trial, where the request passes with it; null where it does not, or where nothing can say it. */
function scoreWith(rules: InspectRules, request: InspectedRequest, trial: () => Trial): number | null {
  try {
    const { verdict, state } = judge(rules, rules.with(trial()), request);
    if (blocks(rules, verdict)) return null;
    return Number.parseInt(state.tx.get('blocking_inbound_anomaly_score') ?? '', 10) || 0;
  } catch (error) {
    // A name that no quoting of SecLang can hold.
    if (error instanceof EngineError) return null;
    throw error;
  }
}

/** An id below 100,000, which the CRS leaves to local rules, and which no rule has. */
function freshId({ ruleSet }: InspectRules): number {
  const used = new Set(ruleSet.rules.map(({ data }) => data.id));
  let id = 10_001;
  while (used.has(id)) id++;
  return id;
}
