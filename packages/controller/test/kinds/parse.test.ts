import { describe, expect, it } from 'vitest';
import { parseObject, specProblems } from '../../src/kinds/parse.ts';

const metadata = {
  name: 'shop',
  namespace: 'shop',
  uid: 'u',
  generation: 3,
  creationTimestamp: '2026-01-01T00:00:00Z',
  resourceVersion: '7',
  labels: { team: 'a' },
  managedFields: [{ manager: 'kubectl' }],
};

describe('an object of the API server', () => {
  it('becomes one of ours, with its conditions and without what nobody asks for', () => {
    const conditions = [
      { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', lastTransitionTime: 't' },
    ];
    const raw = {
      apiVersion: 'x',
      kind: 'WAFPolicy',
      metadata,
      spec: { mode: 'Block' },
      status: { conditions },
    };
    const { managedFields: _, ...kept } = metadata;
    expect(parseObject('WAFPolicy', raw)).toEqual({
      kind: 'valid',
      object: { metadata: { ...kept, annotations: {} }, spec: { mode: 'Block' }, status: { conditions } },
    });
  });

  it('whose spec a newer version has written is told, not half understood', () => {
    const parsed = parseObject('WAFPolicy', {
      metadata,
      spec: { mode: 'Block', quantum: true, paranoia: 9 },
    });
    expect(parsed).toMatchObject({
      kind: 'invalid',
      metadata: { name: 'shop', generation: 3 },
      problems: [
        { path: 'spec.paranoia', message: expect.stringContaining('4') },
        { path: 'spec.quantum', message: 'unknown field' },
      ],
    });
  });

  it('without a spec is one that says nothing', () => {
    expect(specProblems('Sluice', undefined)).toEqual([]);
    expect(parseObject('Sluice', { metadata: { name: 'sluice' } })).toMatchObject({
      kind: 'valid',
      object: { spec: {} },
    });
  });
});

it('problems that a schema cannot say are told with their place', () => {
  expect(specProblems('Sluice', { trustedProxies: ['10.0.0.0/8', 'ingress'] })).toEqual([
    { path: 'spec.trustedProxies[1]', message: '"ingress" is neither an IP address nor a CIDR range' },
  ]);
  expect(
    specProblems('ClusterWAFPolicy', {
      defaults: { exclusions: [{ rules: [90_000_001] }] },
      allow: { exclusions: ['*', '9-2'] },
    }),
  ).toEqual([
    { path: 'spec.defaults.exclusions[0].rules', message: expect.stringContaining('those of policies') },
    { path: 'spec.allow.exclusions[1]', message: 'a range of ids goes from the lower to the higher' },
  ]);
});
