/** The policies that cut off whoever bears the label: pure, and the same whoever writes them. */
import { NEVER_SELECTED, QUARANTINE_LABEL } from '../kinds/names.ts';
import { MANAGED_BY, MANAGER, POLICY_FOR_ANNOTATION, POLICY_NAME } from './names.ts';

export interface PolicyObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly resourceVersion?: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

const metadataFor = (writtenFor: string): Pick<PolicyObject['metadata'], 'labels' | 'annotations'> => ({
  labels: { [MANAGED_BY]: MANAGER },
  annotations: { [POLICY_FOR_ANNOTATION]: writtenFor },
});

/** No rule in either direction: nothing may come, and nothing may go, unless another policy lets it. */
export function networkPolicy(namespace: string, writtenFor: string): PolicyObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: POLICY_NAME, namespace, ...metadataFor(writtenFor) },
    spec: {
      podSelector: { matchExpressions: [{ key: QUARANTINE_LABEL, operator: 'Exists' }] },
      policyTypes: ['Ingress', 'Egress'],
    },
  };
}

/**
 * Calico's: it comes first, and what it denies no other policy lets by. With a namespace selector it is of pods only: without
 * one it would hold for nodes' own interfaces (HostEndpoints), too.
 */
export function globalNetworkPolicy(writtenFor: string): PolicyObject {
  return {
    apiVersion: 'projectcalico.org/v3',
    kind: 'GlobalNetworkPolicy',
    metadata: { name: POLICY_NAME, ...metadataFor(writtenFor) },
    spec: {
      order: 0,
      namespaceSelector: notIn(NEVER_SELECTED),
      selector: `has(${QUARANTINE_LABEL})`,
      types: ['Ingress', 'Egress'],
      ingress: [{ action: 'Deny' }],
      egress: [{ action: 'Deny' }],
    },
  };
}

/** In Calico's language of selectors. */
function notIn(patterns: readonly string[]): string {
  const key = 'projectcalico.org/name';
  const names = patterns.filter((pattern) => !pattern.endsWith('*'));
  const starts = patterns.filter((pattern) => pattern.endsWith('*'));
  return [
    `${key} not in {${names.map((name) => `'${name}'`).join(', ')}}`,
    ...starts.map((pattern) => `!(${key} starts with '${pattern.slice(0, -1)}')`),
  ].join(' && ');
}

/** Whether what the API server has is what it should be. Empty lists and absent ones mean the same. */
export function isAsWritten(found: unknown, wanted: PolicyObject): boolean {
  if (typeof found !== 'object' || found === null || !('spec' in found)) return false;
  const spec = found.spec;
  if (typeof spec !== 'object' || spec === null) return false;
  const is = Object.entries(spec).filter(
    ([name, value]) => !(Array.isArray(value) && value.length === 0) && !isDefaulted(name, value, wanted),
  );
  return (
    is.length === Object.keys(wanted.spec).length &&
    is.every(([name, value]) => canonical(value) === canonical(wanted.spec[name]))
  );
}

/** Calico's API server names the tier that it has put a policy into. */
const isDefaulted = (name: string, value: unknown, wanted: PolicyObject): boolean =>
  wanted.kind === 'GlobalNetworkPolicy' && name === 'tier' && value === 'default';

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
