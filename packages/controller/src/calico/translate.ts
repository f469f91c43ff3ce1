/**
 * Calico's objects to ours: pure, so that `sluice import calico` and the controller say the same of the same file.
 *
 *     raw objects ─▶ plugins ─▶ policies ─▶ policies, RuleSets, alerts of ours, and a report of each object of Calico's
 */
import { CALICO_PREFIX, SYSTEM_NAMESPACE } from '../kinds/names.ts';
import type { Alert, ClusterWafPolicy, ObjectMeta, RuleSet, WafPolicy } from '../kinds/objects.ts';
import type { CalicoReport } from '../world.ts';
import { readApplicationLayer } from './application-layer.ts';
import { readGlobalAlert } from './global-alert.ts';
import type { CalicoKind } from './kinds.ts';
import {
  type Naming,
  noteOrder,
  readGlobalPolicy,
  readPlugin,
  readPolicy,
  type TranslatedPlugin,
} from './policies.ts';
import { type RawCalicoObject, Reporter } from './report.ts';

export type CalicoObjects = Readonly<Record<CalicoKind, readonly RawCalicoObject[]>>;

export const NO_CALICO_OBJECTS: CalicoObjects = {
  ApplicationLayer: [],
  GlobalAlert: [],
  GlobalWAFPolicy: [],
  GlobalWAFPlugin: [],
  WAFPolicy: [],
  WAFPlugin: [],
};

export interface Translation {
  /** Whether an ApplicationLayer has turned selection by Calico's annotation on. */
  readonly annotationSelects: boolean;
  readonly clusterPolicies: readonly ClusterWafPolicy[];
  readonly policies: readonly WafPolicy[];
  readonly ruleSets: readonly RuleSet[];
  readonly alerts: readonly Alert[];
  /** One for each object, in the order of CalicoObjects. */
  readonly reports: readonly CalicoReport[];
}

export interface TranslateOptions {
  /** `beside`: names that no object can have, for they stand beside ours. `own`: names as they are, for a file that will be applied. */
  readonly names: 'beside' | 'own';
  /** Where RuleSets and alerts of the cluster stand. */
  readonly systemNamespace?: string;
}

const NAMINGS: Readonly<Record<TranslateOptions['names'], Naming>> = {
  beside: {
    policy: (name) => CALICO_PREFIX + name,
    ruleSet: (plugin, late) => `${CALICO_PREFIX}${plugin}${late ? '_late' : ''}`,
  },
  own: {
    policy: (name) => name,
    ruleSet: (plugin, late) => `${plugin}${late ? '-late' : ''}`,
  },
};

class Translator {
  readonly #naming: Naming;
  readonly #systemNamespace: string;
  readonly reports: CalicoReport[] = [];
  readonly ruleSets: RuleSet[] = [];

  constructor({ names, systemNamespace = SYSTEM_NAMESPACE }: TranslateOptions) {
    this.#naming = NAMINGS[names];
    this.#systemNamespace = systemNamespace;
  }

  /** Each with its report, whatever comes of it. */
  each<T>(
    kind: CalicoKind,
    objects: readonly RawCalicoObject[],
    read: (raw: RawCalicoObject, to: Reporter) => T | null,
  ): readonly (readonly [T, ObjectMeta])[] {
    return objects.flatMap((raw) => {
      const to = new Reporter(kind, raw);
      const result = read(raw, to);
      this.reports.push(to.report);
      return result === null ? [] : [[result, to.metadata] as const];
    });
  }

  /** By name; their RuleSets are kept. */
  plugins(
    kind: 'WAFPlugin' | 'GlobalWAFPlugin',
    objects: readonly RawCalicoObject[],
  ): ReadonlyMap<string, ReadonlyMap<string, TranslatedPlugin>> {
    const byNamespace = new Map<string, Map<string, TranslatedPlugin>>();
    const read = (raw: RawCalicoObject, to: Reporter) => readPlugin(raw, to, this.#naming);
    for (const [plugin, metadata] of this.each(kind, objects, read)) {
      const namespace = metadata.namespace ?? this.#systemNamespace;
      const known = byNamespace.get(namespace) ?? new Map<string, TranslatedPlugin>();
      byNamespace.set(namespace, known.set(plugin.name, plugin));
      for (const { name, spec } of plugin.ruleSets) {
        this.ruleSets.push({ metadata: { ...metadata, namespace, name }, spec });
      }
    }
    return byNamespace;
  }

  named(metadata: ObjectMeta): ObjectMeta {
    return { ...metadata, name: this.#naming.policy(metadata.name) };
  }

  inSystem(metadata: ObjectMeta): ObjectMeta {
    return { ...this.named(metadata), namespace: this.#systemNamespace };
  }

  globalPolicies(
    objects: readonly RawCalicoObject[],
    plugins: ReadonlyMap<string, TranslatedPlugin>,
  ): readonly ClusterWafPolicy[] {
    return this.each('GlobalWAFPolicy', objects, (raw, to) =>
      readGlobalPolicy(raw, to, plugins, this.#naming),
    ).map(([spec, metadata]) => ({ metadata: this.named(metadata), spec }));
  }

  policies(
    objects: readonly RawCalicoObject[],
    byNamespace: ReadonlyMap<string, ReadonlyMap<string, TranslatedPlugin>>,
    cluster: readonly TranslatedPlugin[],
  ): readonly WafPolicy[] {
    return this.each('WAFPolicy', objects, (raw, to) => {
      const plugins = byNamespace.get(to.metadata.namespace ?? '') ?? new Map();
      const spec = readPolicy(raw, to, plugins, this.#naming);
      if (spec !== null) noteOrder(cluster, named(spec.ruleSets, [...plugins.values()]), to);
      return spec;
    }).map(([spec, metadata]) => ({ metadata: this.named(metadata), spec }));
  }
}

/** Plugins of which a policy has RuleSets. */
const named = (
  ruleSets: readonly string[] = [],
  plugins: readonly TranslatedPlugin[],
): readonly TranslatedPlugin[] =>
  plugins.filter((plugin) => plugin.ruleSets.some(({ name }) => ruleSets.includes(name)));

/** The same objects give the same, in the same order. Never throws for what an object says: that is told in its report. */
export function translateCalico(objects: CalicoObjects, options: TranslateOptions): Translation {
  const translator = new Translator(options);
  const { systemNamespace = SYSTEM_NAMESPACE } = options;
  const layers = translator.each('ApplicationLayer', objects.ApplicationLayer, readApplicationLayer);
  const alerts = translator.each('GlobalAlert', objects.GlobalAlert, readGlobalAlert);
  const global =
    translator.plugins('GlobalWAFPlugin', objects.GlobalWAFPlugin).get(systemNamespace) ?? new Map();
  const byNamespace = translator.plugins('WAFPlugin', objects.WAFPlugin);
  const clusterPolicies = translator.globalPolicies(objects.GlobalWAFPolicy, global);
  const clusterRuleSets = clusterPolicies.flatMap(({ spec }) => spec.ruleSets ?? []);
  const policies = translator.policies(
    objects.WAFPolicy,
    byNamespace,
    named(clusterRuleSets, [...global.values()]),
  );
  return {
    annotationSelects: layers.some(([enabled]) => enabled),
    clusterPolicies,
    policies,
    ruleSets: translator.ruleSets,
    alerts: alerts.map(([spec, metadata]) => ({ metadata: translator.inSystem(metadata), spec })),
    reports: translator.reports,
  };
}
