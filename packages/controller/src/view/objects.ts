/** What stands in the statuses of our objects, and what its owner has to look at. */
import type { ConditionFact } from '../conditions.ts';
import { CALICO_PREFIX } from '../kinds/names.ts';
import type { CustomObject } from '../kinds/objects.ts';
import { byText, keyOf } from '../plan/order.ts';
import type { ObjectReport } from '../plan/plan.ts';
import type { World } from '../world.ts';

export interface ObjectState {
  readonly kind: string;
  /** `namespace/name`, or name. */
  readonly key: string;
  readonly conditions: readonly ConditionFact[];
  /** Of those conditions: what keeps the object from being in force as it is written. */
  readonly troubles: readonly ConditionFact[];
}

type Kind = ObjectReport['kind'];

const UNSEEN: ConditionFact = {
  ...{ type: 'Accepted', status: 'Unknown', reason: 'Pending' },
  message: 'No controller has looked at it as it is now. See whether sluice-controller runs and leads.',
};

/** That nothing is selected is no fault of the object. */
const isTrouble = ({ status, reason }: ConditionFact): boolean =>
  status !== 'True' && reason !== 'NothingSelected';

/** All of them, by kind and key; without those that were translated from Calico's kinds, which have statuses of their own. */
export function objectStates(world: World): readonly ObjectState[] {
  const states = (kind: Kind, objects: Iterable<CustomObject<unknown>>): readonly ObjectState[] =>
    [...objects]
      .filter(({ metadata }) => !metadata.name.startsWith(CALICO_PREFIX))
      .map((object) => objectState(kind, object, world));
  const known = [
    ...states('Sluice', world.sluice === null ? [] : [world.sluice]),
    ...states('ClusterWAFPolicy', world.clusterPolicies.values()),
    ...states('WAFPolicy', world.policies.values()),
    ...states('RuleSet', world.ruleSets.values()),
    ...states('Alert', world.alerts.values()),
  ];
  const told = new Set(known.map(({ kind, key }) => `${kind}/${key}`));
  const invalid = [...world.invalid.values()].filter(
    ({ kind, metadata }) => !told.has(`${kind}/${keyOf(metadata)}`),
  );
  return [
    ...known,
    ...invalid.map(({ kind, metadata, problem }) => stateOf(kind, keyOf(metadata), [invalidFact(problem)])),
    ...calicoStates(world),
  ].sort((a, b) => byText(a.kind, b.kind) || byText(a.key, b.key));
}

export function objectState(
  kind: Kind,
  { metadata, status }: CustomObject<unknown>,
  world: World,
): ObjectState {
  const key = keyOf(metadata);
  const invalid = world.invalid.get(`${kind}/${key}`);
  const newest = invalid?.metadata.generation ?? metadata.generation;
  const current = (status?.conditions ?? []).filter(({ observedGeneration }) => observedGeneration >= newest);
  const conditions = current.length === 0 ? [UNSEEN] : current;
  if (invalid === undefined) return stateOf(kind, key, conditions);
  const others = conditions.filter(({ type }) => type !== 'Accepted');
  return stateOf(kind, key, [invalidFact(invalid.problem), ...others]);
}

const invalidFact = (problem: string): ConditionFact => ({
  ...{ type: 'Accepted', status: 'False', reason: 'Invalid' },
  message: `${problem}. What it said before stays in force, where it said anything.`,
});

const stateOf = (kind: string, key: string, conditions: readonly ConditionFact[]): ObjectState => ({
  ...{ kind, key, troubles: conditions.filter(isTrouble) },
  conditions: conditions.map(({ type, status, reason, message }) => ({ type, status, reason, message })),
});

/** What of Calico's objects is not honoured. */
function calicoStates({ calico }: World): readonly ObjectState[] {
  return (calico?.reports ?? []).flatMap(({ kind, apiVersion, namespace, name, accepted, notHonoured }) => {
    if (accepted && notHonoured.length === 0) return [];
    const message = notHonoured.map(({ path, reason }) => `${path}: ${reason}`).join('; ');
    const fact = {
      type: 'Accepted',
      status: accepted ? 'True' : 'False',
      reason: 'NotSupported',
      message,
    } as const;
    const key = namespace === '' ? name : `${namespace}/${name}`;
    return [{ kind: `${kind}.${apiVersion.split('/', 1)[0]}`, key, conditions: [fact], troubles: [fact] }];
  });
}
