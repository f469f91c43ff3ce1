/** How far policies are said to have come, who stands behind addresses, and what tables hold. */
import { describe, expect, it } from 'vitest';
import { digestOfJson } from '../../src/canonical-json.ts';
import type { NodeReport, PodReport } from '../../src/plan/node-report.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Pod } from '../../src/world.ts';
import { conditionOf, planOf, podIn, type Words } from './world.ts';

const YES = { 'sluice.dev/inspect': 'true' };
const base: Words = {
  services: { 'shop/web': { annotations: YES, pods: ['a', 'b'] } },
  pods: {
    'shop/a': { node: 'n1', addresses: ['10.0.0.1'] },
    'shop/b': { node: 'n2', addresses: ['10.0.0.2', 'fd00::2'] },
  },
  policies: { 'shop/p': { mode: 'Block' } },
};
const pod = (name: string, change: Partial<PodReport> = {}): PodReport => ({
  ...{ uid: `uid-shop/${name}`, intercepted: true, reason: '', enforced: true, message: '' },
  ...change,
});

const HEARD = '2026-11-01T11:59:00.000Z';

/** What nodes say once they have this plan. */
const nodes = (made: Plan, pods: Readonly<Record<string, PodReport>>, change: Partial<NodeReport> = {}) =>
  Object.fromEntries(
    Object.entries(pods).map(([name, each]) => {
      const spec = made.nodes.get(name);
      const report: NodeReport = {
        ...{ observedGeneration: 3, ruleSetVersion: 'v', heartbeatAt: HEARD, problem: '', pods: [each] },
        ...(spec === undefined ? {} : { policies: spec.policies }),
        ...change,
      };
      return [name, { generation: 3, specDigest: digestOfJson(spec), report }];
    }),
  );

const both = { n1: pod('a'), n2: pod('b') };
const progress = (pods: Readonly<Record<string, PodReport>>, change: Partial<NodeReport> = {}) => {
  const made = planOf({ ...base, nodes: nodes(planOf(base), pods, change) });
  const of = (type: string) => conditionOf(made, 'WAFPolicy', 'shop/p', type);
  return { programmed: of('Programmed'), enforcing: of('Enforcing') };
};

describe('what is beyond a bound', () => {
  const many = Object.fromEntries(
    Array.from({ length: 513 }, (_, at) => [
      `shop/p${String(at).padStart(3, '0')}`,
      { node: 'n1', addresses: [`10.1.${at >> 8}.${at & 255}`] },
    ]),
  );
  const names = Object.keys(many).map((key) => key.slice('shop/'.length));
  const words: Words = {
    ...base,
    services: { 'shop/web': { annotations: YES, pods: names } },
    pods: many,
  };

  it('is told of its policy, whatever the probes of the others say', () => {
    const plan = planOf(words);
    const reports = plan.nodes.get('n1')?.pods.map(({ uid }) => ({ ...pod('a'), uid })) ?? [];
    expect(reports).toHaveLength(512);
    const made = planOf({ ...words, nodes: nodes(plan, { n1: pod('a') }, { pods: reports }) });
    expect(conditionOf(made, 'WAFPolicy', 'shop/p', 'Enforcing')).toEqual({
      ...{ type: 'Enforcing', status: 'False', reason: 'TooLarge' },
      message:
        'On 0 of 1 node all of its pods are inspected. Not inspected: shop/p512: node n1 has more than 512 selected pods.',
    });
    expect(made.services[0]?.exceptions).toEqual([
      { pod: 'shop/p512', reason: 'TooLarge: node n1 has more than 512 selected pods' },
    ]);
  });

  it('is told of ports, by the policy that is for them', () => {
    const ports = Array.from({ length: 65 }, (_, at) => ({
      port: 8_000 + at,
      to: 8_000 + at,
      name: `p${at}`,
    }));
    const last = { group: '', kind: 'Service', name: 'web', sectionName: 'p64' } as const;
    const made = planOf({
      ...base,
      services: { 'shop/web': { annotations: YES, pods: ['a'], ports } },
      policies: { 'shop/p': { mode: 'Block' }, 'shop/last': { mode: 'Block', targetRefs: [last] } },
    });
    expect(made.nodes.get('n1')?.pods[0]?.ports).toHaveLength(64);
    const message = 'Not inspected: shop/a: of its 65 ports the first 64 are inspected.';
    for (const type of ['Programmed', 'Enforcing'])
      expect(conditionOf(made, 'WAFPolicy', 'shop/last', type)).toMatchObject({
        ...{ status: 'False', reason: 'TooLarge', message },
      });
    expect(conditionOf(made, 'WAFPolicy', 'shop/p', 'Enforcing')?.reason).not.toBe('TooLarge');
  });
});

