/** Which policy a port has, what it inherits, and how far it may be weaker. */
import { policySchema } from '@sluice/server/policies/policy-schema';
import { describe, expect, it } from 'vitest';
import type { Allowances, PolicySettings } from '../../src/kinds/objects.ts';
import { Planner } from '../../src/plan/planner.ts';
import type { Candidate, RuleSetVerdict, RuleSetVerdicts } from '../../src/rules/verdict.ts';
import { ALL_GOOD, conditionOf, planOf, podIn, settingsOfPod, type Words, world } from './world.ts';

const YES = { 'sluice.dev/inspect': 'true' };
const PORTS = [
  { name: 'http', port: 80, to: 8_080 },
  { name: 'admin', port: 81, to: 8_081 },
];
const forService = (sectionName?: string) => ({
  targetRefs: [
    {
      group: '',
      kind: 'Service',
      name: 'web',
      ...(sectionName === undefined ? {} : { sectionName }),
    } as const,
  ],
});
const base: Words = {
  services: { 'shop/web': { annotations: YES, ports: PORTS, pods: ['web-1'] } },
  pods: { 'shop/web-1': { labels: { app: 'web' } } },
};
const ANYTHING: Allowances = { mode: 'Off', exclusions: ['*'] };

describe('a port has the policy', () => {
  const of = (words: Words): readonly (string | undefined)[] => {
    const pod = podIn(planOf({ ...base, ...words }), 'shop/web-1');
    return pod?.ports.map(({ policy }) => policy?.name ?? pod.policy) ?? [];
  };
  const cluster = { c: {} };
  const wide = { 'shop/wide': {} };
  const selector = { 'shop/selector': { workloadSelector: { matchLabels: { app: 'web' } } } };
  const service = { 'shop/service': forService() };
  const section = { 'shop/section': forService('admin') };
  it.each<[string, Words, readonly string[]]>([
    ['of Sluice', {}, ['default', 'default']],
    ['of the cluster', { cluster }, ['cluster.c', 'cluster.c']],
    ['of its namespace', { cluster, policies: wide }, ['shop/wide', 'shop/wide']],
    ['of its labels', { cluster, policies: { ...wide, ...selector } }, ['shop/selector', 'shop/selector']],
    [
      'of its Service',
      { cluster, policies: { ...wide, ...selector, ...service } },
      ['shop/service', 'shop/service'],
    ],
    [
      'of its own',
      { cluster, policies: { ...wide, ...selector, ...service, ...section } },
      ['shop/service', 'shop/section'],
    ],
    ['of its own by its number', { policies: { 'shop/n': forService('81') } }, ['default', 'shop/n']],
    ['of no other namespace', { policies: { 'other/p': {} } }, ['default', 'default']],
    [
      'of the oldest of the cluster',
      { cluster: { a: { age: 2 }, b: { age: 1 } } },
      ['cluster.b', 'cluster.b'],
    ],
    [
      'of the oldest of its namespace',
      { policies: { 'shop/a': { age: 2 }, 'shop/b': { age: 1 } } },
      ['shop/b', 'shop/b'],
    ],
    ['by name where two are of one age', { policies: { 'shop/b': {}, 'shop/a': {} } }, ['shop/a', 'shop/a']],
    [
      "of ours before Calico's, whatever their age",
      { policies: { 'shop/calico_x': { age: 1 }, 'shop/a': { age: 2 } } },
      ['shop/a', 'shop/a'],
    ],
  ])('%s', (_, words, names) => {
    expect(of(words)).toEqual(names);
  });

  it('and tells the younger of two that it is in conflict, and with whom', () => {
    const policies = { 'shop/a': { age: 2, ...forService() }, 'shop/b': { age: 1, ...forService() } };
    const made = planOf({ ...base, policies });
    expect(conditionOf(made, 'WAFPolicy', 'shop/a', 'Accepted')).toMatchObject({
      status: 'False',
      reason: 'Conflicted',
      message: expect.stringContaining('shop/b'),
    });
    expect(conditionOf(made, 'WAFPolicy', 'shop/b', 'Accepted')).toMatchObject({ status: 'True' });
  });
  it('of the older where two Services of one pod have one each', () => {
    const services = {
      'shop/a': { ports: [{ to: 8_080 }], pods: ['web-1'] },
      'shop/b': { ports: [{ to: 8_080 }], pods: ['web-1'] },
    };
    const target = (name: string) => ({ targetRefs: [{ group: '', kind: 'Service', name } as const] });
    const made = planOf({
      ...base,
      services,
      policies: { 'shop/pa': { age: 2, ...target('a') }, 'shop/pb': { age: 1, ...target('b') } },
    });
    expect(podIn(made, 'shop/web-1')?.policy).toBe('shop/pb');
  });
  it('of the cluster alone where a namespace is called cluster', () => {
    const made = planOf({
      namespaces: { cluster: {}, shop: {} },
      services: {
        'cluster/web': { annotations: YES, pods: ['a'] },
        'shop/web': { annotations: YES, pods: ['b'] },
      },
      pods: { 'cluster/a': {}, 'shop/b': {} },
      cluster: { c: { defaults: { mode: 'Block' } } },
      policies: { 'cluster/c': { paranoia: 2 } },
    });
    expect(settingsOfPod(made, 'cluster/a')).toEqual({ mode: 'Block', paranoia: 2 });
    expect(settingsOfPod(made, 'shop/b')).toEqual({ mode: 'Block' });
  });
});

