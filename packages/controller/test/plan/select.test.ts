/** Which Services are selected, and what their ports are said to speak. */
import { describe, expect, it } from 'vitest';
import { conditionOf, planOf, podIn, type Words } from './world.ts';

const YES = { 'sluice.dev/inspect': 'true' };
const NO = { 'sluice.dev/inspect': 'false' };
const CALICO = { 'projectcalico.org/l7-logging': 'true' };

const shop = (service: NonNullable<Words['services']>[string], more: Words = {}): Words => ({
  services: { 'shop/web': { pods: ['web-1'], ...service } },
  pods: { 'shop/web-1': {} },
  ...more,
});
const isSelected = (words: Words): boolean => podIn(planOf(words), 'shop/web-1') !== undefined;

describe('a Service is selected', () => {
  it.each<[string, Words, boolean]>([
    ['by nothing', shop({}), false],
    ['by its annotation', shop({ annotations: YES }), true],
    ['by its annotation in another case', shop({ annotations: { 'sluice.dev/inspect': 'True' } }), true],
    ['not by an annotation that is unclear', shop({ annotations: { 'sluice.dev/inspect': 'yes' } }), false],
    ["by Calico's annotation", shop({ annotations: CALICO }, { calico: true }), true],
    ["not by Calico's annotation where it is not read", shop({ annotations: CALICO }), false],
    ['by a ClusterWAFPolicy for all', shop({}, { cluster: { all: { select: 'All' } } }), true],
    ['not by one that says Annotated', shop({}, { cluster: { all: { select: 'Annotated' } } }), false],
    [
      'not by one for other namespaces',
      shop({}, { cluster: { all: { select: 'All', namespaceSelector: { matchLabels: { a: 'b' } } } } }),
      false,
    ],
    [
      'not by one that is younger than the one that governs',
      shop({}, { cluster: { old: { age: 1 }, all: { age: 2, select: 'All' } } }),
      false,
    ],
    [
      'by a WAFPolicy for it',
      shop({}, { policies: { 'shop/p': { targetRefs: [{ group: '', kind: 'Service', name: 'web' }] } } }),
      true,
    ],
    ['not by a WAFPolicy for the namespace', shop({}, { policies: { 'shop/p': { mode: 'Block' } } }), false],
    [
      'not against its annotation, whatever else selects it',
      shop(
        { annotations: { ...NO, ...CALICO } },
        {
          calico: true,
          cluster: { all: { select: 'All' } },
          policies: {
            'shop/p': { targetRefs: [{ group: '', kind: 'Service', name: 'web' }] },
            'shop/q': { workloadSelector: {} },
          },
        },
      ),
      false,
    ],
    ['not as an ExternalName', shop({ annotations: YES, type: 'ExternalName' }), false],
    [
      'not in an excluded namespace',
      shop({ annotations: YES }, { sluice: { excludedNamespaces: ['shop'] } }),
      false,
    ],
    ['not a dead pod of it', shop({ annotations: YES }, { pods: { 'shop/web-1': { alive: false } } }), false],
    [
      'also a pod of it that is not ready',
      shop({ annotations: YES }, { pods: { 'shop/web-1': { ready: false } } }),
      true,
    ],
    [
      'not a pod of it that has no node',
      shop({ annotations: YES }, { pods: { 'shop/web-1': { node: '' } } }),
      false,
    ],
    [
      'not a pod of it without an address',
      shop({ annotations: YES }, { pods: { 'shop/web-1': { addresses: [] } } }),
      false,
    ],
  ])('%s: %#', (_, words, expected) => {
    expect(isSelected(words)).toBe(expected);
  });

  it.each([
    'kube-system',
    'kube-public',
    'kube-node-lease',
    'sluice-system',
    'calico-system',
    'tigera-x',
    'openshift-a',
  ])('never in %s, also by a policy, which is told', (namespace) => {
    const made = planOf({
      namespaces: { [namespace]: {} },
      services: { [`${namespace}/web`]: { annotations: YES, pods: ['web-1'] } },
      pods: { [`${namespace}/web-1`]: {} },
      cluster: { all: { select: 'All' } },
      policies: { [`${namespace}/p`]: { workloadSelector: {} } },
    });
    expect([...made.nodes.values()].flatMap(({ pods }) => pods)).toEqual([]);
    expect(conditionOf(made, 'WAFPolicy', `${namespace}/p`, 'Accepted')).toMatchObject({
      status: 'False',
      reason: 'SystemNamespace',
    });
  });

  it('never where Sluice itself is installed, wherever that is', () => {
    const words = shop({ annotations: YES });
    expect(podIn(planOf(words, { namespace: 'shop' }), 'shop/web-1')).toBeUndefined();
  });

  it("never as the API server's own", () => {
    const made = planOf({
      namespaces: { default: {} },
      services: { 'default/kubernetes': { annotations: YES, pods: ['a'] } },
      pods: { 'default/a': {} },
    });
    expect(made.services[0]).toMatchObject({
      selected: false,
      because: expect.stringContaining('API server'),
    });
  });

  it('for one port alone where a policy names one', () => {
    const target = { group: '', kind: 'Service', name: 'web', sectionName: 'admin' } as const;
    const ports = [
      { name: 'http', port: 80, to: 8_080 },
      { name: 'admin', port: 81, to: 8_081 },
    ];
    const made = planOf(shop({ ports }, { policies: { 'shop/p': { targetRefs: [target] } } }));
    expect(podIn(made, 'shop/web-1')?.ports.map(({ number }) => number)).toEqual([8_081]);
  });

  it('never for UDP', () => {
    const ports = [{ name: 'dns', protocol: 'UDP', to: 53 } as const];
    expect(isSelected(shop({ annotations: YES, ports }))).toBe(false);
  });
});

