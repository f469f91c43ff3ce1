/** Kinds that a cluster must have, as the world has them. */
import type { Reflector } from '../cluster/reflector.ts';
import { KINDS } from '../kinds/definitions.ts';
import type { CustomObject } from '../kinds/objects.ts';
import type { SpecOf } from '../kinds/parse.ts';
import type { EndpointSlice, InvalidObject, Namespace, NodeState, Pod, Service } from '../world.ts';
import { memo } from './memo.ts';
import { isHeartbeat, isOwnStatus, type KnownNode, nodeOf, type Own, type OwnKind, ownOf } from './ours.ts';
import type { Watches } from './watches.ts';
import { endpointSliceOf, namespaceOf, podOf, serviceOf } from './workloads.ts';

/** Pods that have ended are not even sent. */
const NOT_ENDED = 'status.phase!=Succeeded,status.phase!=Failed';

const pathOf = (kind: keyof typeof KINDS): string => {
  const { group, version, plural } = KINDS[kind];
  return `/apis/${group}/${version}/${plural}`;
};

const scopeOf = (kind: keyof typeof KINDS): { readonly namespaced?: true } =>
  KINDS[kind].scope === 'Namespaced' ? { namespaced: true } : {};

type ValidObjects<Kind extends OwnKind> = ReadonlyMap<string, CustomObject<SpecOf<Kind>>>;

/** Objects of one of our kinds. */
export class OwnObjects<Kind extends OwnKind> {
  readonly #reflector: Reflector<Own<Kind>>;
  readonly #valid = memo((all: ReadonlyMap<string, Own<Kind>>): ValidObjects<Kind> => {
    const found = new Map<string, CustomObject<SpecOf<Kind>>>();
    for (const [key, { valid }] of all) if (valid !== null) found.set(key, valid);
    return found;
  });
  readonly #invalid = memo((all: ReadonlyMap<string, Own<Kind>>): readonly InvalidObject[] =>
    [...all.values()].flatMap(({ invalid }) => (invalid === null ? [] : [invalid])),
  );

  constructor(watches: Watches, kind: Kind) {
    this.#reflector = watches.add<Own<Kind>>({
      ...{ name: kind, path: pathOf(kind), ...scopeOf(kind) },
      project: (raw, before) => ownOf(kind, raw, before),
      isQuiet: isOwnStatus,
    });
  }

  get valid(): ValidObjects<Kind> {
    return this.#valid(this.#reflector.snapshot());
  }

  get invalid(): readonly InvalidObject[] {
    return this.#invalid(this.#reflector.snapshot());
  }
}

export class ClusterKinds {
  readonly namespaces: Reflector<Namespace>;
  readonly services: Reflector<Service>;
  readonly endpointSlices: Reflector<EndpointSlice>;
  readonly pods: Reflector<Pod>;
  readonly sluices: OwnObjects<'Sluice'>;
  readonly clusterPolicies: OwnObjects<'ClusterWAFPolicy'>;
  readonly policies: OwnObjects<'WAFPolicy'>;
  readonly ruleSets: OwnObjects<'RuleSet'>;
  readonly alerts: OwnObjects<'Alert'>;
  readonly #nodes: Reflector<KnownNode>;
  readonly #nodeStates = memo(
    (known: ReadonlyMap<string, KnownNode>): ReadonlyMap<string, NodeState> =>
      new Map([...known].map(([name, { state }]) => [name, state])),
  );
  readonly #invalidByKey = memo(
    (...found: readonly (readonly InvalidObject[])[]): ReadonlyMap<string, InvalidObject> =>
      new Map(found.flat().map((object) => [keyOf(object), object])),
  );

  constructor(watches: Watches) {
    this.namespaces = watches.add({ name: 'Namespace', path: '/api/v1/namespaces', project: namespaceOf });
    const namespaced = true;
    this.services = watches.add({
      name: 'Service',
      path: '/api/v1/services',
      namespaced,
      project: serviceOf,
    });
    this.endpointSlices = watches.add({
      ...{ name: 'EndpointSlice', path: '/apis/discovery.k8s.io/v1/endpointslices', namespaced },
      project: endpointSliceOf,
    });
    this.pods = watches.add({
      ...{ name: 'Pod', path: '/api/v1/pods', namespaced, fieldSelector: NOT_ENDED, project: podOf },
    });
    this.sluices = new OwnObjects(watches, 'Sluice');
    this.clusterPolicies = new OwnObjects(watches, 'ClusterWAFPolicy');
    this.policies = new OwnObjects(watches, 'WAFPolicy');
    this.ruleSets = new OwnObjects(watches, 'RuleSet');
    this.alerts = new OwnObjects(watches, 'Alert');
    this.#nodes = watches.add<KnownNode>({
      ...{ name: 'SluiceNode', path: pathOf('SluiceNode'), project: nodeOf, isQuiet: isHeartbeat },
    });
  }

  get nodes(): ReadonlyMap<string, NodeState> {
    return this.#nodeStates(this.#nodes.snapshot());
  }

  get invalid(): ReadonlyMap<string, InvalidObject> {
    const { sluices, clusterPolicies, policies, ruleSets, alerts } = this;
    return this.#invalidByKey(
      ...[sluices, clusterPolicies, policies, ruleSets, alerts].map(({ invalid }) => invalid),
    );
  }
}

function keyOf({ kind, metadata: { namespace, name } }: InvalidObject): string {
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}
