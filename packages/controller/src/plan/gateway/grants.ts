/** What namespaces let others name of theirs, by ReferenceGrants. */
import { GATEWAY_GROUP, type ReferenceGrant } from '../../gateway-api.ts';
import { GROUP } from '../../kinds/names.ts';

/** Who names something. */
interface Referrer {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** Whether a Service of another namespace may be named; in one's own nobody needs to be asked. */
export function mayNameService(
  from: Referrer,
  service: { readonly namespace: string; readonly name: string },
  grants: Iterable<ReferenceGrant>,
): boolean {
  if (from.namespace === service.namespace) return true;
  for (const grant of grants) {
    if (grant.namespace !== service.namespace) continue;
    const isFrom = grant.from.some(
      ({ group, kind, namespace }) =>
        group === from.group && kind === from.kind && namespace === from.namespace,
    );
    const isTo = grant.to.some(
      ({ group, kind, name }) =>
        group === '' && kind === 'Service' && (name === null || name === service.name),
    );
    if (isFrom && isTo) return true;
  }
  return false;
}

export const routeReferrer = (kind: string, namespace: string): Referrer => ({
  ...{ group: GATEWAY_GROUP, kind, namespace },
});

export const policyReferrer = (namespace: string): Referrer => ({
  group: GROUP,
  kind: 'WAFPolicy',
  namespace,
});
