/** Policies that are for HTTPRoutes and Gateways: where they hold, what goes before them, and what is said of the rest. */
import { describe, expect, it } from 'vitest';
import type { WafPolicySpec } from '../../src/kinds/objects.ts';
import { conditionOf, type GatewayWords, planOf, podIn, settingsOfPod, type Words } from './world.ts';

type TargetRefs = NonNullable<WafPolicySpec['targetRefs']>;

const gatewayGroup = { group: 'gateway.networking.k8s.io' } as const;
const route = (name: string, sectionName?: string): Pick<WafPolicySpec, 'targetRefs'> => ({
  targetRefs: [{ ...gatewayGroup, kind: 'HTTPRoute', name, ...(sectionName && { sectionName }) }],
});
const gateway = (name: string, sectionName?: string): Pick<WafPolicySpec, 'targetRefs'> => ({
  targetRefs: [{ ...gatewayGroup, kind: 'Gateway', name, ...(sectionName && { sectionName }) }],
});
const service = (name: string, sectionName?: string): { readonly targetRefs: TargetRefs } => ({
  targetRefs: [{ group: '', kind: 'Service', name, ...(sectionName && { sectionName }) }],
});

const to = (name: string, more: object = {}) => ({ backendRefs: [{ name, port: 80, ...more }] });
const EDGE = { name: 'edge' };
const HTTP = { name: 'http', port: 80, protocol: 'HTTP' };
const EDGES: GatewayWords['gateways'] = { 'shop/edge': { listeners: [HTTP] } };

/** Services web and api of `shop`, and db of `other`; nothing selects them but policies. */
const shop = (
  objects: GatewayWords,
  policies: NonNullable<Words['policies']>,
  more: Partial<Words> = {},
): Words => ({
  services: {
    'shop/web': { pods: ['web-1'] },
    'shop/api': { pods: ['api-1'], ports: [{}, { port: 81, name: 'admin', to: 8081 }] },
    'other/db': { pods: ['db-1'] },
  },
  pods: { 'shop/web-1': {}, 'shop/api-1': {}, 'other/db-1': {} },
  gateway: objects,
  policies,
  ...more,
});

const acceptedIn = (words: Words, key = 'shop/p') => conditionOf(planOf(words), 'WAFPolicy', key, 'Accepted');
const selected = (words: Words): readonly string[] =>
  [...planOf(words).nodes.values()]
    .flatMap(({ pods }) => pods)
    .flatMap((pod) => pod.ports.map(({ number }) => `${pod.namespace}/${pod.name}:${number}`))
    .sort();
/** Which policy each pod's only port has. */
const policyOf = (words: Words, pod = 'shop/web-1') => podIn(planOf(words), pod)?.policy;

