/** What a cluster has of Calico: read at the start, and now and then. */
import type { Api } from '../apply/api.ts';
import { OPERATOR_GROUP } from '../calico/kinds.ts';
import type { CalicoPresence } from '../calico/presence.ts';
import { member, members, read, textAt } from './ask.ts';

const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const OPERATOR = '/apis/apps/v1/namespaces/tigera-operator/deployments/tigera-operator';
const INSTALLATION = `/apis/${OPERATOR_GROUP}/v1/installations/default`;

/**
 * Groups that API servers beside Kubernetes' own serve. An APIService without a Service is Kubernetes' own, those of CRDs included.
 *
 * @throws as read()
 */
export async function aggregatedGroups(api: Api): Promise<readonly string[]> {
  const services = members(await read(api, API_SERVICES), 'items').map((item) => member(item, 'spec'));
  return [
    ...new Set(
      services
        .filter((spec) => textAt(member(spec, 'service'), 'name') !== '')
        .map((spec) => textAt(spec, 'group')),
    ),
  ].sort();
}

/** @throws as read() */
export async function readPresence(api: Api): Promise<CalicoPresence> {
  const [groups, operator, installation] = await Promise.all([
    aggregatedGroups(api),
    read(api, OPERATOR),
    read(api, INSTALLATION),
  ]);
  const variant = (part: string): string => textAt(member(installation, part), 'variant');
  return {
    aggregatedGroups: groups,
    operator: operator !== null,
    // What is running goes before what is wished.
    installationVariant: installation === null ? null : variant('status') || variant('spec'),
  };
}