describe('settings are inherited', () => {
  it('field by field, lists behind those of the cluster', () => {
    const made = planOf({
      ...base,
      sluice: { defaults: { paranoia: 2, thresholds: { inbound: 9 }, addresses: { deny: ['192.0.2.1'] } } },
      cluster: {
        c: {
          defaults: {
            mode: 'Block',
            thresholds: { outbound: 3 },
            exclusions: [{ rules: [920_100] }],
            events: { mask: { names: ['pin'] } },
          },
          allow: ANYTHING,
        },
      },
      policies: {
        'shop/p': {
          exclusions: [{ rules: [942_100] }],
          addresses: { deny: ['192.0.2.2'] },
          thresholds: { inbound: 4 },
          events: { mask: { names: ['iban'] } },
        },
      },
    });
    expect(settingsOfPod(made, 'shop/web-1')).toEqual({
      mode: 'Block',
      paranoia: 2,
      thresholds: { inbound: 4, outbound: 3 },
      exclusions: [{ rules: [920_100] }, { rules: [942_100] }],
      addresses: { deny: ['192.0.2.1', '192.0.2.2'] },
      events: { mask: { names: ['pin', 'iban'] } },
    });
  });
  it('and what is of the table goes there', () => {
    const settings: PolicySettings = {
      mode: 'Block',
      responses: { inspect: true },
      paths: 'Strict',
      upgrades: 'Deny',
    };
    const made = planOf({ ...base, policies: { 'shop/p': settings } });
    expect(podIn(made, 'shop/web-1')).toMatchObject({ mode: 'Block', dataPath: 'ext_proc', responses: true });
    expect(podIn(made, 'shop/web-1')?.ports[0]).toEqual({ number: 8_080, protocol: 'http', paths: 'Strict' });
    expect(settingsOfPod(made, 'shop/web-1')).not.toHaveProperty('paths');
  });
  it('by default as the server itself has it', () => {
    const { mode, paranoia, thresholds, unavailable, uninspectable, upgrades } = policySchema.parse({});
    expect({ mode, paranoia, thresholds, unavailable, uninspectable, upgrades }).toEqual({
      ...{ mode: 'Detect', paranoia: 1, thresholds: { inbound: 5, outbound: 4 }, unavailable: 'Closed' },
      ...{ uninspectable: { default: 'deny', overrides: {} }, upgrades: 'Allow' },
    });
  });
});