describe('a policy for an HTTPRoute', () => {
  const web = { httpRoutes: { 'shop/web': { rules: [to('web')] } } };

  it('selects the ports that the route leads to, and no others', () => {
    const words = shop(
      { httpRoutes: { 'shop/r': { rules: [to('web'), to('api')] } } },
      { 'shop/p': route('r') },
    );
    expect(selected(words)).toEqual(['shop/api-1:8080', 'shop/web-1:8080']);
    expect(planOf(words).services.map(({ service: key, because }) => [key, because])).toEqual([
      ['shop/api', 'WAFPolicies are for its ports 80, and for no others. By HTTPRoute shop/r.'],
      ['shop/web', 'WAFPolicies are for its ports 80, and for no others. By HTTPRoute shop/r.'],
    ]);
  });

  it('holds there whatever host and path the route is for, and says so', () => {
    const narrow = {
      hostnames: ['a.example'],
      rules: [{ matches: [{ path: { value: '/a' } }], ...to('web') }],
    };
    const words = shop(
      { httpRoutes: { 'shop/web': narrow } },
      { 'shop/p': { ...route('web'), mode: 'Block' } },
    );
    expect(settingsOfPod(planOf(words), 'shop/web-1')).toMatchObject({ mode: 'Block' });
    expect(acceptedIn(words)).toMatchObject({
      status: 'True',
      message: expect.stringContaining('on 1 port, whoever asks and by whatever host and path: shop/web:80.'),
    });
  });

  it('holds where mirrors of it go', () => {
    const mirror = (name: string) => ({
      type: 'RequestMirror',
      requestMirror: { backendRef: { name, port: 80 } },
    });
    const ofRule = { rules: [{ ...to('web'), filters: [mirror('api')] }] };
    const ofBackend = { rules: [to('web', { filters: [mirror('api')] })] };
    for (const each of [ofRule, ofBackend])
      expect(selected(shop({ httpRoutes: { 'shop/r': each } }, { 'shop/p': route('r') }))).toContain(
        'shop/api-1:8080',
      );
  });

  it('is for one rule of it where it names one', () => {
    const rules = [
      { name: 'a', ...to('web') },
      { name: 'b', ...to('api') },
    ];
    const words = shop({ httpRoutes: { 'shop/r': { rules } } }, { 'shop/p': route('r', 'b') });
    expect(selected(words)).toEqual(['shop/api-1:8080']);
  });

  it.each<[string, GatewayWords, Partial<Words>, Pick<WafPolicySpec, 'targetRefs'>, string, string]>([
    ['that is not there', {}, {}, route('web'), 'TargetNotFound', 'HTTPRoute shop/web is not there'],
    ['without that rule', web, {}, route('web', 'x'), 'TargetNotFound', 'has no rule x'],
    [
      ...(['that leads nowhere', { httpRoutes: { 'shop/web': { rules: [{}] } } }, {}] as const),
      ...([route('web'), 'TargetNotFound', 'leads to no Service'] as const),
    ],
    [
      ...([
        'to a Service that is not there',
        { httpRoutes: { 'shop/web': { rules: [to('gone')] } } },
        {},
      ] as const),
      ...([route('web'), 'TargetNotFound', 'leads to Service shop/gone, which is not there'] as const),
    ],
    [
      'to a port that is not there',
      { httpRoutes: { 'shop/web': { rules: [to('web', { port: 8443 })] } } },
      {},
      ...([route('web'), 'TargetNotFound', 'which has no TCP port 8443'] as const),
    ],
    [
      'to what is no Service',
      {
        httpRoutes: {
          'shop/web': {
            rules: [to('pool', { group: 'inference.networking.k8s.io', kind: 'InferencePool' })],
          },
        },
      },
      {},
      ...([route('web'), 'NotSupported', 'leads to InferencePool shop/pool, which is no Service'] as const),
    ],
    [
      ...(['to a Service that is kept out', web] as const),
      { services: { 'shop/web': { pods: ['web-1'], annotations: { 'sluice.dev/inspect': 'false' } } } },
      ...([route('web'), 'TargetNotSelected', 'HTTPRoute shop/web leads to Service shop/web'] as const),
    ],
  ])('%s is told, and is not in force', (_, objects, more, target, reason, message) => {
    const words = shop(objects, { 'shop/p': target }, more);
    expect(selected(words)).toEqual([]);
    expect(acceptedIn(words)).toMatchObject({
      ...{ status: 'False', reason, message: expect.stringContaining(message) },
    });
    expect(conditionOf(planOf(words), 'WAFPolicy', 'shop/p', 'Enforcing')?.status).toBe('False');
  });

  it('is in force where it can be while a part of it is told', () => {
    const words = shop(
      { httpRoutes: { 'shop/web': { rules: [to('web'), to('gone')] } } },
      { 'shop/p': route('web') },
    );
    expect(selected(words)).toEqual(['shop/web-1:8080']);
    expect(acceptedIn(words)).toMatchObject({ status: 'False', reason: 'TargetNotFound' });
  });
});

