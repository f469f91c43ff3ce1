import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../src/canonical-json.ts';
import type { PlannedPolicy } from '../src/plan/plan.ts';
import {
  digestOfName,
  policyBytes,
  policyConfigMap,
  policyConfigMapName,
  policyData,
  policyDigest,
  readPolicy,
} from '../src/policy-content.ts';

const texts = fc.array(fc.record({ source: fc.string(), text: fc.string({ unit: 'grapheme' }) }), {
  maxLength: 12,
});
const policies: fc.Arbitrary<PlannedPolicy> = fc.record({
  name: fc.string(),
  settings: fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<Record<string, unknown>>,
  before: texts,
  after: texts,
});

const POLICY: PlannedPolicy = {
  name: 'shop/strict',
  settings: { mode: 'Block', paranoia: 2 },
  before: [{ source: 'shop/early', text: 'SecAction "id:1,pass"\n' }],
  after: [
    { source: 'shop/late', text: 'SecMarker END # ä\n' },
    { source: 'shop/later', text: '' },
  ],
};

describe('policy content', () => {
  test('what is written is read again, whatever a policy holds', () => {
    fc.assert(
      fc.property(policies, (policy) => {
        const digest = policyDigest(policy);
        const { data } = policyConfigMap(digest, policy, 'sluice-system');
        expect(canonicalJson(readPolicy(digest, data))).toBe(canonicalJson(policy));
      }),
    );
  });

  test('the digest does not depend on the order of keys', () => {
    const turned = { ...POLICY, settings: { paranoia: 2, mode: 'Block' } };
    expect(policyDigest(turned)).toBe(policyDigest(POLICY));
    expect(policyDigest({ ...POLICY, name: 'shop/other' })).not.toBe(policyDigest(POLICY));
  });

  test.each([
    ['nothing', undefined],
    ['no JSON', { 'policy.json': '{' }],
    ['null', { 'policy.json': 'null' }],
    ['a text that was changed', { ...policyData(POLICY), 'before.0.conf': 'SecRuleEngine Off\n' }],
    ['a text that is gone', { 'policy.json': policyData(POLICY)['policy.json'] ?? '' }],
  ])('%s is refused', (_, data) => {
    expect(() => readPolicy(policyDigest(POLICY), data)).toThrow(/POLICY_DAMAGED/);
  });

  test('bytes are those of UTF-8, of all values', () => {
    const expected = Object.values(policyData(POLICY)).map((text) => Buffer.byteLength(text));
    expect(policyBytes(POLICY)).toBe(expected.reduce((sum, bytes) => sum + bytes));
    expect(policyData(POLICY)['after.0.conf']).toBe('SecMarker END # ä\n');
  });

  test('names and digests', () => {
    const digest = policyDigest(POLICY);
    expect(digestOfName(policyConfigMapName(digest))).toBe(digest);
    expect(digestOfName('sluice-policy-1')).toBeNull();
    expect(digestOfName('kube-root-ca.crt')).toBeNull();
  });
});

test('canonical JSON is JSON', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
  expect(canonicalJson({ b: [undefined, 1], a: undefined })).toBe('{"b":[null,1]}');
});