describe('Programmed', () => {
  it('where all nodes tell that they have the policy', () => {
    expect(progress(both).programmed).toMatchObject({
      status: 'True',
      reason: 'Programmed',
      message: 'In force on 2 nodes.',
    });
  });
  it('not while one says nothing', () => {
    expect(progress({ n1: pod('a') }).programmed).toMatchObject({
      status: 'False',
      reason: 'NodesBehind',
      message: expect.stringMatching(/1 of 2 nodes; not yet on n2/),
    });
  });
  it('not by a policy of the same name and another digest, and with the reason that the node gives', () => {
    const change = { policies: [{ name: 'shop/p', digest: 'old' }], problem: 'it was refused' };
    expect(progress(both, change).programmed).toMatchObject({
      status: 'False',
      message: expect.stringContaining('it was refused'),
    });
  });
  it('by the whole spec of nodes that do not tell their policies', () => {
    const silent = (generation: number) => {
      const given = nodes(planOf(base), both, { observedGeneration: generation });
      const without = Object.entries(given).map(([name, state]) => {
        const { policies: _, ...report } = state.report;
        return [name, { ...state, report }] as const;
      });
      return conditionOf(
        planOf({ ...base, nodes: Object.fromEntries(without) }),
        'WAFPolicy',
        'shop/p',
        'Programmed',
      );
    };
    expect(silent(3)).toMatchObject({ status: 'True' });
    expect(silent(2)).toMatchObject({ status: 'False' });
  });
  it('not where nothing is selected', () => {
    const made = planOf({ policies: { 'shop/p': {} } });
    expect(conditionOf(made, 'WAFPolicy', 'shop/p', 'Programmed')).toMatchObject({
      status: 'False',
      reason: 'NothingSelected',
    });
  });
});

describe('Enforcing', () => {
  it('tells what a node says of a pod, as part of one sentence', () => {
    const silent = { intercepted: false, reason: 'NoNamespace', enforced: null, message: 'Nobody knows.' };
    expect(progress({ ...both, n2: pod('b', silent) }).enforcing?.message).toBe(
      'On 1 of 2 nodes it is enforced. shop/b on n2: NoNamespace, Nobody knows.',
    );
  });
  it.each<[string, Readonly<Record<string, PodReport>>, string, string]>([
    ['where all probes were answered so', both, 'True', 'Enforced'],
    ['partly', { ...both, n2: pod('b', { enforced: false }) }, 'False', 'PartlyEnforced'],
    [
      'nowhere',
      { n1: pod('a', { enforced: false }), n2: pod('b', { enforced: false }) },
      'False',
      'NotEnforced',
    ],
    [
      'where it is not known',
      { n1: pod('a', { enforced: null }), n2: pod('b', { enforced: null }) },
      'Unknown',
      'NotProbed',
    ],
    [
      'where one pod was not probed',
      { ...both, n2: pod('b', { enforced: null }) },
      'False',
      'PartlyEnforced',
    ],
    [
      'where one is not intercepted',
      { ...both, n2: pod('b', { intercepted: false, reason: 'EnvoyDown', enforced: null }) },
      'False',
      'PartlyEnforced',
    ],
  ])('%s', (_, pods, status, reason) => {
    expect(progress(pods).enforcing).toMatchObject({ status, reason });
  });
  it('names pod, node and reason', () => {
    const pods = { ...both, n2: pod('b', { enforced: false, message: 'got 200' }) };
    expect(progress(pods).enforcing?.message).toMatch(/1 of 2 nodes.*shop\/b on n2: got 200/);
  });
});