describe('a policy for a Gateway', () => {
  const parent = (more: object = {}) => ({ parentRefs: [{ ...EDGE, ...more }] });
  const two = { name: 'admin', port: 8443, protocol: 'HTTPS', hostname: '*.admin.example' };
  const edges = { gateways: { 'shop/edge': { listeners: [HTTP, two] } } };
  const on = (refs: object, target = gateway('edge')) =>
    selected(
      shop({ ...edges, httpRoutes: { 'shop/r': { ...refs, rules: [to('web')] } } }, { 'shop/p': target }),
    );

  it('holds behind all routes of it, also those of GRPCRoutes and by ListenerSets', () => {
    const words = shop(
      {
        gateways: EDGES,
        httpRoutes: {
          'shop/a': { ...parent(), rules: [to('web')] },
          'shop/b': { parentRefs: [{ kind: 'Gateway', name: 'another' }], rules: [to('api', { port: 81 })] },
        },
        grpcRoutes: {
          'shop/c': { parentRefs: [{ kind: 'ListenerSet', name: 'more' }], rules: [to('api')] },
        },
        listenerSets: { 'shop/more': { parentRef: EDGE } },
      },
      { 'shop/p': gateway('edge') },
    );
    expect(selected(words)).toEqual(['shop/api-1:8080', 'shop/web-1:8080']);
    expect(acceptedIn(words)?.status).toBe('True');
  });

  it.each([
    ['names it', parent({ sectionName: 'admin' }), true],
    ['names its port', parent({ port: 8443 }), true],
    ['names none', parent(), true],
    ['is for a host below its own', { ...parent(), hostnames: ['a.admin.example'] }, true],
    ['is for a wildcard that its own is below', { ...parent(), hostnames: ['*.example'] }, true],
    ['names another', parent({ sectionName: 'http' }), false],
    ['names another port', parent({ port: 80 }), false],
    ['is for another host', { ...parent(), hostnames: ['shop.example'] }, false],
    ['is for the name that its wildcard is below', { ...parent(), hostnames: ['admin.example'] }, false],
  ])('of a listener holds behind a route that %s: %#', (_, refs, holds) => {
    expect(on(refs, gateway('edge', 'admin'))).toEqual(holds ? ['shop/web-1:8080'] : []);
  });

  it('of a listener for all hosts holds behind a route for one', () => {
    expect(on({ ...parent(), hostnames: ['a.example'] }, gateway('edge', 'http'))).toEqual([
      'shop/web-1:8080',
    ]);
  });

  it('does not hold behind a route that the gateway has refused as it is now', () => {
    const said = (status: string, observedGeneration: number) => ({
      ...{ type: 'Accepted', status, reason: 'x', observedGeneration },
    });
    const refused = (conditions: readonly object[]) => ({
      ...parent(),
      status: { parents: [{ parentRef: { ...EDGE, kind: 'Gateway' }, conditions }] },
    });
    expect(on(refused([said('False', 1)]))).toEqual([]);
    expect(on(refused([said('False', 0)]))).toEqual(['shop/web-1:8080']);
    expect(on(refused([said('True', 1)]))).toEqual(['shop/web-1:8080']);
  });

  it.each([
    ['without routes', HTTP, gateway('edge'), 'TargetNotFound', 'nothing is behind it'],
    ['that is not there', HTTP, gateway('gone'), 'TargetNotFound', 'Gateway shop/gone is not there'],
    ['without that listener', HTTP, gateway('edge', 'x'), 'TargetNotFound', 'has no listener x'],
    [
      ...(['with a listener of no HTTP', { name: 'raw', port: 9, protocol: 'TCP' }] as const),
      ...([gateway('edge', 'raw'), 'NotSupported', 'speaks TCP'] as const),
    ],
  ])('%s is told', (_, listener, target, reason, message) => {
    const words = shop({ gateways: { 'shop/edge': { listeners: [HTTP, listener] } } }, { 'shop/p': target });
    expect(acceptedIn(words)).toMatchObject({
      ...{ status: 'False', reason, message: expect.stringContaining(message) },
    });
  });

  it('says that listeners of no HTTP are not meant', () => {
    const raw = { name: 'raw', port: 9, protocol: 'TLS' };
    const words = shop(
      {
        gateways: { 'shop/edge': { listeners: [HTTP, raw] } },
        httpRoutes: { 'shop/r': { ...parent(), rules: [to('web')] } },
      },
      { 'shop/p': gateway('edge') },
    );
    expect(acceptedIn(words)).toMatchObject({
      ...{ status: 'True', message: expect.stringContaining('listener raw (TLS)') },
    });
  });

  it('names a few of a thousand routes, and how many more there are', () => {
    const httpRoutes = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, at) => [`shop/r${at}`, { ...parent(), rules: [to(`gone-${at}`)] }]),
    );
    const { message = '' } =
      acceptedIn(shop({ gateways: EDGES, httpRoutes }, { 'shop/p': gateway('edge') })) ?? {};
    expect(message).toContain('And 995 more like it.');
    expect(message.length).toBeLessThan(1_000);
  });
});

