/** A Lease of coordination.k8s.io/v1, as electors read and write it. */
import { isObject } from '../apply/api.ts';

export interface LeaseRecord {
  /** Of the object: a write that names an older one is refused. */
  readonly resourceVersion: string;
  /** `''` where it was given back. */
  readonly holder: string;
  readonly durationMillis: number;
  /** How often leadership has begun. */
  readonly transitions: number;
}

export interface LeaseName {
  readonly namespace: string;
  readonly name: string;
}

const ROOT = '/apis/coordination.k8s.io/v1/namespaces';

export const leasesPath = ({ namespace }: LeaseName): string => `${ROOT}/${namespace}/leases`;
export const leasePath = (lease: LeaseName): string => `${leasesPath(lease)}/${lease.name}`;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** @param body of an answer with a Lease */
export function readLease(body: unknown): LeaseRecord {
  const { metadata, spec } = isObject(body) ? body : {};
  const { resourceVersion } = isObject(metadata) ? metadata : {};
  const { holderIdentity, leaseDurationSeconds, leaseTransitions } = isObject(spec) ? spec : {};
  return {
    resourceVersion: textOf(resourceVersion),
    holder: textOf(holderIdentity),
    durationMillis: numberOf(leaseDurationSeconds) * 1_000,
    transitions: numberOf(leaseTransitions),
  };
}

export interface LeaseContent {
  readonly holder: string;
  readonly durationSeconds: number;
  readonly transitions: number;
  /** Wall clock, for people alone: no elector compares it. */
  readonly acquiredAt: Date;
  readonly renewedAt: Date;
}

/** metav1.MicroTime. */
const microTime = (date: Date): string => date.toISOString().replace('Z', '000Z');

/** @param resourceVersion `''` where the Lease is to be made */
export function leaseObject(lease: LeaseName, content: LeaseContent, resourceVersion: string): unknown {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...lease, ...(resourceVersion === '' ? {} : { resourceVersion }) },
    spec: {
      holderIdentity: content.holder,
      leaseDurationSeconds: content.durationSeconds,
      leaseTransitions: content.transitions,
      acquireTime: microTime(content.acquiredAt),
      renewTime: microTime(content.renewedAt),
    },
  };
}
