/**
 * GlobalWAFPolicy, WAFPolicy and their plugins. Calico's order is: config of the cluster, config of the namespace, before of the cluster, before of the
 * namespace, the CRS, rules of the cluster, rules of the namespace, after of the namespace, after of the cluster. Each plugin becomes up to two RuleSets, so that
 * all config stands before all before, and all rules before all after, whatever the number of plugins.
 */
import { GATEWAY_GROUP } from '../gateway-api.ts';
import type {
  ClusterWafPolicySpec,
  PolicySettings,
  RuleSetSpec,
  TargetRef,
  WafPolicySpec,
} from '../kinds/objects.ts';
import type { RawCalicoObject, Reporter } from './report.ts';

export const GLOBAL_POLICY_NAME = 'default';

/** Names of translated objects. */
export interface Naming {
  readonly policy: (name: string) => string;
  /** Of what a plugin says in config and rules; and, `late`, in before and after. */
  readonly ruleSet: (plugin: string, late: boolean) => string;
}

export interface TranslatedPlugin {
  readonly name: string;
  readonly hasConfig: boolean;
  readonly hasBefore: boolean;
  readonly hasRules: boolean;
  readonly hasAfter: boolean;
  /** Up to two. */
  readonly ruleSets: readonly { readonly name: string; readonly late: boolean; readonly spec: RuleSetSpec }[];
}

const isText = (text: string | undefined): text is string => text !== undefined && text.trim() !== '';

function ruleSetSpec(before: string | undefined, after: string | undefined): RuleSetSpec | null {
  if (!isText(before) && !isText(after)) return null;
  return { ...(isText(before) && { before }), ...(isText(after) && { after }) };
}

/** @returns null where it is refused */
export function readPlugin(raw: RawCalicoObject, to: Reporter, naming: Naming): TranslatedPlugin | null {
  const spec = to.read('WAFPlugin', raw.spec);
  if (spec === null) return null;
  const { name } = to.metadata;
  const early = ruleSetSpec(spec.config, spec.rules);
  const late = ruleSetSpec(spec.before, spec.after);
  if (early === null && late === null) {
    to.refuse('spec', 'at least one of config, before, rules and after is not empty');
    return null;
  }
  return {
    name,
    hasConfig: isText(spec.config),
    hasBefore: isText(spec.before),
    hasRules: isText(spec.rules),
    hasAfter: isText(spec.after),
    ruleSets: [
      ...(early === null ? [] : [{ name: naming.ruleSet(name, false), late: false, spec: early }]),
      ...(late === null ? [] : [{ name: naming.ruleSet(name, true), late: true, spec: late }]),
    ],
  };
}

interface CoreRuleSet {
  readonly state?: 'Enabled' | 'Disabled';
  readonly paranoiaLevel?: number;
  readonly enabled?: boolean;
}

function settings(
  mode: 'Detect' | 'Block' | undefined,
  core: CoreRuleSet | undefined,
  to: Reporter,
): PolicySettings {
  if (core?.state === 'Disabled') {
    to.note(
      'spec.coreRuleSet.state',
      'Sluice always runs the CRS: leave rules out by exclusions of a policy',
    );
  }
  if (core?.enabled !== undefined) to.note('spec.coreRuleSet.enabled', 'deprecated by Calico');
  return {
    ...(mode !== undefined && { mode }),
    ...(core?.paranoiaLevel !== undefined && { paranoia: core.paranoiaLevel }),
  };
}

type PluginRefs = readonly { readonly kind?: string; readonly name: string }[] | undefined;