describe('of policies for the same port', () => {
  const objects: GatewayWords = {
    gateways: EDGES,
    httpRoutes: { 'shop/r': { parentRefs: [EDGE], rules: [{ name: 'a', ...to('web') }] } },
  };
  const steps: readonly (readonly [string, Pick<WafPolicySpec, 'targetRefs' | 'workloadSelector'>])[] = [
    ['gateway', gateway('edge')],
    ['listener', gateway('edge', 'http')],
    ['wide', {}],
    ['route', route('r')],
    ['rule', route('r', 'a')],
    ['selector', { workloadSelector: { matchLabels: { app: 'web' } } }],
    ['service', service('web')],
    ['section', service('web', '80')],
  ];
  const pods = { 'shop/web-1': { labels: { app: 'web' } } };

  it.each(steps.slice(1).map(([name], at) => [name, steps[at]?.[0] ?? ''] as const))(
    '%s goes before %s, though it is younger',
    (name, before) => {
      const policies = Object.fromEntries(
        steps
          .filter(([each]) => each === name || each === before)
          .map(([each, spec]) => [`shop/${each}`, { ...spec, age: each === name ? 9 : 1 }]),
      );
      expect(policyOf(shop(objects, policies, { pods }))).toBe(`shop/${name}`);
    },
  );

  it('who has none is told which ones go before it', () => {
    const words = shop(objects, { 'shop/p': gateway('edge'), 'shop/q': service('web') });
    expect(acceptedIn(words)).toMatchObject({
      status: 'True',
      message: expect.stringContaining('More specific on shop/web:80: shop/q.'),
    });
    expect(conditionOf(planOf(words), 'WAFPolicy', 'shop/p', 'Programmed')?.reason).toBe('NothingSelected');
  });

  it('the oldest wins among targets of a kind, and the other says so though it is in force elsewhere', () => {
    const httpRoutes = {
      'shop/one': { rules: [to('web')] },
      'shop/two': { rules: [to('web'), to('api')] },
    };
    const words = shop({ httpRoutes }, { 'shop/old': { ...route('one'), age: 1 }, 'shop/new': route('two') });
    expect(policyOf(words)).toBe('shop/old');
    expect(policyOf(words, 'shop/api-1')).toBe('shop/new');
    expect(acceptedIn(words, 'shop/old')?.status).toBe('True');
    expect(acceptedIn(words, 'shop/new')).toMatchObject({
      ...{ status: 'False', reason: 'Conflicted', message: expect.stringContaining('shop/old is older') },
    });
  });
});

