/**
 * What is wrong with a spec that the API server has taken: what its schema cannot say. Settings are judged by the server's own schema, so that no
 * policy reaches a node that would refuse it.
 */
import { network, policySchema } from '@sluice/server/policies/policy-schema';
import type { z } from 'zod';
import type { KindName } from './definitions.ts';
import type {
  Allowances,
  ClusterWafPolicySpec,
  PolicySettings,
  SluiceSpec,
  WafPolicySpec,
} from './objects.ts';
import { wafPolicySpec } from './schema/policies.ts';
import { RULE_RANGE, settingsShape, TABLE_SETTINGS } from './schema/settings.ts';

export interface SpecProblem {
  /** As Kubernetes writes places: `spec.exclusions[0].rules[1]`. */
  readonly path: string;
  /** Without a full stop, so that it can stand behind its path. */
  readonly message: string;
}

type Path = readonly PropertyKey[];

/** `spec`, [`exclusions`, 0] to `spec.exclusions[0]`. */
export function fieldPath(root: string, path: Path): string {
  let out = root;
  for (const part of path) {
    if (typeof part === 'number') out += `[${part}]`;
    else if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(String(part)))
      out += out === '' ? String(part) : `.${String(part)}`;
    else out += `[${JSON.stringify(String(part))}]`;
  }
  return out;
}

/** One for each unknown field, one for any other issue. */
export function issueProblems(issue: z.core.$ZodIssue, root: string): readonly SpecProblem[] {
  const path = fieldPath(root, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: fieldPath(path, [key]), message: 'unknown field' }));
    case 'invalid_value':
      return [{ path, message: `expected ${issue.values.map(String).join(' or ')}` }];
    case 'invalid_union':
      return [{ path, message: issue.errors.flat()[0]?.message ?? issue.message }];
    case 'invalid_key':
      return [{ path, message: issue.issues[0]?.message ?? issue.message }];
    default:
      return [{ path, message: issue.message }];
  }
}

/** What a schema finds. */
export function schemaProblems(schema: z.ZodType, value: unknown, root: string): readonly SpecProblem[] {
  const { error } = schema.safeParse(value);
  return error === undefined ? [] : error.issues.flatMap((issue) => issueProblems(issue, root));
}

/**
 * What the server would refuse in an entry of `policies` with these settings. Settings that are merged of several objects are asked
 * for once more: two limits that are right by themselves may contradict each other.
 *
 * @param root where the settings stand: `spec`, `spec.defaults`
 */
export function settingsProblems(settings: PolicySettings, root = ''): readonly SpecProblem[] {
  const ofServer = Object.entries(settings).filter(([name]) => !TABLE_SETTINGS.includes(name));
  return schemaProblems(policySchema, Object.fromEntries(ofServer), root);
}

/** The settings of a WAFPolicy, without what else it says. */
export function settingsOf(spec: WafPolicySpec): PolicySettings {
  const own = Object.keys(wafPolicySpec.shape).filter((name) => !(name in settingsShape));
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !own.includes(name)));
}

function networkProblems(networks: readonly string[] = [], root: string): readonly SpecProblem[] {
  return networks.flatMap((text, index) => schemaProblems(network, text, fieldPath(root, [index])));
}

function rangeProblems(rules: Allowances['exclusions'] = [], root: string): readonly SpecProblem[] {
  return rules.flatMap((range, index) => {
    if (typeof range === 'number' || !RULE_RANGE.test(range)) return [];
    const [first, last] = range.split('-').map(Number);
    if ((first ?? 0) <= (last ?? 0)) return [];
    return [{ path: fieldPath(root, [index]), message: 'a range of ids goes from the lower to the higher' }];
  });
}

const ofSluice = (spec: SluiceSpec): readonly SpecProblem[] => [
  ...settingsProblems(spec.defaults ?? {}, 'spec.defaults'),
  ...networkProblems(spec.trustedProxies, 'spec.trustedProxies'),
];

const ofClusterPolicy = (spec: ClusterWafPolicySpec): readonly SpecProblem[] => [
  ...settingsProblems(spec.defaults ?? {}, 'spec.defaults'),
  ...rangeProblems(spec.allow?.exclusions, 'spec.allow.exclusions'),
];

/** By kind, for a spec that its schema has taken (parse.ts). */
export const SPEC_PROBLEMS: Partial<Record<KindName, (spec: never) => readonly SpecProblem[]>> = {
  Sluice: ofSluice,
  ClusterWAFPolicy: ofClusterPolicy,
  WAFPolicy: (spec: WafPolicySpec) => settingsProblems(settingsOf(spec), 'spec'),
};

/** As they stand in a condition's message. */
export const problemText = (problems: readonly SpecProblem[]): string =>
  problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
