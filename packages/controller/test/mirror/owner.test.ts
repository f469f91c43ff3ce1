import { expect, it } from 'vitest';
import type { RawMeta } from '../../src/cluster/source.ts';
import { ownerOf } from '../../src/mirror/owner.ts';

/** Minutes since 1970 of the pod's creation. */
const MINUTES = Date.parse('2026-11-23T10:00:00Z') / 60_000;

const pod = (owner: { kind: string; name: string } | null, labels: Record<string, string> = {}): RawMeta => ({
  ...{ name: 'shop-1', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-11-23T10:00:07Z', labels },
  ...(owner !== null && { ownerReferences: [{ ...owner, uid: 'o', controller: true }] }),
});

it.each<[string, RawMeta, string]>([
  ['nothing', pod(null), 'Pod/shop-1'],
  ['a StatefulSet', pod({ kind: 'StatefulSet', name: 'shop' }), 'StatefulSet/shop'],
  [
    "a Deployment's ReplicaSet",
    pod({ kind: 'ReplicaSet', name: 'my-shop-5d4f9c6b7d' }, { 'pod-template-hash': '5d4f9c6b7d' }),
    'Deployment/my-shop',
  ],
  ['a ReplicaSet of nobody', pod({ kind: 'ReplicaSet', name: 'shop-abc' }), 'ReplicaSet/shop-abc'],
  [
    'a ReplicaSet whose name does not end in its hash',
    pod({ kind: 'ReplicaSet', name: 'shop-abc' }, { 'pod-template-hash': 'bc' }),
    'ReplicaSet/shop-abc',
  ],
  [
    'a ReplicaSet that has nothing before its hash',
    pod({ kind: 'ReplicaSet', name: '-abc' }, { 'pod-template-hash': 'abc' }),
    'ReplicaSet/-abc',
  ],
  [
    'a Rollout of Argo',
    pod({ kind: 'ReplicaSet', name: 'shop-5d4f' }, { 'rollouts-pod-template-hash': '5d4f' }),
    'Rollout/shop',
  ],
  ["a CronJob's Job", pod({ kind: 'Job', name: `night-${MINUTES}` }), 'CronJob/night'],
  [
    "a CronJob's Job that tries for days",
    pod({ kind: 'Job', name: `night-${MINUTES - 5_000}` }),
    'CronJob/night',
  ],
  ['a Job that is named after a date', pod({ kind: 'Job', name: 'night-20261123' }), 'Job/night-20261123'],
  ['a Job', pod({ kind: 'Job', name: 'once' }), 'Job/once'],
  [
    'an owner that does not control it',
    { ...pod(null), ownerReferences: [{ kind: 'Thing', name: 'x', uid: 'o' }] },
    'Pod/shop-1',
  ],
])('a pod of %s', (_, metadata, owner) => {
  expect(ownerOf(metadata)).toBe(owner);
});
