import { expect, test } from 'vitest';
import { writablePlan } from '../../src/apply/writable.ts';
import type { NodePlan, PlannedPolicy } from '../../src/plan/plan.ts';
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

test('a plan of which all can be written is left as it is', () => {
  const plan = planWith(small);
  expect(writablePlan(plan, none, new Map())).toEqual({ ...plan, unwritable: [] });
});

test('nodes keep the policy that they have under the name of one that cannot be written', () => {
  const standing = new Map([['a', new Map([['shop/strict', smallDigest]])]]);
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
  const standing = new Map([['a', new Map([['shop/strict', 'f'.repeat(64)]])]]);
  const { nodes, unwritable } = writablePlan(planWith(small), new Map([[smallDigest, 'no']]), standing);
  expect(nodes.get('a')?.policies).toEqual([{ name: 'shop/strict', digest: 'f'.repeat(64) }]);
  expect(unwritable).toMatchObject([{ reason: 'WriteFailed', message: expect.stringContaining('no') }]);
});
