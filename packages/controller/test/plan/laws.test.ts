/** What holds of every plan, whatever the cluster holds. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/canonical-json.ts';
import type { Allowances, Mode, PolicySettings } from '../../src/kinds/objects.ts';
import { Planner, plan } from '../../src/plan/planner.ts';
import type { World } from '../../src/world.ts';
import { ALL_GOOD, bytes, type GatewayWords, planOf, settingsOfPod, type Words, world } from './world.ts';

const NAMESPACES = ['shop', 'other', 'kube-system'] as const;
const mode = fc.constantFrom<Mode>('Off', 'Detect', 'Block');
const thresholds = fc.record(
  { inbound: fc.integer({ min: 1, max: 9 }), outbound: fc.integer({ min: 1, max: 9 }) },
  { requiredKeys: [] },
);
const rule = fc.constantFrom<number | string>(942_100, 920_350, '942000-942999', '920000-949999');
const settings: fc.Arbitrary<PolicySettings> = fc.record(
  {
    mode,
    thresholds,
    paranoia: fc.integer({ min: 1, max: 4 }),
    unavailable: fc.constantFrom('Open', 'Closed'),
    exclusions: fc.array(fc.record({ rules: fc.array(rule, { minLength: 1, maxLength: 2 }) }), {
      maxLength: 2,
    }),
    uninspected: fc.constantFrom('Allow', 'Refuse'),
  },
  { requiredKeys: [] },
);
const allow: fc.Arbitrary<Allowances> = fc.record(
  {
    mode,
    thresholds,
    paranoia: fc.integer({ min: 1, max: 4 }),
    unavailable: fc.subarray(['Open', 'Closed'] as const),
    exclusions: fc.array(fc.constantFrom<number | string>(942_100, '920000-929999', '942000-942999', '*'), {
      maxLength: 2,
    }),
    uninspected: fc.boolean(),
  },
  { requiredKeys: [] },
);
const age = fc.integer({ min: 1, max: 3 });
const key = fc
  .tuple(fc.constantFrom(...NAMESPACES), fc.constantFrom('a', 'b', 'c'))
  .map((parts) => parts.join('/'));
const target = fc
  .record({ sectionName: fc.constantFrom('http', 'admin') }, { requiredKeys: [] })
  .chain((section) =>
    fc.constantFrom('a', 'b').map((name) => ({ group: '', kind: 'Service' as const, name, ...section })),
  );
const group = 'gateway.networking.k8s.io';
const routed = fc
  .record({ sectionName: fc.constantFrom('http', 'one') }, { requiredKeys: [] })
  .chain((section) =>
    fc.constantFrom(
      { group, kind: 'HTTPRoute' as const, name: 'r', ...section },
      { group, kind: 'Gateway' as const, name: 'g', ...section },
    ),
  );
const backend = fc.record(
  {
    name: fc.constantFrom('a', 'b', 'gone'),
    namespace: fc.constantFrom(...NAMESPACES),
    port: fc.constantFrom(80, 81),
    kind: fc.constantFrom('Service', 'Bucket'),
  },
  { requiredKeys: ['name'] },
);
const route = fc.record(
  {
    parentRefs: fc.array(fc.record({ name: fc.constant('g'), namespace: fc.constantFrom(...NAMESPACES) }), {
      maxLength: 2,
    }),
    hostnames: fc.subarray(['a.example', '*.example']),
    rules: fc.array(
      fc.record({ name: fc.constantFrom('one', 'two'), backendRefs: fc.array(backend, { maxLength: 3 }) }),
      { maxLength: 3 },
    ),
  },
  { requiredKeys: [] },
);
const grant = fc
  .tuple(fc.constantFrom('HTTPRoute', 'WAFPolicy'), fc.constantFrom(...NAMESPACES))
  .map(([kind, namespace]) => ({
    from: [{ group: kind === 'HTTPRoute' ? group : 'sluice.dev', kind, namespace }],
    to: [{ group: '', kind: 'Service' }],
  }));
const gatewayOf = (namespace: string) => `${namespace}/g`;
const gateway: fc.Arbitrary<GatewayWords> = fc.record({
  gateways: fc.dictionary(
    fc.constantFrom(...NAMESPACES.map(gatewayOf)),
    fc.constant({ listeners: [{ name: 'http', port: 80, protocol: 'HTTP', hostname: '*.example' }] }),
  ),
  httpRoutes: fc.dictionary(
    fc.constantFrom(...NAMESPACES.flatMap((each) => [`${each}/r`, `${each}/s`])),
    route,
  ),
  grants: fc.dictionary(fc.constantFrom(...NAMESPACES.flatMap((each) => [`${each}/1`, `${each}/2`])), grant),
});
const policy = fc
  .tuple(settings, age, fc.constantFrom('wide', 'selector', 'target'), fc.oneof(target, routed))
  .map(([own, years, kind, ref]) => ({
    ...own,
    age: years,
    ...(kind === 'target' ? { targetRefs: [ref] } : {}),
    ...(kind === 'selector' ? { workloadSelector: { matchLabels: { app: 'a' } } } : {}),
  }));
const service = fc
  .tuple(
    age,
    fc.constantFrom('true', 'false', null),
    fc.subarray(['a', 'b', 'c']),
    fc.constantFrom('http', 'tcp', ''),
  )
  .map(([years, inspect, pods, name]) => ({
    ...{ age: years, pods, annotations: inspect === null ? {} : { 'sluice.dev/inspect': inspect } },
    ports: [
      { name: name === '' ? 'http' : name, to: 8_080 },
      { name: 'admin', port: 81, to: 8_081 },
    ],
  }));
const pod = fc.record({
  node: fc.constantFrom('n1', 'n1', 'n1', 'n2', ''),
  alive: fc.constantFrom(true, true, true, false),
  hostNetwork: fc.boolean(),
  labels: fc.constantFrom({ app: 'a' }, { app: 'a' }, {}),
  ports: fc.constant([{ name: 'http', port: 8_082 }]),
});
const words: fc.Arbitrary<Words> = fc.record({
  namespaces: fc.constant({ shop: { team: 'x' }, other: {}, 'kube-system': {} }),
  services: fc.dictionary(key, service, { maxKeys: 5 }),
  gateway,
  pods: fc.dictionary(key, pod, { maxKeys: 7 }),
  policies: fc.dictionary(key, policy, { maxKeys: 5 }),
  cluster: fc.dictionary(
    fc.constantFrom('x', 'y'),
    fc.record({
      age,
      defaults: settings,
      allow,
      select: fc.constantFrom('All' as const, 'Annotated' as const),
    }),
    { maxKeys: 2 },
  ),
});

const RUNS = { numRuns: 200 };
const shuffled = <V>(map: ReadonlyMap<string, V>): ReadonlyMap<string, V> => new Map([...map].reverse());

describe('a plan', () => {
  it('is the same in whatever order the cluster is told', () => {
    fc.assert(
      fc.property(words, (told) => {
        const given = world(told);
        const other: World = {
          ...given,
          ...{
            services: shuffled(given.services),
            pods: shuffled(given.pods),
            policies: shuffled(given.policies),
          },
          ...{
            clusterPolicies: shuffled(given.clusterPolicies),
            endpointSlices: shuffled(given.endpointSlices),
          },
          namespaces: shuffled(given.namespaces),
          gateway: {
            gateways: shuffled(given.gateway.gateways),
            httpRoutes: shuffled(given.gateway.httpRoutes),
            grpcRoutes: shuffled(given.gateway.grpcRoutes),
            listenerSets: shuffled(given.gateway.listenerSets),
            grants: shuffled(given.gateway.grants),
          },
        };
        expect(bytes(plan(other, { verdicts: ALL_GOOD }))).toBe(bytes(plan(given, { verdicts: ALL_GOOD })));
      }),
      RUNS,
    );
  });

  it('is the same whether it was planned from nothing or behind another', () => {
    fc.assert(
      fc.property(words, words, (first, second) => {
        const [before, after] = [world(first), world(second)];
        const planner = new Planner(new Map(), { verdicts: ALL_GOOD });
        // Objects that stay are the same objects, as the mirror gives them. Without policies there is no last good one.
        const mixed = { ...before, services: after.services, endpointSlices: after.endpointSlices };
        planner.plan({ ...before, policies: new Map(), clusterPolicies: new Map() });
        planner.plan({ ...mixed, policies: new Map(), clusterPolicies: new Map() });
        expect(bytes(planner.plan(mixed))).toBe(bytes(plan(mixed, { verdicts: ALL_GOOD })));
      }),
      RUNS,
    );
  });

  it('has the same table for a node of which nothing is said anew, and another where anything is', () => {
    fc.assert(
      fc.property(words, words, (first, second) => {
        const planner = new Planner(new Map(), { verdicts: ALL_GOOD });
        const given = world(first);
        const before = planner.plan(given).nodes;
        for (const [name, table] of planner.plan({ ...given }).nodes) expect(before.get(name)).toBe(table);
        for (const [name, table] of planner.plan(world(second)).nodes) {
          const isSame = canonicalJson(table) === canonicalJson(before.get(name) ?? null);
          if (before.get(name) === table) expect(isSame).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('has each pod once, on its node, with no policy that it does not have, and none of the cluster’s own', () => {
    fc.assert(
      fc.property(words, (told) => {
        const given = world(told);
        const made = plan(given, { verdicts: ALL_GOOD });
        const pods = [...made.nodes.values()].flatMap((node) => node.pods.map((each) => ({ node, each })));
        expect(new Set(pods.map(({ each }) => each.uid)).size).toBe(pods.length);
        for (const { node, each } of pods) {
          const known = given.pods.get(`${each.namespace}/${each.name}`);
          expect(known).toMatchObject({ node: node.node, alive: true });
          expect(each.namespace).not.toBe('kube-system');
          const names = [each.policy, ...each.ports.flatMap((port) => port.policy?.name ?? [])];
          for (const name of names) expect(node.policies.some((policy_) => policy_.name === name)).toBe(true);
        }
        for (const { policies } of made.nodes.values())
          for (const { name, digest } of policies) expect(made.policies.get(digest)?.name).toBe(name);
        for (const [service_, report] of made.services.map((each) => [each.service, each] as const))
          if (report.selected && told.services?.[service_]?.annotations?.['sluice.dev/inspect'] === 'false')
            expect.fail(`${service_} is selected against its annotation`);
        const expected = [...given.services].filter(
          ([name, { metadata }]) =>
            metadata.annotations['sluice.dev/inspect'] === 'true' && !name.startsWith('kube-'),
        );
        for (const [name] of expected)
          for (const pod_ of told.services?.[name]?.pods ?? []) {
            const at = `${name.split('/')[0]}/${pod_}`;
            const known = given.pods.get(at);
            if (known?.alive !== true || known.node === '') continue;
            expect(pods.filter(({ each }) => `${each.namespace}/${each.name}` === at)).toHaveLength(1);
          }
      }),
      RUNS,
    );
  });

  it('changes nowhere else by what it has nothing to do with', () => {
    fc.assert(
      fc.property(words, service, pod, (told, more, another) => {
        const given = world({ ...told, namespaces: { ...told.namespaces, far: {} } });
        const far = world({ services: { 'far/z': more }, pods: { 'far/a': { ...another, node: 'n9' } } });
        const join = <V>(left: ReadonlyMap<string, V>, right: ReadonlyMap<string, V>) =>
          new Map([...left, ...right]);
        const made = plan(given, { verdicts: ALL_GOOD });
        const then = plan(
          {
            ...given,
            services: join(given.services, far.services),
            endpointSlices: join(given.endpointSlices, far.endpointSlices),
            pods: join(given.pods, far.pods),
          },
          { verdicts: ALL_GOOD },
        );
        for (const [name, node] of made.nodes) expect(then.nodes.get(name)).toEqual(node);
        const here = ({ service: name }: { readonly service: string }) => !name.startsWith('far/');
        expect(then.services.filter(here)).toEqual(made.services.filter(here));
      }),
      RUNS,
    );
  });
});

/** Asked for what each field may be at its weakest, without the code under test. */
function isBound(own: PolicySettings, inherited: PolicySettings, allowed: Allowances): boolean {
  const strength = ['Off', 'Detect', 'Block'];
  const weakest = (given: string | undefined, least: string | undefined) =>
    Math.min(strength.indexOf(given ?? 'Detect'), least === undefined ? 9 : strength.indexOf(least));
  const most = (side: 'inbound' | 'outbound', usual: number) =>
    Math.max(inherited.thresholds?.[side] ?? usual, allowed.thresholds?.[side] ?? 0);
  const ids = (from: PolicySettings) => (from.exclusions ?? []).flatMap(({ rules = [] }) => rules);
  const may = (id: number): boolean =>
    !(id >= 949_000 && id <= 949_999) &&
    (allowed.exclusions ?? []).some((entry) => {
      if (entry === '*') return true;
      const [first = 0, last = first] = String(entry).split('-').map(Number);
      return first <= id && id <= last;
    });
  const probes = (entry: number | string): readonly number[] => {
    const [first = 0, last = first] = String(entry).split('-').map(Number);
    return [first, last, ...[920_500, 930_000, 942_500, 949_110].filter((id) => first <= id && id <= last)];
  };
  const inheritedIds = new Set(ids(inherited).map(String));
  return (
    strength.indexOf(own.mode ?? 'Detect') >= weakest(inherited.mode, allowed.mode) &&
    (own.paranoia ?? 1) >= Math.min(inherited.paranoia ?? 1, allowed.paranoia ?? 9) &&
    (own.thresholds?.inbound ?? 5) <= most('inbound', 5) &&
    (own.thresholds?.outbound ?? 4) <= most('outbound', 4) &&
    (own.unavailable !== 'Open' ||
      inherited.unavailable === 'Open' ||
      allowed.unavailable?.includes('Open') === true) &&
    ids(own).every((entry) => inheritedIds.has(String(entry)) || probes(entry).every(may))
  );
}

describe('a namespace’s policy', () => {
  it('is never weaker than what the cluster allows, nor is a former one', () => {
    fc.assert(
      fc.property(settings, settings, settings, allow, allow, (inherited, own, former, allowed, before) => {
        const wordsOf = (mine: PolicySettings, may: Allowances): Words => ({
          services: { 'shop/web': { annotations: { 'sluice.dev/inspect': 'true' }, pods: ['a'] } },
          pods: { 'shop/a': {} },
          cluster: { c: { defaults: inherited, allow: may } },
          policies: { 'shop/p': mine },
        });
        const planner = new Planner(new Map(), { verdicts: ALL_GOOD });
        planner.plan(world(wordsOf(former, before)));
        const made = planner.plan(world(wordsOf(own, allowed)));
        const base = settingsOfPod(planOf({ ...wordsOf({}, {}), policies: {} }), 'shop/a') ?? {};
        expect(isBound(settingsOfPod(made, 'shop/a') ?? {}, base, allowed)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });
});
