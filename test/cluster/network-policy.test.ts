/** What the stand makes of NetworkPolicies: that of quarantine, and an error for all others. */
import { describe, expect, it } from 'vitest';
import { networkPolicy } from '../../packages/controller/src/quarantine/policies.ts';
import { type NetworkPolicy, NetworkPolicyFault, type PolicyPod, rulesetOf } from './network-policy.ts';

const OURS = networkPolicy('shop', 'somebody') as unknown as NetworkPolicy;
const podOf = (name: string, labels: Readonly<Record<string, string>>, namespace = 'shop'): PolicyPod => ({
  metadata: { namespace, name, labels },
  spec: {},
  status: { podIPs: [{ ip: '10.72.0.9' }, { ip: 'fd71:1::9' }] },
});
const HELD = { 'sluice.dev/quarantine': 'true' };
const having = (spec: object): NetworkPolicy => ({ ...OURS, spec: { ...OURS.spec, ...spec } });

describe('rules of a NetworkPolicy', () => {
  it('drop both directions of a pod in quarantine, on the bridge and beyond, in both families', () => {
    const rules = rulesetOf([OURS], [podOf('web', HELD)]);
    for (const drop of ['ip saddr', 'ip daddr'])
      expect(rules.split(`${drop} { 10.72.0.9 } drop`)).toHaveLength(3);
    for (const drop of ['ip6 saddr', 'ip6 daddr'])
      expect(rules.split(`${drop} { fd71:1::9 } drop`)).toHaveLength(3);
  });

  it.each([
    ['without the label', podOf('web', { app: 'web' })],
    ['of another namespace', podOf('web', HELD, 'other')],
  ])('leave a pod alone %s', (_, pod) => {
    expect(rulesetOf([OURS], [pod])).not.toContain('drop');
  });

  it.each([
    ['lets something by', having({ ingress: [{}] })],
    ['is for one direction', having({ policyTypes: ['Ingress'] })],
    ['selects by a value', having({ podSelector: { matchLabels: { app: 'web' } } })],
    ['selects all', having({ podSelector: {} })],
    [
      'selects by absence',
      having({ podSelector: { matchExpressions: [{ key: 'a', operator: 'DoesNotExist' }] } }),
    ],
  ])('are refused for a policy that %s', (_, policy) => {
    expect(() => rulesetOf([policy], [])).toThrow(NetworkPolicyFault);
  });
});
