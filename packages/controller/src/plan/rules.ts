/** The SecLang of a policy: which texts of its RuleSets are in force, where the newest of one may be bad. */
import type { Reason } from '../conditions.ts';
import type { Allowances, RuleSetSpec } from '../kinds/objects.ts';
import type { Candidate, RulePlace, RuleRights, RuleSetVerdict, RuleSetVerdicts } from '../rules/verdict.ts';
import type { World } from '../world.ts';
import type { PlannedPolicy, RuleText } from './plan.ts';

export interface Finding {
  readonly reason: Reason;
  /** A sentence. */
  readonly message: string;
}

export interface RulesInForce {
  readonly before: readonly RuleText[];
  readonly after: readonly RuleText[];
  /** RuleSets that are not there. */
  readonly missing: readonly Finding[];
  readonly refused: readonly Finding[];
  /** RuleSets of which nothing is known yet. */
  readonly pending: readonly string[];
  /** RuleSets whose newest text is in force. */
  readonly newest: readonly string[];
}

export interface RulesAsked {
  readonly policy: Pick<PlannedPolicy, 'name' | 'settings'>;
  /** By key, those of the cluster first. */
  readonly sources: readonly { readonly key: string; readonly rights: RuleRights }[];
  /** What was in force under the policy's name. */
  readonly former: PlannedPolicy | undefined;
}

export const clusterRights: RuleRights = { kind: 'cluster' };

export const namespaceRights = (namespace: string, allow: Allowances): RuleRights => ({
  kind: 'namespace',
  namespace,
  allow,
});

/**
 * Of each RuleSet the newest text where it is good, else the text that was in force, else none. What comes of mixing new and former texts is
 * judged once more as a whole, for ids may collide; where that is not known to be good, all former texts stay.
 */
export function rulesInForce(world: World, verdicts: RuleSetVerdicts, asked: RulesAsked): RulesInForce {
  const { policy, sources, former } = asked;
  const found = sources.flatMap(({ key, rights }): readonly Candidate[] => {
    const spec = world.ruleSets.get(key)?.spec;
    return spec === undefined ? [] : [{ key, spec, rights }];
  });
  const place: RulePlace = { ...policy, candidates: found };
  const answers = new Map(found.map((candidate) => [candidate.key, verdicts.of(candidate, place)]));
  const isGood = (key: string): boolean => answers.get(key)?.kind === 'ok';
  const told = {
    missing: sources.filter(({ key }) => !answers.has(key)).map(({ key }) => missing(key, former)),
    refused: found.flatMap(({ key }) => refusal(key, answers.get(key) ?? null, former)),
    pending: found.map(({ key }) => key).filter((key) => answers.get(key) === null),
    newest: found.map(({ key }) => key).filter(isGood),
  };
  if (told.newest.length === sources.length) return { ...textsOf(found), ...told };
  const mixed = sources.flatMap(({ key, rights }): readonly Candidate[] => {
    const spec = isGood(key) ? world.ruleSets.get(key)?.spec : formerSpec(former, key);
    return spec === undefined ? [] : [{ key, spec, rights }];
  });
  return { ...settled(mixed, asked, verdicts), ...told };
}

/** A former text is in force and stays so while nothing is known; a mixture has to be known as good. */
function settled(
  mixed: readonly Candidate[],
  { policy, sources, former }: RulesAsked,
  verdicts: RuleSetVerdicts,
): Pick<RulesInForce, 'before' | 'after'> {
  const place: RulePlace = { ...policy, candidates: mixed };
  if (mixed.every((candidate) => verdicts.of(candidate, place)?.kind === 'ok')) return textsOf(mixed);
  const allFormer = sources.flatMap(({ key, rights }): readonly Candidate[] => {
    const spec = formerSpec(former, key);
    return spec === undefined ? [] : [{ key, spec, rights }];
  });
  const formerPlace: RulePlace = { ...policy, candidates: allFormer };
  // What the cluster no longer allows goes, also where it was in force.
  return textsOf(allFormer.filter((candidate) => verdicts.of(candidate, formerPlace)?.kind !== 'refused'));
}

function formerSpec(former: PlannedPolicy | undefined, key: string): RuleSetSpec | undefined {
  const textOf = (texts: readonly RuleText[] = []): string | undefined =>
    texts.find(({ source }) => source === key)?.text;
  const [before, after] = [textOf(former?.before), textOf(former?.after)];
  if (before === undefined && after === undefined) return undefined;
  return { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}

function textsOf(candidates: readonly Candidate[]): Pick<RulesInForce, 'before' | 'after'> {
  const side = (name: 'before' | 'after'): readonly RuleText[] =>
    candidates.flatMap(({ key, spec }) => {
      const text = spec[name];
      return text === undefined || text.trim() === '' ? [] : [{ source: key, text }];
    });
  return { before: side('before'), after: side('after') };
}

const stays = (former: PlannedPolicy | undefined, key: string): string =>
  formerSpec(former, key) === undefined
    ? 'Nothing of it is in force.'
    : 'What it said before stays in force.';

const missing = (key: string, former: PlannedPolicy | undefined): Finding => ({
  reason: 'RuleSetNotFound',
  message: `RuleSet ${key} is not there: create it, or take its name away. ${stays(former, key)}`,
});

function refusal(
  key: string,
  verdict: RuleSetVerdict | null,
  former: PlannedPolicy | undefined,
): readonly Finding[] {
  if (verdict?.kind !== 'refused') return [];
  return [{ reason: verdict.reason, message: `RuleSet ${key}: ${verdict.message} ${stays(former, key)}` }];
}

/**
 * Verdicts as the status of RuleSets has them, for who only reads a cluster. What was judged without regard to a policy may still be refused
 * beside others.
 */
export const verdictsOfStatus = (world: World): RuleSetVerdicts => ({
  of({ key }): RuleSetVerdict | null {
    const ruleSet = world.ruleSets.get(key);
    const condition = ruleSet?.status?.conditions?.find(({ type }) => type === 'Validated');
    if (ruleSet === undefined || condition?.observedGeneration !== ruleSet.metadata.generation) return null;
    if (condition.status === 'True') return { kind: 'ok', rules: 0, ids: [], warnings: [] };
    if (condition.status === 'Unknown') return null;
    const { reason, message } = condition;
    const known = [
      'SecLangInvalid',
      'ProtectedRule',
      'WeakerThanAllowed',
      'TestsFailed',
      'TooLarge',
    ] as const;
    return {
      kind: 'refused',
      reason: known.find((each) => each === reason) ?? 'SecLangInvalid',
      message,
      problems: [],
    } as RuleSetVerdict;
  },
});
