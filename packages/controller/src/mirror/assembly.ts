/** Puts a world together from what is known of each kind. */

import { NO_CALICO } from '../calico/state.ts';
import type { World } from '../world.ts';
import type { CalicoMirror } from './calico.ts';
import type { GatewayMirror } from './gateway.ts';
import type { ClusterKinds } from './kinds.ts';
import { memo } from './memo.ts';
import type { SecretMirror } from './secrets.ts';

/** The installation's only name. */
const SLUICE = 'sluice';

export class Assembly {
  readonly #kinds: ClusterKinds;
  readonly #gateway: GatewayMirror;
  readonly #calico: CalicoMirror | null;
  readonly #secrets: SecretMirror;
  readonly #clusterPolicies = memo(beside<World['clusterPolicies']>);
  readonly #policies = memo(beside<World['policies']>);
  readonly #ruleSets = memo(beside<World['ruleSets']>);
  readonly #alerts = memo(beside<World['alerts']>);
  #last: World | null = null;

  constructor(
    kinds: ClusterKinds,
    gateway: GatewayMirror,
    calico: CalicoMirror | null,
    secrets: SecretMirror,
  ) {
    this.#kinds = kinds;
    this.#gateway = gateway;
    this.#calico = calico;
    this.#secrets = secrets;
  }

  /** The same one as before where all of it is. */
  world(): World {
    const kinds = this.#kinds;
    const sluice = kinds.sluices.valid.get(SLUICE) ?? null;
    const calico = this.#calico?.input(sluice) ?? NO_CALICO;
    const world: World = {
      sluice,
      namespaces: kinds.namespaces.snapshot(),
      services: kinds.services.snapshot(),
      endpointSlices: kinds.endpointSlices.snapshot(),
      pods: kinds.pods.snapshot(),
      clusterPolicies: this.#clusterPolicies(kinds.clusterPolicies.valid, calico.clusterPolicies),
      policies: this.#policies(kinds.policies.valid, calico.policies),
      ruleSets: this.#ruleSets(kinds.ruleSets.valid, calico.ruleSets),
      alerts: this.#alerts(kinds.alerts.valid, calico.alerts),
      calico: calico.state,
      invalid: kinds.invalid,
      gateway: this.#gateway.objects(),
      secrets: this.#secrets.snapshot(),
      nodes: kinds.nodes,
    };
    if (this.#last === null || !isSame(this.#last, world)) this.#last = world;
    return this.#last;
  }
}

/** No name of Calico's is one of ours (CALICO_PREFIX). */
function beside<Objects extends ReadonlyMap<string, unknown>>(ours: Objects, calico: Objects): Objects {
  return calico.size === 0 ? ours : (new Map([...ours, ...calico]) as unknown as Objects);
}

const isSame = (one: World, other: World): boolean =>
  (Object.keys(other) as (keyof World)[]).every((field) => one[field] === other[field]);
