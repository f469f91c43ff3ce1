/** The object in a world that a report speaks of. */
import type { Condition } from '../conditions.ts';
import type { CustomObject, ObjectMeta } from '../kinds/objects.ts';
import type { ObjectReport } from '../plan/plan.ts';
import type { World } from '../world.ts';

export interface Reported {
  readonly metadata: Pick<ObjectMeta, 'uid' | 'generation'>;
  readonly conditions: readonly Condition[];
}

type Objects = ReadonlyMap<string, CustomObject<unknown>>;

function objectsOf(world: World, kind: ObjectReport['kind']): Objects {
  switch (kind) {
    case 'Sluice':
      return new Map(world.sluice === null ? [] : [[world.sluice.metadata.name, world.sluice]]);
    case 'ClusterWAFPolicy':
      return world.clusterPolicies;
    case 'WAFPolicy':
      return world.policies;
    case 'RuleSet':
      return world.ruleSets;
    case 'Alert':
      return world.alerts;
  }
}

/** Null where there is none. */
export function reportedIn(world: World, kind: ObjectReport['kind'], key: string): Reported | null {
  const object = objectsOf(world, kind).get(key);
  if (object !== undefined) return { metadata: object.metadata, conditions: object.status?.conditions ?? [] };
  const invalid = world.invalid.get(`${kind}/${key}`);
  return invalid === undefined ? null : { metadata: invalid.metadata, conditions: [] };
}