describe('a Service of another namespace', () => {
  const httpRoutes = { 'shop/r': { rules: [to('db', { namespace: 'other' })] } };
  const grant = (kind: string, more: object = {}, from: object = {}) => ({
    from: [
      { group: kind === 'WAFPolicy' ? 'sluice.dev' : gatewayGroup.group, kind, namespace: 'shop', ...from },
    ],
    to: [{ group: '', kind: 'Service', ...more }],
  });
  const both = { 'other/a': grant('HTTPRoute'), 'other/b': grant('WAFPolicy') };
  const words = (grants: GatewayWords['grants'], more: Partial<Words> = {}): Words =>
    shop({ httpRoutes, ...(grants && { grants }) }, { 'shop/p': route('r') }, more);

  it('is held where its namespace lets the route and the policy name it', () => {
    expect(selected(words(both))).toEqual(['other/db-1:8080']);
    expect(acceptedIn(words(both))?.status).toBe('True');
    const named = {
      'other/a': grant('HTTPRoute', { name: 'db' }),
      'other/b': grant('WAFPolicy', { name: 'db' }),
    };
    expect(selected(words(named))).toEqual(['other/db-1:8080']);
  });

  it.each([
    ['nothing', {}, 'HTTPRoutes of shop'],
    ['one for routes only', { 'other/a': grant('HTTPRoute') }, 'WAFPolicies of shop'],
    ['one for policies only', { 'other/b': grant('WAFPolicy') }, 'HTTPRoutes of shop'],
    ['one for another Service', { ...both, 'other/b': grant('WAFPolicy', { name: 'web' }) }, 'WAFPolicies'],
    ['one for another kind', { ...both, 'other/b': grant('WAFPolicy', { kind: 'Secret' }) }, 'WAFPolicies'],
    ['one from elsewhere', { ...both, 'other/b': grant('WAFPolicy', {}, { namespace: 'x' }) }, 'WAFPolicies'],
    ['one from another group', { ...both, 'other/b': grant('WAFPolicy', {}, { group: 'x' }) }, 'WAFPolicies'],
    [
      'one of the wrong namespace',
      { 'other/a': grant('HTTPRoute'), 'shop/b': grant('WAFPolicy') },
      'WAFPolicies',
    ],
  ])('is not by %s', (_, grants, message) => {
    expect(selected(words(grants))).toEqual([]);
    expect(acceptedIn(words(grants))).toMatchObject({
      ...{ status: 'False', reason: 'RefNotPermitted', message: expect.stringContaining(message) },
    });
  });

  it('is not where the namespaces inherit from different ClusterWAFPolicies', () => {
    const cluster = { strict: { namespaceSelector: { matchLabels: { tier: 'high' } } } };
    const namespaces = { shop: {}, other: { tier: 'high' } };
    const told = words(both, { cluster, namespaces });
    expect(selected(told)).toEqual([]);
    expect(acceptedIn(told)).toMatchObject({
      ...{
        status: 'False',
        reason: 'RefNotPermitted',
        message: expect.stringContaining('another ClusterWAFPolicy'),
      },
    });
  });

  it('has the policy of its own namespace first, also one for all of it', () => {
    const own = shop({ httpRoutes, grants: both }, { 'shop/p': { ...route('r'), age: 1 }, 'other/wide': {} });
    expect(policyOf(own, 'other/db-1')).toBe('other/wide');
  });

  it('is never one of the system’s', () => {
    const system = { 'shop/r': { rules: [to('dns', { namespace: 'kube-system' })] } };
    const grants = { 'kube-system/a': grant('HTTPRoute'), 'kube-system/b': grant('WAFPolicy') };
    const told = shop(
      { httpRoutes: system, grants },
      { 'shop/p': route('r') },
      {
        services: { 'kube-system/dns': { pods: ['dns-1'] } },
        pods: { 'kube-system/dns-1': {} },
      },
    );
    expect(selected(told)).toEqual([]);
    expect(acceptedIn(told)?.status).toBe('False');
  });
});