describe('a pod is selected by its labels', () => {
  const words: Words = {
    services: { 'shop/metrics': { annotations: NO, pods: ['web-1'], ports: [{ to: 9_090 }] } },
    pods: {
      'shop/web-1': {
        labels: { app: 'web' },
        ports: [
          { name: 'http', port: 8_080 },
          { name: '', port: 9_090 },
        ],
      },
      'shop/db-1': { labels: { app: 'db' }, ports: [{ name: 'mysql', port: 3_306 }] },
      'other/web-1': { labels: { app: 'web' }, ports: [{ name: 'http', port: 8_080 }] },
    },
    policies: { 'shop/p': { mode: 'Block', workloadSelector: { matchLabels: { app: 'web' } } } },
  };
  it('with the ports of its containers, but for those behind a Service that is kept out', () => {
    const made = planOf(words);
    expect(podIn(made, 'shop/web-1')).toMatchObject({
      policy: 'shop/p',
      mode: 'Block',
      ports: [{ number: 8_080 }],
    });
    expect(podIn(made, 'shop/db-1')).toBeUndefined();
    expect(podIn(made, 'other/web-1')).toBeUndefined();
  });
});

describe('a port speaks', () => {
  const spoken = (port: object, annotations: object = {}) =>
    podIn(
      planOf(shop({ annotations: { ...YES, ...annotations }, ports: [{ to: 8_080, ...port }] })),
      'shop/web-1',
    )?.ports[0]?.protocol;
  it.each([
    ['http', 'http'],
    ['HTTP', 'http'],
    ['https', 'tls'],
    ['kubernetes.io/h2c', 'h2c'],
    ['kubernetes.io/ws', 'http'],
    ['kubernetes.io/wss', 'tls'],
    ['grpc', 'h2c'],
    ['h2c', 'h2c'],
    ['tls', 'tls'],
    ['tcp', 'tcp'],
    ['example.com/own', 'http'],
  ])('with appProtocol %s %s', (appProtocol, protocol) => {
    expect(spoken({ appProtocol, name: 'anything' })).toBe(protocol);
  });
  it.each([
    ['http', 'http'],
    ['http-web', 'http'],
    ['grpc-api', 'h2c'],
    ['grpc-web', 'http'],
    ['http2', 'h2c'],
    ['https', 'tls'],
    ['tcp-thing', 'tcp'],
    ['mysql', 'tcp'],
    ['redis-main', 'tcp'],
    ['web', 'http'],
    ['httpx', 'http'],
    ['', 'http'],
  ])('with the name %s %s', (name, protocol) => {
    expect(spoken({ name })).toBe(protocol);
  });
  it('what the annotation says, whatever else says', () => {
    const port = { name: 'http', appProtocol: 'http', port: 9_000 };
    expect(spoken(port, { 'sluice.dev/ports': '9000=tcp' })).toBe('tcp');
    expect(spoken(port, { 'sluice.dev/ports': ' http = grpc ' })).toBe('h2c');
  });
  it('what appProtocol says rather than its name', () => {
    expect(spoken({ name: 'mysql', appProtocol: 'http' })).toBe('http');
  });
  it('nothing by an annotation that says nothing, and the Service is told', () => {
    const annotations = { ...YES, 'sluice.dev/ports': '80=smtp,=http,80=http=x' };
    const made = planOf(shop({ annotations, ports: [{ name: 'http' }] }));
    expect(podIn(made, 'shop/web-1')?.ports).toMatchObject([{ protocol: 'http' }]);
    expect(made.services[0]?.because).toMatch(/80=smtp.*=http.*80=http=x/);
  });
});

describe('two Services of one port', () => {
  const two = (a: object, b: object): Words => ({
    services: {
      'shop/a': { annotations: YES, age: 2, pods: ['web-1'], ports: [a] },
      'shop/b': { annotations: YES, age: 1, pods: ['web-1'], ports: [b] },
    },
    pods: { 'shop/web-1': {} },
  });
  it('the older has the word, and the other is told', () => {
    const made = planOf(two({ name: 'tcp' }, { name: 'http' }));
    expect(podIn(made, 'shop/web-1')?.ports).toMatchObject([{ number: 8_080, protocol: 'http' }]);
    expect(made.services.find(({ service }) => service === 'shop/a')?.because).toContain(
      'Service shop/b is older',
    );
    expect(made.services.find(({ service }) => service === 'shop/b')?.because).not.toContain('older');
  });
  it('who declares something goes before who does not', () => {
    const made = planOf(two({ name: 'https' }, { name: '' }));
    expect(podIn(made, 'shop/web-1')?.ports).toMatchObject([{ protocol: 'tls' }]);
  });
});