describe('weaker than what is inherited', () => {
  const STRICT: PolicySettings = {
    ...{
      mode: 'Block',
      paranoia: 2,
      thresholds: { inbound: 5, outbound: 4 },
      upgrades: 'Deny',
      paths: 'Strict',
    },
    ...{
      dataPath: 'ext_proc',
      responses: { inspect: true, mediaTypes: ['text/html'], bytesMax: 100, beyond: 'Refuse' },
    },
    body: { bytesMax: 1_000, beyond: 'Refuse' },
    addresses: { deny: ['192.0.2.9'] },
  };
  const outcome = (own: PolicySettings, allow: Allowances = {}, inherited: PolicySettings = STRICT) => {
    const words: Words = {
      ...base,
      cluster: { c: { defaults: inherited, allow } },
      policies: { 'shop/p': own },
    };
    const made = planOf(words);
    return { made, accepted: conditionOf(made, 'WAFPolicy', 'shop/p', 'Accepted') };
  };
  it.each<[string, PolicySettings, Allowances | null]>([
    ['mode', { mode: 'Detect' }, { mode: 'Detect' }],
    ['mode', { mode: 'Off' }, { mode: 'Off' }],
    ['paranoia', { paranoia: 1 }, { paranoia: 1 }],
    ['thresholds.inbound', { thresholds: { inbound: 6 } }, { thresholds: { inbound: 6 } }],
    ['thresholds.outbound', { thresholds: { outbound: 5 } }, { thresholds: { outbound: 5 } }],
    ['unavailable', { unavailable: 'Open' }, { unavailable: ['Open'] }],
    [
      'uninspectable.body_size',
      { uninspectable: { overrides: { body_size: 'allow' } } },
      { uninspectable: ['body_size'] },
    ],
    ['uninspectable.body_syntax', { uninspectable: { default: 'allow' } }, null],
    ['exclusions', { exclusions: [{ rules: [942_100] }] }, { exclusions: [942_100] }],
    [
      'exclusions',
      { exclusions: [{ rules: ['942100-942199'] }] },
      { exclusions: ['942000-942150', '942151-942200'] },
    ],
    ['exclusions', { exclusions: [{ rules: [942_100], targets: ['ARGS:a'] }] }, { exclusions: ['*'] }],
    ['exclusions', { exclusions: [{ tags: ['attack-sqli'] }] }, { exclusions: ['*'] }],
    ['addresses.allow', { addresses: { allow: ['192.0.2.1'] } }, { addresses: true }],
    ['uninspected', { uninspected: 'Allow' }, { uninspected: true }],
    ['upgrades', { upgrades: 'Allow' }, null],
    ['paths', { paths: 'Normalised' }, null],
    ['body.bytesMax', { body: { bytesMax: 2_000 } }, null],
    ['body.beyond', { body: { beyond: 'Partial' } }, null],
    ['body.filesBytesMax', { body: { filesBytesMax: 10 } }, null],
    ['responses.inspect', { responses: { inspect: false } }, null],
    ['responses.mediaTypes', { responses: { mediaTypes: ['text/plain'] } }, null],
    ['responses.bytesMax', { responses: { bytesMax: 200 } }, null],
    ['profile', { profile: 'window' }, null],
  ])('%s is refused, and named: %j', (field, own, allow) => {
    const { made, accepted } = outcome(own);
    expect(accepted).toMatchObject({
      status: 'False',
      reason: 'WeakerThanAllowed',
      message: expect.stringContaining(field),
    });
    expect(podIn(made, 'shop/web-1')?.mode).toBe('Block');
    expect(settingsOfPod(made, 'shop/web-1')).toEqual(settingsOfPod(outcome({}).made, 'shop/web-1'));
    if (allow !== null) expect(outcome(own, allow).accepted).toMatchObject({ status: 'True' });
  });

  it.each<[string, PolicySettings]>([
    ['a stricter mode', { mode: 'Block' }],
    ['a higher paranoia', { paranoia: 4 }],
    ['lower thresholds', { thresholds: { inbound: 3, outbound: 2 } }],
    ['more that is denied', { addresses: { deny: ['192.0.2.1'] } }],
    ['a lower limit that refuses', { body: { bytesMax: 500 } }],
    ['more media types', { responses: { mediaTypes: ['text/html', 'text/plain'] } }],
    ['a page of its own', { blockPage: { status: 404 } }],
    ['more events', { events: { sampleClean: 5, hash: true } }],
  ])('is not %s', (_, own) => {
    expect(outcome(own).accepted).toMatchObject({ status: 'True', reason: 'Accepted' });
  });

  it('every field is named', () => {
    const { accepted } = outcome({ mode: 'Off', paranoia: 1, thresholds: { inbound: 9 } });
    for (const field of ['mode', 'paranoia', 'thresholds.inbound'])
      expect(accepted?.message).toContain(field);
  });
  it.each([
    { rules: [949_110], targets: ['TX:BLOCKING_INBOUND_ANOMALY_SCORE'] },
    { rules: ['942000-950000'], targets: ['ARGS:a'] },
    { rules: [901_100] },
    { tags: ['OWASP_CRS'] },
  ])('protected rules cannot be left out, whatever is allowed: %j', (exclusion) => {
    const { accepted } = outcome({ exclusions: [exclusion] }, { exclusions: ['*', '1-999999999'] });
    expect(accepted).toMatchObject({
      status: 'False',
      reason: expect.stringMatching(/ProtectedRule|Invalid/),
    });
  });
  it('nothing may be where no ClusterWAFPolicy is for the namespace, and who to ask is said', () => {
    const made = planOf({ ...base, policies: { 'shop/p': { exclusions: [{ rules: [942_100] }] } } });
    expect(conditionOf(made, 'WAFPolicy', 'shop/p', 'Accepted')?.message).toContain(
      'No ClusterWAFPolicy is for namespace shop',
    );
  });
});

