/** Worlds with one policy, or with nothing. */
import type { Condition, ConditionFact } from '../../src/conditions.ts';
import { NO_GATEWAY_OBJECTS } from '../../src/gateway-api.ts';
import type { ObjectReport } from '../../src/plan/plan.ts';
import type { World } from '../../src/world.ts';

export const EMPTY_WORLD: World = {
  ...{ sluice: null, calico: null, gateway: NO_GATEWAY_OBJECTS },
  ...{ namespaces: new Map(), services: new Map(), endpointSlices: new Map(), pods: new Map() },
  ...{ clusterPolicies: new Map(), policies: new Map(), ruleSets: new Map(), alerts: new Map() },
  ...{ invalid: new Map(), secrets: new Map(), nodes: new Map() },
};

export function worldWith(key: string, uid: string, conditions: readonly Condition[]): World {
  const [namespace = '', name = ''] = key.split('/');
  const metadata = {
    ...{ namespace, name, uid, generation: 1, resourceVersion: '1' },
    ...{ creationTimestamp: '', labels: {}, annotations: {} },
  };
  return { ...EMPTY_WORLD, policies: new Map([[key, { metadata, spec: {}, status: { conditions } }]]) };
}

export const policyReport = (key: string, conditions: readonly ConditionFact[]): ObjectReport => ({
  ...{ kind: 'WAFPolicy', key, generation: 1, conditions },
});
