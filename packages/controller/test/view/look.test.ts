/** What is said of Services, pods and settings, of worlds made by hand: what the real API server does not easily show. */
import { describe, expect, it } from 'vitest';
import type { NodeReport, PodReport } from '../../src/plan/node-report.ts';
import { explainService } from '../../src/view/explain.ts';
import { lookAt, lookAtService, type Seen, type Unseen, viewOf } from '../../src/view/look.ts';
import type { World } from '../../src/world.ts';
import { planOf, type Words, world } from '../plan/world.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const YES = { 'sluice.dev/inspect': 'true' };
const HEARD = '2026-11-23T11:59:00.000Z';

const words: Words = {
  services: { 'shop/web': { annotations: YES, pods: ['a', 'b'] } },
  pods: { 'shop/a': { node: 'n1' }, 'shop/b': { node: 'n2' } },
  policies: { 'shop/p': { mode: 'Block' } },
};

const pod = (name: string, change: Partial<PodReport> = {}): PodReport => ({
  ...{ uid: `uid-shop/${name}`, intercepted: true, reason: '', enforced: true, message: '' },
  ...change,
});

/** Nodes that have what is planned. */
function reporting(
  of: Words,
  pods: Readonly<Record<string, readonly PodReport[]>>,
  change: Partial<NodeReport> = {},
) {
  const made = planOf(of);
  return Object.fromEntries(
    Object.entries(pods).map(([name, each]) => {
      const report: NodeReport = {
        ...{ observedGeneration: 1, ruleSetVersion: 'v', heartbeatAt: HEARD, problem: '', pods: each },
        policies: made.nodes.get(name)?.policies ?? [],
        ...change,
      };
      return [name, { generation: 1, specDigest: '', report }] as const;
    }),
  );
}

const seenOf = (of: World, unseen: readonly Unseen[] = []): Seen => ({
  ...{ world: of, unseen, namespace: null, now: NOW },
});
const hidden = (...kinds: readonly string[]): readonly Unseen[] =>
  kinds.map((kind) => ({ kind, state: 'forbidden', problem: '403' }));
const webOf = (of: Words, unseen: readonly Unseen[] = []) =>
  lookAt(seenOf(world(of), unseen)).services.find(({ service }) => service === 'shop/web');

describe('a pod', () => {
  const both = { n1: [pod('a')], n2: [pod('b')] };
  const verdicts = (of: Words, unseen: readonly Unseen[] = []) =>
    webOf(of, unseen)?.pods.map(({ verdict, reason }) => `${verdict} ${reason}`.trim());

  it('is enforced where its node says so, with the newest policy', () => {
    const web = webOf({ ...words, nodes: reporting(words, both) });
    expect(web).toMatchObject({ verdict: 'Enforced', why: '', nodes: { enforced: 2, all: 2 } });
  });

  it.each<[string, Partial<PodReport>, string, string]>([
    [
      'a probe that was not refused',
      { enforced: false, message: 'let by' },
      'NotEnforced NotEnforced',
      'PartlyEnforced',
    ],
    ['no probe yet', { enforced: null }, 'NotProbed NotProbed', 'PartlyEnforced'],
    [
      'no interception',
      { intercepted: false, reason: 'EnvoyDown', enforced: null },
      'NotIntercepted EnvoyDown',
      'PartlyEnforced',
    ],
  ])('with %s is not', (_, change, told, verdict) => {
    const of = { ...words, nodes: reporting(words, { ...both, n2: [pod('b', change)] }) };
    expect(verdicts(of)).toEqual(['Enforced', told]);
    expect(webOf(of)?.verdict).toBe(verdict);
  });

  it.each<[string, Partial<NodeReport>, string]>([
    ['has an older policy', { policies: [{ name: 'shop/p', digest: 'old' }] }, 'Behind NodesBehind'],
    ['has not the policy', { policies: [] }, 'Behind NodesBehind'],
    ['does not know it', { pods: [] }, 'NotIntercepted Pending'],
    ['is silent', { heartbeatAt: '2026-11-23T11:56:59.000Z' }, 'Unknown NodeSilent'],
    ['says no time', { heartbeatAt: '' }, 'Unknown NodeSilent'],
  ])('is not believed of a node that %s', (_, change, told) => {
    expect(verdicts({ ...words, nodes: reporting(words, both, change) })).toEqual([told, told]);
  });

  it('tells why it cannot be intercepted, where no node was told, and where none reports', () => {
    const pods = { 'shop/a': { node: 'n1', hostNetwork: true }, 'shop/b': { node: '' } };
    expect(verdicts({ ...words, pods, nodes: reporting(words, both) })).toEqual([
      ...['NotIntercepted NotSupported', 'NotIntercepted Pending'],
    ]);
    const mute = { n1: { generation: 1, specDigest: '', report: null } };
    expect(webOf({ ...words, nodes: {} })?.why).toMatch(/^a on n1: NodeNotTold, .* And 1 other reason\.$/);
    expect(webOf({ ...words, nodes: {} }, hidden('SluiceNode'))?.why).toMatch(/^all 2 pods: Hidden, /);
    expect(verdicts({ ...words, nodes: mute })).toEqual([
      ...['NotIntercepted NodeMissing', 'NotIntercepted NodeNotTold'],
    ]);
    expect(verdicts({ ...words, nodes: reporting(words, both) }, hidden('SluiceNode'))).toEqual([
      ...['Unknown Hidden', 'Unknown Hidden'],
    ]);
  });

  it('in quarantine keeps nobody from being enforced, and serves nobody', () => {
    const labels = { 'sluice.dev/quarantine': 'true' };
    const silenced = { ...both, n2: [pod('b', { enforced: null, message: 'no answer' })] };
    const of = { ...words, nodes: reporting(words, silenced) };
    const one = webOf({ ...of, pods: { 'shop/a': { node: 'n1' }, 'shop/b': { node: 'n2', labels } } });
    expect(one).toMatchObject({ verdict: 'Enforced', nodes: { enforced: 1, all: 1 } });
    expect(one?.pods[1]).toMatchObject({ verdict: 'Quarantined' });
    expect(one?.why).toContain('in quarantine');
    const all = { 'shop/a': { node: 'n1', labels }, 'shop/b': { node: 'n2', labels } };
    expect(webOf({ ...of, pods: all })).toMatchObject({
      ...{ verdict: 'NoPods', why: expect.stringContaining('in quarantine') },
    });
  });

  it('of a policy that is Off is off, not enforced', () => {
    const off: Words = { ...words, sluice: { defaults: { mode: 'Off' } }, policies: {} };
    const of = {
      ...off,
      nodes: reporting(off, { n1: [pod('a', { enforced: null })], n2: [pod('b', { enforced: null })] }),
    };
    expect(webOf(of)).toMatchObject({ verdict: 'Off', mode: 'Off' });
  });
});