describe('a bad policy', () => {
  const good = { paranoia: 3 };
  const words = (own: PolicySettings, allow: Allowances = {}): Words => ({
    ...base,
    cluster: { c: { defaults: { mode: 'Block' }, allow } },
    policies: { 'shop/p': own },
  });
  const bad: PolicySettings = { paranoia: 3, mode: 'Off' };
  it('leaves the last good one in force, and says so', () => {
    const planner = new Planner(new Map(), { verdicts: ALL_GOOD });
    planner.plan(world(words(good)));
    const made = planner.plan(world(words(bad)));
    expect(settingsOfPod(made, 'shop/web-1')).toEqual({ mode: 'Block', paranoia: 3 });
    expect(conditionOf(made, 'WAFPolicy', 'shop/p', 'Accepted')?.message).toContain('last good');
    expect(settingsOfPod(planner.plan(world(words(bad))), 'shop/web-1')).toEqual({
      mode: 'Block',
      paranoia: 3,
    });
  });
  it('also across a restart, from what nodes have', () => {
    const inForce = new Map(
      [...planOf(words(good)).policies.values()].map((each) => [each.name, each] as const),
    );
    const made = new Planner(inForce, { verdicts: ALL_GOOD }).plan(world(words(bad)));
    expect(settingsOfPod(made, 'shop/web-1')).toEqual({ mode: 'Block', paranoia: 3 });
  });
  it('is no policy that stays as it is while what it inherits changes: that one follows', () => {
    const planner = new Planner(new Map(), { verdicts: ALL_GOOD });
    const first = world({
      ...base,
      sluice: { defaults: { paranoia: 2 } },
      policies: { 'shop/p': { mode: 'Block' } },
    });
    planner.plan(first);
    planner.plan(first);
    const sluice = world({ sluice: { defaults: { paranoia: 3 } } }).sluice;
    expect(settingsOfPod(planner.plan({ ...first, sluice }), 'shop/web-1')).toEqual({
      mode: 'Block',
      paranoia: 3,
    });
  });
  it('leaves what it inherits where there was none', () => {
    expect(settingsOfPod(planOf(words(bad)), 'shop/web-1')).toEqual({ mode: 'Block' });
  });
  it('does not keep what the cluster allows no longer', () => {
    const planner = new Planner(new Map(), { verdicts: ALL_GOOD });
    planner.plan(world(words({ mode: 'Detect' }, { mode: 'Detect' })));
    expect(settingsOfPod(planner.plan(world(words({ mode: 'Detect' }))), 'shop/web-1')).toEqual({
      mode: 'Block',
    });
  });
  it('is told by its fields where the server would refuse it', () => {
    const made = planOf(words({ blockPage: { headers: { 'x-request-id': 'a' } } } as PolicySettings));
    expect(conditionOf(made, 'WAFPolicy', 'shop/p', 'Accepted')).toMatchObject({
      status: 'False',
      reason: 'Invalid',
      message: expect.stringContaining('spec.blockPage'),
    });
  });
});