describe('a node that has gone silent', () => {
  const LIMIT = 180_000;
  const at = (now: number, change: Partial<NodeReport> = {}) => {
    const before = planOf(base);
    const told = { ...nodes(before, both), ...nodes(before, { n2: pod('b') }, change) };
    const made = planOf({ ...base, nodes: told }, { now });
    return { made, enforcing: conditionOf(made, 'WAFPolicy', 'shop/p', 'Enforcing') };
  };
  const heard = Date.parse(HEARD);

  it('counts for nothing, whatever it said before', () => {
    const earlier = new Date(heard - 60_000).toISOString();
    expect(at(heard + LIMIT - 60_001, { heartbeatAt: earlier }).enforcing).toMatchObject({ status: 'True' });
    expect(at(heard + LIMIT - 60_000, { heartbeatAt: earlier }).enforcing).toEqual({
      ...{ type: 'Enforcing', status: 'False', reason: 'PartlyEnforced' },
      message: `On 1 of 2 nodes it is enforced. Node n2 silent since ${earlier}.`,
    });
  });
  it('makes it unknown where all of them have', () => {
    expect(at(heard + LIMIT).enforcing).toMatchObject({ status: 'Unknown', reason: 'NodeSilent' });
  });
  it('is due to be told when it falls silent, though nobody says a word', () => {
    expect(at(heard).made.dueAt).toBe(heard + LIMIT);
    expect(at(heard + LIMIT).made.dueAt).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a table', () => {
  it('has the families of the pod’s addresses', () => {
    const made = planOf(base);
    expect(podIn(made, 'shop/a')?.ipFamilies).toEqual(['IPv4']);
    expect(podIn(made, 'shop/b')?.ipFamilies).toEqual(['IPv4', 'IPv6']);
  });
  it('tells of pods on the host network that they cannot be intercepted', () => {
    const made = planOf({ ...base, pods: { 'shop/a': { hostNetwork: true } } });
    expect(podIn(made, 'shop/a')).toMatchObject({ hostNetwork: true });
    expect(made.services[0]?.exceptions).toEqual([
      { pod: 'shop/a', reason: expect.stringContaining('NotSupported') },
    ]);
  });
  it('is there for a node without pods, so that what it had goes', () => {
    const empty = { generation: 1, specDigest: '', report: null };
    expect(planOf({ nodes: { n9: empty } }).nodes.get('n9')).toMatchObject({
      pods: [],
      policies: [{ name: 'default' }],
    });
  });
  it('takes no proxy that is no range, and says so', () => {
    const made = planOf({ ...base, sluice: { trustedProxies: ['10.0.0.0/8', '10.0.0.1', 'proxy'] } });
    expect(made.nodes.get('n1')?.trustedProxies).toEqual(['10.0.0.0/8']);
    expect(conditionOf(made, 'Sluice', 'sluice', 'Accepted')).toMatchObject({
      reason: 'Invalid',
      message: expect.stringContaining('proxy'),
    });
  });
});

describe('workloads', () => {
  const of = (pods: Readonly<Record<string, Partial<Pod>>>) =>
    planOf({ services: { 'shop/web': { pods: ['a'] } }, pods }).workloads;
  it('are all pods that have addresses of their own, with what people know them by', () => {
    const labels = { app: 'web', secret: 'x', 'app.kubernetes.io/name': 'shop' };
    const made = of({ 'shop/a': { labels, addresses: ['10.0.0.1'], owner: 'Deployment/web' }, 'shop/b': {} });
    expect(made.map(({ pod: name }) => name)).toEqual(['a', 'b']);
    expect(made[0]).toEqual({
      ...{ addresses: ['10.0.0.1'], namespace: 'shop', pod: 'a', uid: 'uid-shop/a', node: 'n1' },
      ...{ owner: 'Deployment/web', labels: ['app=web', 'app.kubernetes.io/name=shop'], services: ['web'] },
    });
  });
  it('are none of the host network, and none that have ended', () => {
    expect(of({ 'shop/a': { hostNetwork: true }, 'shop/b': { alive: false } })).toEqual([]);
  });
  it.each<[string, boolean, boolean, readonly string[]]>([
    ['the ready one', true, false, ['a']],
    ['nobody', true, true, []],
    ['nobody', false, false, []],
  ])('have an address that two have as %s', (_, a, b, names) => {
    const addresses = ['10.0.0.1'];
    const made = of({ 'shop/a': { addresses, ready: a }, 'shop/b': { addresses, ready: b } });
    expect(made.map(({ pod: name }) => name)).toEqual(names);
  });
});