describe('who sees a part', () => {
  it.each(['Namespace', 'Sluice', 'ClusterWAFPolicy'])(
    'without %s is told no mode that is inherited',
    (kind) => {
      expect(webOf(words, hidden(kind))).toMatchObject({ policy: 'shop/p', mode: 'Block' });
      expect(webOf({ ...words, policies: { 'shop/p': { paranoia: 2 } } }, hidden(kind))).toMatchObject({
        mode: null,
      });
      expect(webOf({ ...words, policies: {} }, hidden(kind))).toMatchObject({ policy: null, mode: null });
    },
  );

  it('is not told that a Secret is missing that nobody has looked for', () => {
    const spec = { mode: 'Block', tls: [{ port: '80', secretName: 'key' }] } as const;
    const of = world({ ...words, policies: { 'shop/p': spec } });
    expect(lookAt(seenOf(of)).services[0]?.ports[0]?.because).not.toContain('without a key');
    const policy = of.policies.get('shop/p');
    const message = 'Secret shop/key for port 80 is not there.';
    const told = { type: 'Accepted', status: 'False', reason: 'SecretNotFound', message } as const;
    const condition = { ...told, observedGeneration: 1, lastTransitionTime: '' };
    const policies = new Map([
      ['shop/p', { ...policy, status: { conditions: [condition] } }],
    ]) as World['policies'];
    expect(lookAt(seenOf({ ...of, policies })).services[0]?.ports[0]?.because).toContain('without a key');
  });
});

describe('an explanation', () => {
  const explain = (of: Words) => {
    const options = viewOf(seenOf(world(of)));
    const state = lookAtService('shop/web', options);
    if (state === null) throw new TypeError('no Service');
    return explainService(state, options);
  };

  it('names for each setting who has the last word, and what is put together of several', () => {
    const of: Words = {
      ...words,
      sluice: { defaults: { mode: 'Block', paranoia: 1, events: { mask: { names: ['a'] } } } },
      cluster: {
        company: {
          defaults: { paranoia: 2, thresholds: { inbound: 7 } },
          allow: { thresholds: { inbound: 9 } },
        },
      },
      policies: {
        'shop/p': { mode: 'Block', thresholds: { inbound: 9 }, events: { mask: { names: ['b'] } } },
      },
    };
    expect(explain(of).policy?.settings).toEqual([
      { path: 'events.mask.names', value: ['a', 'b'], from: ['Sluice sluice', 'WAFPolicy shop/p'] },
      { path: 'mode', value: 'Block', from: ['WAFPolicy shop/p'] },
      { path: 'paranoia', value: 2, from: ['ClusterWAFPolicy company'] },
      { path: 'thresholds.inbound', value: 9, from: ['WAFPolicy shop/p'] },
      { path: 'thresholds.outbound', value: 4, from: ['default'] },
      { path: 'unavailable', value: 'Closed', from: ['default'] },
    ]);
  });

  it('of a policy that is refused has what is in force, and not what it asks for', () => {
    const of: Words = {
      ...words,
      cluster: { company: { defaults: { mode: 'Block', paranoia: 3 } } },
      policies: { 'shop/p': { mode: 'Off' } },
    };
    expect(explain(of).policy?.settings).toContainEqual({
      ...{ path: 'mode', value: 'Block', from: ['ClusterWAFPolicy company'] },
    });
  });

  it('says of each step that fails what to do', () => {
    const { steps } = explain({ ...words, pods: {} });
    expect(steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
      ...['selected yes', 'policy partly', 'ports yes', 'nodes no'],
    ]);
    for (const { state, remedies } of steps) expect(remedies.length > 0).toBe(state !== 'yes');
  });
});

it('an object that no controller has looked at as it is now says so', () => {
  const of = world(words);
  expect(lookAt(seenOf(of)).objects).toMatchObject([
    {
      kind: 'WAFPolicy',
      key: 'shop/p',
      troubles: [{ type: 'Accepted', status: 'Unknown', reason: 'Pending' }],
    },
  ]);
});