describe('RuleSets', () => {
  const refused = {
    kind: 'refused',
    reason: 'SecLangInvalid',
    message: 'line 1',
    problems: [],
  } as RuleSetVerdict;
  /** Refuses texts that say `bad`, knows nothing of those that say `new`. */
  const verdicts: RuleSetVerdicts = {
    of: ({ spec }: Candidate) => {
      if (spec.after?.includes('bad') === true) return refused;
      return spec.after?.includes('new') === true ? null : { kind: 'ok', rules: 1, ids: [], warnings: [] };
    },
  };
  const words = (text: string | null, allow: Allowances = {}): Words => ({
    ...base,
    cluster: { c: { allow, ruleSets: ['house'] } },
    policies: { 'shop/p': { ruleSets: ['own'], mode: 'Block' } },
    ruleSets: {
      'sluice-system/house': { before: 'B', after: 'A' },
      ...(text === null ? {} : { 'shop/own': { after: text } }),
    },
  });
  const textsIn = (made: ReturnType<typeof planOf>): readonly string[] =>
    [...made.policies.values()].find(({ name }) => name === 'shop/p')?.after.map(({ text }) => text) ?? [];
  it("stand in their order, the cluster's first", () => {
    const made = planOf(words('good'), { verdicts });
    expect([...made.policies.values()].find(({ name }) => name === 'shop/p')).toMatchObject({
      before: [{ source: 'sluice-system/house', text: 'B' }],
      after: [
        { source: 'sluice-system/house', text: 'A' },
        { source: 'shop/own', text: 'good' },
      ],
    });
    expect(conditionOf(made, 'RuleSet', 'shop/own', 'Validated')).toMatchObject({
      status: 'True',
      reason: 'Compiled',
    });
  });
  it.each([
    ['bad', 'False', 'SecLangInvalid'],
    ['new', 'Unknown', 'Pending'],
    [null, 'False', 'RuleSetNotFound'],
  ])('that are %s leave their last good text in force, beside newest settings', (text, status, reason) => {
    const planner = new Planner(new Map(), { verdicts });
    planner.plan(world(words('good')));
    const made = planner.plan(world(words(text)));
    expect(textsIn(made)).toEqual(['A', 'good']);
    expect(podIn(made, 'shop/web-1')?.mode).toBe('Block');
    expect(conditionOf(made, 'WAFPolicy', 'shop/p', 'Validated')).toMatchObject({ status, reason });
  });
  it('that were never good leave nothing, and the others in force', () => {
    expect(textsIn(planOf(words('bad'), { verdicts }))).toEqual(['A']);
  });
  it('of a namespace that may have none are not used', () => {
    const made = planOf(words('good', { ruleSets: false }), { verdicts });
    expect(textsIn(made)).toEqual(['A']);
    expect(conditionOf(made, 'WAFPolicy', 'shop/p', 'Accepted')).toMatchObject({
      reason: 'WeakerThanAllowed',
    });
  });
  it('too large for a ConfigMap stay out', () => {
    const made = planOf(words('x'.repeat(1_100_000)), { verdicts });
    expect(conditionOf(made, 'WAFPolicy', 'shop/p', 'Accepted')).toMatchObject({ reason: 'TooLarge' });
    expect(textsIn(made)).not.toContain('x'.repeat(1_100_000));
  });
});

describe('targets', () => {
  const told = (words: Words, type = 'Accepted') =>
    conditionOf(planOf({ ...base, ...words }), 'WAFPolicy', 'shop/p', type);
  it.each<[string, Words, string]>([
    [
      'a Service that is not there',
      { policies: { 'shop/p': { targetRefs: [{ group: '', kind: 'Service', name: 'no' }] } } },
      'TargetNotFound',
    ],
    ['a port that is not there', { policies: { 'shop/p': forService('no') } }, 'TargetNotFound'],
    [
      'a Service that is kept out',
      {
        services: { 'shop/web': { annotations: { 'sluice.dev/inspect': 'false' } } },
        policies: { 'shop/p': forService() },
      },
      'TargetNotSelected',
    ],
    [
      'a Gateway without routes',
      {
        gateway: { gateways: { 'shop/g': {} } },
        policies: {
          'shop/p': { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'g' }] },
        },
      },
      'TargetNotFound',
    ],
    [
      'a Secret that is not there',
      { policies: { 'shop/p': { tls: [{ port: '80', secretName: 's' }] } } },
      'SecretNotFound',
    ],
  ])('%s is told', (_, words, reason) => {
    expect(told(words)).toMatchObject({ status: 'False', reason });
  });
  it('a key makes TLS of what nobody has declared', () => {
    const services = { 'shop/web': { annotations: YES, pods: ['web-1'] } };
    const made = planOf({
      ...base,
      services,
      secrets: ['shop/s'],
      policies: { 'shop/p': { tls: [{ port: '80', secretName: 's' }] } },
    });
    expect(podIn(made, 'shop/web-1')?.ports).toMatchObject([{ protocol: 'tls', tlsSecret: 'shop/s' }]);
  });
});