/** Names of RuleSets in the order of the plugins, the early ones first. */
function ruleSetNames(
  refs: PluginRefs,
  kind: 'WAFPlugin' | 'GlobalWAFPlugin',
  plugins: ReadonlyMap<string, TranslatedPlugin>,
  naming: Naming,
  to: Reporter,
): readonly string[] {
  const named = (refs ?? []).flatMap((ref, index) => {
    if ((ref.kind ?? kind) === kind) return [ref.name];
    to.note(`spec.plugins[${index}]`, `here stand plugins of kind ${kind}`);
    return [];
  });
  // A plugin that is not there keeps its place, so that the policy is told of it and does not come into force without.
  const setsOf = (name: string): readonly Pick<TranslatedPlugin['ruleSets'][number], 'name' | 'late'>[] =>
    plugins.get(name)?.ruleSets ?? [{ name: naming.ruleSet(name, false), late: false }];
  const all = named.flatMap(setsOf);
  return [...all.filter(({ late }) => !late), ...all.filter(({ late }) => late)].map(({ name }) => name);
}

/** What Calico lets every namespace decide for itself. */
const CALICO_ALLOWANCES = { mode: 'Detect', paranoia: 1 } as const;

export function readGlobalPolicy(
  raw: RawCalicoObject,
  to: Reporter,
  plugins: ReadonlyMap<string, TranslatedPlugin>,
  naming: Naming,
): ClusterWafPolicySpec | null {
  if (to.metadata.name !== GLOBAL_POLICY_NAME) {
    to.refuse('metadata.name', `there is one GlobalWAFPolicy, named ${GLOBAL_POLICY_NAME}`);
    return null;
  }
  const spec = to.read('GlobalWAFPolicy', raw.spec);
  if (spec === null) return null;
  const defaults = settings(spec.defaultAction, spec.coreRuleSet, to);
  const ruleSets = ruleSetNames(spec.plugins, 'GlobalWAFPlugin', plugins, naming, to);
  return {
    ...(Object.keys(defaults).length > 0 && { defaults }),
    allow: CALICO_ALLOWANCES,
    ...(ruleSets.length > 0 && { ruleSets }),
  };
}

export function readPolicy(
  raw: RawCalicoObject,
  to: Reporter,
  plugins: ReadonlyMap<string, TranslatedPlugin>,
  naming: Naming,
): WafPolicySpec | null {
  const spec = to.read('WAFPolicy', raw.spec);
  if (spec === null) return null;
  const targetRefs: TargetRef[] = spec.targetRefs.map(({ kind, name, sectionName }) => ({
    group: GATEWAY_GROUP,
    kind,
    name,
    ...(sectionName !== undefined && { sectionName }),
  }));
  const foreign = spec.targetRefs.findIndex(({ group = GATEWAY_GROUP }) => group !== GATEWAY_GROUP);
  if (foreign !== -1) {
    to.refuse(`spec.targetRefs[${foreign}].group`, `only ${GATEWAY_GROUP} is known`);
    return null;
  }
  const ruleSets = ruleSetNames(spec.plugins, 'WAFPlugin', plugins, naming, to);
  return {
    targetRefs,
    ...settings(spec.action, spec.coreRuleSet, to),
    ...(ruleSets.length > 0 && { ruleSets }),
  };
}

/**
 * Where the order of SecLang is another than Calico's: Sluice puts all of the cluster before all of the namespace.
 *
 * @param cluster the plugins that the cluster's policy names
 * @param namespaced those that this policy names
 */
export function noteOrder(
  cluster: readonly TranslatedPlugin[],
  namespaced: readonly TranslatedPlugin[],
  to: Reporter,
): void {
  const some = (plugins: readonly TranslatedPlugin[], slot: keyof TranslatedPlugin): boolean =>
    plugins.some((plugin) => plugin[slot] === true);
  if (some(cluster, 'hasBefore') && some(namespaced, 'hasConfig')) {
    to.note(
      'spec.plugins',
      "config of this namespace stands behind before of the cluster's plugins, not before it",
    );
  }
  if (some(cluster, 'hasAfter') && (some(namespaced, 'hasRules') || some(namespaced, 'hasAfter'))) {
    to.note(
      'spec.plugins',
      "rules and after of this namespace stand behind after of the cluster's plugins, not before it",
    );
  }
}
