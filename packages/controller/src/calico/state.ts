/** What Calico's objects come to in a cluster. */
import type { Alert, ClusterWafPolicy, RuleSet, Sluice, WafPolicy } from '../kinds/objects.ts';
import type { CalicoState } from '../world.ts';
import { type CalicoPresence, managerOf } from './presence.ts';
import { type CalicoObjects, type Translation, translateCalico } from './translate.ts';

/** To be put beside the objects of the same kinds that are ours; by `namespace/name`, or name. */
export interface CalicoInput {
  /** Null where Calico's kinds are not read. */
  readonly state: CalicoState | null;
  readonly clusterPolicies: ReadonlyMap<string, ClusterWafPolicy>;
  readonly policies: ReadonlyMap<string, WafPolicy>;
  readonly ruleSets: ReadonlyMap<string, RuleSet>;
  readonly alerts: ReadonlyMap<string, Alert>;
}

const nothing = (state: CalicoState | null): CalicoInput => ({
  state,
  clusterPolicies: new Map(),
  policies: new Map(),
  ruleSets: new Map(),
  alerts: new Map(),
});

/** Of a cluster whose Calico nobody looks at. */
export const NO_CALICO: CalicoInput = Object.freeze(nothing(null));

type Keyed = { readonly metadata: { readonly name: string; readonly namespace?: string } };

const byKey = <T extends Keyed>(objects: readonly T[]): ReadonlyMap<string, T> =>
  new Map(
    objects.map((object) => {
      const { name, namespace } = object.metadata;
      return [namespace === undefined ? name : `${namespace}/${name}`, object] as const;
    }),
  );

export interface CalicoInputOptions {
  readonly objects: CalicoObjects;
  readonly presence: CalicoPresence;
  readonly sluice: Sluice | null;
  readonly systemNamespace?: string;
}

/** Pure. Who asks often keeps the answer while the arguments are the same ones: `memoised`. */
export function calicoInput({ objects, presence, sluice, systemNamespace }: CalicoInputOptions): CalicoInput {
  if (sluice?.spec.calico === 'Never') return nothing(null);
  const managedBy = managerOf(presence);
  if (managedBy !== null) return nothing({ annotationSelects: false, managedBy, reports: [] });
  const translation = translateCalico(objects, {
    names: 'beside',
    ...(systemNamespace !== undefined && { systemNamespace }),
  });
  return inputOf(translation);
}

function inputOf(translation: Translation): CalicoInput {
  const { annotationSelects, reports } = translation;
  return {
    state: { annotationSelects, managedBy: null, reports },
    clusterPolicies: byKey(translation.clusterPolicies),
    policies: byKey(translation.policies),
    ruleSets: byKey(translation.ruleSets),
    alerts: byKey(translation.alerts),
  };
}

/**
 * `calicoInput` that gives the same answer, objects and all, while nothing of what it depends on has changed: lists by their
 * elements, the rest by identity or value.
 */
export function memoised(): typeof calicoInput {
  let last: { readonly key: readonly unknown[]; readonly input: CalicoInput } | null = null;
  return (options) => {
    const { objects, presence, sluice, systemNamespace } = options;
    const key = [
      JSON.stringify([presence, sluice?.spec.calico ?? 'Auto', systemNamespace]),
      ...Object.entries(objects).flatMap(([kind, list]) => [kind, ...list]),
    ];
    if (last !== null && last.key.length === key.length && last.key.every((one, at) => one === key[at])) {
      return last.input;
    }
    last = { key, input: calicoInput(options) };
    return last.input;
  };
}
