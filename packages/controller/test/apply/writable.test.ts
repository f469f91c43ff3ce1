import { expect, test } from 'vitest';
import { writablePlan } from '../../src/apply/writable.ts';
import type { NodePlan, PlannedPod, PlannedPolicy } from '../../src/plan/plan.ts';
import { policyDigest } from '../../src/policy-content.ts';

const policy = (text: string): PlannedPolicy => ({
  name: 'shop/strict',
  settings: { mode: 'Block' },
  before: [{ source: 'shop/rules', text }],
  after: [],
});
const small = policy('SecMarker A\n');
const large = policy('x'.repeat(1_048_577));
const smallDigest = policyDigest(small);
const largeDigest = policyDigest(large);

const planWith = (planned: PlannedPolicy) => {
  const digest = policyDigest(planned);
  const node: NodePlan = {
    ...{ node: 'a', trustedProxies: [], pods: [], policies: [{ name: planned.name, digest }] },
  };
  return { nodes: new Map([['a', node]]), policies: new Map([[digest, planned]]) };
};
const none = new Map<string, string>();

/** What node a has been given. */
const has = (policies: Readonly<Record<string, string>>, pods: readonly PlannedPod[] = []) =>
  new Map([
    [
      'a',
      {
        policies: new Map(Object.entries(policies)),
        pods: new Map(pods.map((pod) => [pod.uid, pod])),
      },
    ],
  ]);

test('a plan of which all can be written is left as it is', () => {
  const plan = planWith(small);
  expect(writablePlan(plan, none, new Map())).toEqual({ ...plan, unwritable: [] });
});

test('nodes keep the policy that they have under the name of one that cannot be written', () => {
  const standing = has({ 'shop/strict': smallDigest });
  const { nodes, policies, unwritable } = writablePlan(planWith(large), none, standing);
  expect(nodes.get('a')?.policies).toEqual([{ name: 'shop/strict', digest: smallDigest }]);
  expect([...policies.keys()]).toEqual([]);
  expect(unwritable).toMatchObject([{ name: 'shop/strict', digest: largeDigest, reason: 'TooLarge' }]);
});

test('a node that has none gets its settings without the SecLang of tenants', () => {
  const { nodes, policies } = writablePlan(planWith(large), none, new Map());
  const plain = { ...large, before: [] };
  expect(nodes.get('a')?.policies).toEqual([{ name: 'shop/strict', digest: policyDigest(plain) }]);
  expect([...policies.values()]).toEqual([plain]);
});

test('the same for one that the API server refuses', () => {
  const standing = has({ 'shop/strict': 'f'.repeat(64) });
  const { nodes, unwritable } = writablePlan(planWith(small), new Map([[smallDigest, 'no']]), standing);
  expect(nodes.get('a')?.policies).toEqual([{ name: 'shop/strict', digest: 'f'.repeat(64) }]);
  expect(unwritable).toMatchObject([{ reason: 'WriteFailed', message: expect.stringContaining('no') }]);
});

const pod = (uid: string, of: string): PlannedPod => ({
  ...{ namespace: 'shop', name: uid, uid, hostNetwork: false, ipFamilies: ['IPv4'], exemptSources: [] },
  ...{ policy: of, mode: 'Block', unavailable: 'Closed', ports: [{ number: 80, protocol: 'http' }] },
});

test('where nothing of a policy can be written, its pods keep what they had or wait, and the others go on', () => {
  const good: PlannedPolicy = { ...small, name: 'shop/good' };
  const plain = policyDigest({ ...small, before: [] });
  const made = planWith(small);
  const pods = [pod('new', 'shop/strict'), pod('moved', 'shop/strict'), pod('other', 'shop/good')];
  const policies = [
    ...(made.nodes.get('a')?.policies ?? []),
    { name: 'shop/good', digest: policyDigest(good) },
  ];
  const plan = {
    nodes: new Map([['a', { node: 'a', trustedProxies: [], pods, policies }]]),
    policies: new Map([...made.policies, [policyDigest(good), good]]),
  };
  const refused = new Map([smallDigest, plain].map((digest) => [digest, 'no']));
  const before = pod('moved', 'shop/former');
  const { nodes, unwritable } = writablePlan(plan, refused, has({ 'shop/former': 'f'.repeat(64) }, [before]));
  expect(nodes.get('a')?.pods).toEqual([before, pod('other', 'shop/good')]);
  expect(nodes.get('a')?.policies).toEqual([
    { name: 'shop/former', digest: 'f'.repeat(64) },
    { name: 'shop/good', digest: policyDigest(good) },
  ]);
  expect(unwritable).toMatchObject([{ name: 'shop/strict', reason: 'WriteFailed' }]);
});

test('a node keeps the policy in force whose ConfigMap is gone and refused anew, and so do its pods', () => {
  const plan = planWith(small);
  const pods = [pod('old', 'shop/strict'), pod('new', 'shop/strict')];
  const nodes = new Map([...plan.nodes].map(([name, node]) => [name, { ...node, pods }]));
  const plain = policyDigest({ ...small, before: [] });
  const standing = has({ 'shop/strict': smallDigest }, [pod('old', 'shop/strict')]);
  // Whether or not something weaker could be written in its place.
  for (const digests of [[smallDigest], [smallDigest, plain]]) {
    const refused = new Map(digests.map((digest) => [digest, 'no']));
    const made = writablePlan({ ...plan, nodes }, refused, standing);
    expect(made.nodes.get('a')).toMatchObject({ pods, policies: [{ digest: smallDigest }] });
    expect(made.policies.size).toBe(0);
  }
});
