/** What an exclusion takes away of what matched, decided as the rules that it becomes decide it. */
import { compileTarget } from '../compile/targets.ts';
import { EngineError, type SourcePosition } from '../errors.ts';
import { locateAll } from '../language/place.ts';
import { parseTargets } from '../language/targets.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { makePair } from '../variables/pair.ts';
import { createEnvironment } from './environment.ts';
import { isAmbiguousPath, isOneOfPaths } from './paths.ts';
import type { PolicyExclusion } from './policy-rules.ts';
import { type LinkedExclusion, linkExclusion } from './targets.ts';

/** What matched: a rule, in a value that a label names as MATCHED_VAR_NAME does (`ARGS:comment`). */
export interface MatchedPlace {
  readonly rule: { readonly id: number; readonly tags: readonly string[] };
  readonly label: string;
  /** Of the request, as it was sent, without query. */
  readonly path: string;
}

export type ExclusionMatcher = (place: MatchedPlace) => boolean;

const PLACE: SourcePosition = { file: 'exclusion', line: 1, column: 1 };

/**
 * A rule that counts values (`&ARGS`) matches in their number, of which nobody can tell whose it is: such a match is taken away by
 * exclusions of the rule as a whole alone.
 *
 * @throws EngineError SECLANG_BAD_ARGUMENT and the like, of a target
 */
export function exclusionMatcher({
  ids = [],
  tags = [],
  targets = [],
  paths,
}: PolicyExclusion): ExclusionMatcher {
  const ranges = ids.map((id) => (typeof id === 'number' ? ([id, id] as const) : id));
  const { compileRegex } = environment();
  const excluded = targets.map((text): LinkedExclusion => {
    const [target] = parseTargets(text, locateAll(PLACE));
    if (target === undefined)
      throw new EngineError('SECLANG_BAD_ARGUMENT', { what: text, reason: 'no target' });
    return linkExclusion(compileTarget({ ...target, exclude: true }), compileRegex);
  });
  return ({ rule, label, path }) =>
    (ranges.some(([first, last]) => first <= rule.id && rule.id <= last) ||
      rule.tags.some((tag) => tags.includes(tag))) &&
    (excluded.length === 0 || isExcluded(excluded, label)) &&
    isInExclusionPaths(path, paths);
}

/** Whether an exclusion holds at a path; without paths it holds everywhere. */
export const isInExclusionPaths = (path: string, paths: readonly string[] | undefined): boolean =>
  paths === undefined || (!isAmbiguousPath(path) && isOneOfPaths(path, paths));

function isExcluded(excluded: readonly LinkedExclusion[], label: string): boolean {
  const colon = label.indexOf(':');
  const variable = colon < 0 ? label : label.slice(0, colon);
  const pair = makePair(colon < 0 ? '' : label.slice(colon + 1), '');
  return excluded.some((exclusion) => exclusion.variable === variable && exclusion.excludes(pair));
}

let shared: ReturnType<typeof createEnvironment> | null = null;

/** One a thread: patterns are compiled by RE2, which takes linear time whatever a policy says. */
function environment(): ReturnType<typeof createEnvironment> {
  shared ??= createEnvironment(DEFAULT_LIMITS);
  return shared;
}
