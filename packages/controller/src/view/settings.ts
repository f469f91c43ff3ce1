/** Each setting of a policy in force, and which object has said it. */
import type { PolicySettings, WafPolicy } from '../kinds/objects.ts';
import { settingsOf } from '../kinds/problems.ts';
import { keyOf, ordered } from '../plan/order.ts';
import type { ReportContext } from '../plan/reports/context.ts';

export interface SettingOrigin {
  /** `thresholds.inbound`. */
  readonly path: string;
  readonly value: unknown;
  /** `WAFPolicy shop/strict`; several where a list is put together; `default` where nobody says anything. */
  readonly from: readonly string[];
}

interface Layer {
  readonly source: string;
  readonly settings: PolicySettings;
}

/** What holds where nobody says anything, of what people ask for first. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  mode: 'Detect',
  paranoia: 1,
  'thresholds.inbound': 5,
  'thresholds.outbound': 4,
  unavailable: 'Closed',
};

/** In force before, and still: the newest of the policy is refused. */
export const FORMER = 'what was in force before';

/**
 * @param policy null for what a port without a WAFPolicy has
 * @param inForce settings that are
 */
export function settingOrigins(
  policy: WafPolicy | null,
  namespace: string,
  inForce: PolicySettings,
  context: ReportContext,
): readonly SettingOrigin[] {
  const layers = layersOf(policy, namespace, context).map(({ source, settings }) => ({
    source,
    leaves: leavesOf(settings),
  }));
  const leaves = leavesOf(inForce);
  const said = [...leaves].map(([path, value]): SettingOrigin => {
    const sayers = layers.filter(({ leaves: own }) => own.has(path));
    // Of a policy whose newest is refused, what it inherits or said before is in force.
    const sayer = sayers.findLast((each) => isSame(each.leaves.get(path), value));
    if (sayer !== undefined) return { path, value, from: [sayer.source] };
    // A list that is put together: each entry is somebody's.
    const isJoined =
      Array.isArray(value) &&
      value.every((entry) => sayers.some((each) => has(each.leaves.get(path), entry)));
    return { path, value, from: isJoined ? sayers.map(({ source }) => source) : [FORMER] };
  });
  const silent = Object.entries(DEFAULTS).filter(([path]) => !leaves.has(path));
  return [...said, ...silent.map(([path, value]) => ({ path, value, from: ['default'] }))].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  );
}

/** Those of the cluster first. */
function layersOf(policy: WafPolicy | null, namespace: string, { world, namespaces }: ReportContext) {
  const { sluice } = world;
  const governing = namespaces.governing(namespace);
  const layers: readonly (Layer | null)[] = [
    sluice && { source: `Sluice ${sluice.metadata.name}`, settings: sluice.spec.defaults ?? {} },
    governing && {
      source: `ClusterWAFPolicy ${governing.metadata.name}`,
      settings: governing.spec.defaults ?? {},
    },
    policy && { source: `WAFPolicy ${keyOf(policy.metadata)}`, settings: settingsOf(policy.spec) },
  ];
  return layers.filter((layer) => layer !== null);
}

/** Values that are no objects, by their paths. Lists are values: they are inherited whole, or joined. */
function leavesOf(settings: object, root = ''): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(settings).flatMap(([name, value]): readonly (readonly [string, unknown])[] => {
      const path = root === '' ? name : `${root}.${name}`;
      if (value === undefined) return [];
      const isFields = typeof value === 'object' && value !== null && !Array.isArray(value);
      return isFields ? [...leavesOf(value, path)] : [[path, value]];
    }),
  );
}

const textOf = (value: unknown): string => JSON.stringify(ordered(value));
const isSame = (one: unknown, other: unknown): boolean => textOf(one) === textOf(other);
const has = (list: unknown, entry: unknown): boolean =>
  Array.isArray(list) && list.some((each) => isSame(each, entry));
