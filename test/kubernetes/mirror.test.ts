/** The world that a real API server's objects come to. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { digestOfJson } from '../../packages/controller/src/canonical-json.ts';
import { ApiClient } from '../../packages/controller/src/cluster/client.ts';
import { loadKubeconfig } from '../../packages/controller/src/cluster/kubeconfig.ts';
import type { ReflectorTimes } from '../../packages/controller/src/cluster/reflector.ts';
import { API_VERSION } from '../../packages/controller/src/kinds/names.ts';
import { Mirror } from '../../packages/controller/src/mirror/mirror.ts';
import type { World } from '../../packages/controller/src/world.ts';
import type { Manifest } from './api-requests.ts';
import { ApiServer } from './api-server.ts';
import { fakeWorkloads, podStatus } from './fake-workloads.ts';
import { CONTROLLER_READS, grant } from './rights.ts';
import { suiteWithApiServer } from './suite.ts';

const QUICK: Partial<ReflectorTimes> = { retryMillisMax: 500, absentMillis: 200, absentConfirmMillis: 1_000 };
const PATIENCE = { timeout: 30_000, interval: 20 };
const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The API server asks for the annotation of groups that belong to Kubernetes. */
const GATEWAY_DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gateways.gateway.networking.k8s.io
  annotations: { api-approved.kubernetes.io: unapproved-of-a-test }
spec:
  group: gateway.networking.k8s.io
  scope: Namespaced
  names: { plural: gateways, singular: gateway, kind: Gateway }
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }]
`;
const calicoDefinition = (kind: string): string => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${kind.toLowerCase()}s.operator.tigera.io }
spec:
  group: operator.tigera.io
  scope: Cluster
  names: { plural: ${kind.toLowerCase()}s, singular: ${kind.toLowerCase()}, kind: ${kind} }
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }]
`;

suiteWithApiServer('the mirror', () => {
  let api: ApiServer;
  let namespace: string;
  const mirrors: Mirror[] = [];

  beforeAll(async () => {
    api = await ApiServer.start();
    await api.applyDefinitions();
  });
  beforeEach(async () => {
    namespace = await api.namespace({ team: 'shop' });
  });
  afterEach(async () => {
    for (const mirror of mirrors.splice(0)) await mirror.stop();
  });
  afterAll(() => api?.stop());

  function begin(kubeconfig = api.kubeconfig()): Mirror {
    const mirror = new Mirror({
      ...{ client: new ApiClient(loadKubeconfig({ kubeconfig })), log: SILENT, times: QUICK },
    });
    mirrors.push(mirror);
    mirror.start();
    return mirror;
  }

  async function read(): Promise<Mirror> {
    const mirror = begin();
    await mirror.synced();
    return mirror;
  }

  const ours = (kind: string, name: string, spec: object): Manifest => ({
    ...{ apiVersion: API_VERSION, kind, metadata: { name, namespace }, spec },
  });
  const pod = (name: string, fields: object = {}): Manifest => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace } },
    spec: { nodeName: 'node', containers: [{ name: 'shop', image: 'shop' }], ...fields },
  });
  const key = (name: string): string => `${namespace}/${name}`;

  it('has workloads, with what selects and names them', async () => {
    const { pods, namespaces } = await fakeWorkloads(
      api,
      { namespaces: 1, nodes: 1, services: 1, pods: 2 },
      { prefix: namespace, annotations: { 'sluice.dev/inspect': 'true', 'example.com/huge': 'x' } },
    );
    const world = (await read()).world();
    const [place = ''] = namespaces;
    expect(world.namespaces.get(namespace)).toMatchObject({ name: namespace, labels: { team: 'shop' } });
    expect(world.services.get(`${place}/shop-0`)).toMatchObject({
      metadata: { name: 'shop-0', namespace: place, annotations: { 'sluice.dev/inspect': 'true' } },
      type: 'ClusterIP',
      ports: [{ name: 'http', port: 80, protocol: 'TCP', appProtocol: null }],
    });
    expect(world.services.get(`${place}/shop-0`)?.metadata.annotations).not.toHaveProperty(
      'example.com/huge',
    );
    expect([...world.endpointSlices.values()].find((slice) => slice.namespace === place)).toEqual({
      ...{ namespace: place, name: 'shop-0-x7k2q', service: 'shop-0' },
      ports: [{ name: 'http', port: 8080, appProtocol: null }],
      pods: pods.map(({ name }) => name),
    });
    const [first] = pods;
    expect(world.pods.get(`${place}/${first?.name}`)).toEqual({
      ...{ namespace: place, name: first?.name, uid: expect.any(String), node: first?.node },
      ...{ addresses: [first?.address], hostNetwork: false, alive: true, ready: true, annotations: {} },
      labels: expect.objectContaining({ app: 'shop-0' }),
      owner: 'Deployment/shop-0',
      ports: [{ name: 'http', port: 8080 }],
    });
  });

  it('does not believe a slice about pods of another namespace', async () => {
    const slice = (name: string, targetRef: object, labels: object): Manifest => ({
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
      metadata: { name, namespace, labels },
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      endpoints: [{ addresses: ['10.1.1.1'], targetRef: { kind: 'Pod', name: 'victim', ...targetRef } }],
    });
    const labels = { 'kubernetes.io/service-name': 'mine' };
    await api.apply([
      slice('theirs', { namespace: 'kube-system' }, labels),
      slice('mine', { namespace }, labels),
      slice('nobodys', { namespace }, {}),
    ]);
    const { endpointSlices } = (await read()).world();
    expect(endpointSlices.get(key('theirs'))?.pods).toEqual([]);
    expect(endpointSlices.get(key('mine'))?.pods).toEqual(['victim']);
    expect(endpointSlices.has(key('nobodys'))).toBe(false);
  });

  it('has pods until they have ended, also on their way out', async () => {
    await api.apply([pod('goes'), pod('ends', { restartPolicy: 'Never' })]);
    for (const name of ['goes', 'ends']) await api.patchStatus(pod(name), podStatus('10.1.1.2'));
    const mirror = await read();
    const path = await api.pathOf(pod('goes'));
    await api.request('DELETE', `${path}?gracePeriodSeconds=600`);
    await api.patchStatus(pod('goes'), podStatus('10.1.1.2', false));
    await api.patchStatus(pod('ends'), { phase: 'Succeeded' });
    await expect.poll(() => mirror.world().pods.has(key('ends')), PATIENCE).toBe(false);
    expect(mirror.world().pods.get(key('goes'))).toMatchObject({ alive: true, ready: false });
    await api.remove(pod('goes'));
    await expect.poll(() => mirror.world().pods.has(key('goes')), PATIENCE).toBe(false);
  });

  it('keeps an object of ours as it was when it is not right any more, and says so', async () => {
    const alert = (query: string): Manifest =>
      ours('Alert', 'many', { description: 'x', severity: 1, dataSet: 'waf', query, period: '5m' });
    await api.apply([alert('method = POST')]);
    const mirror = await read();
    expect(mirror.world().alerts.get(key('many'))?.spec.query).toBe('method = POST');
    await api.apply([alert('method = = =')]);
    await expect.poll(() => mirror.world().invalid.size, PATIENCE).toBe(1);
    expect(mirror.world().alerts.get(key('many'))?.spec.query).toBe('method = POST');
    expect(mirror.world().invalid.get(`Alert/${key('many')}`)).toMatchObject({
      kind: 'Alert',
      metadata: { generation: 2 },
      problem: expect.stringContaining('query'),
    });
    await api.remove(alert(''));
    await api.apply([alert('method = = =')]);
    const isKnown = () => [
      mirror.world().alerts.has(key('many')),
      mirror.world().invalid.has(`Alert/${key('many')}`),
    ];
    await expect.poll(isKnown, PATIENCE).toEqual([false, true]);
    await api.apply([alert('method = GET')]);
    await expect
      .poll(() => mirror.world().alerts.get(key('many'))?.spec.query, PATIENCE)
      .toBe('method = GET');
    expect(mirror.world().invalid.size).toBe(0);
  });

  it('knows of each node what it was told and what it has said, and makes no noise of being alive', async () => {
    const metadata = { name: `node-${namespace}` };
    const spec = { node: metadata.name, trustedProxies: [], pods: [], policies: [] };
    const node: Manifest = { apiVersion: API_VERSION, kind: 'SluiceNode', metadata, spec };
    const heard = (heartbeatAt: string): object => ({
      ...{ observedGeneration: 1, ruleSetVersion: 'v', heartbeatAt, problem: '', pods: [] },
    });
    await api.apply([node]);
    const mirror = await read();
    const state = () => mirror.world().nodes.get(metadata.name);
    expect(state()).toEqual({ generation: 1, specDigest: digestOfJson(spec), report: null });
    await api.patchStatus(node, heard('2026-01-01T00:00:00Z'));
    await expect.poll(() => state()?.report?.ruleSetVersion, PATIENCE).toBe('v');
    let told = 0;
    mirror.onChange(() => {
      told += 1;
    });
    await api.patchStatus(node, heard('2026-01-01T00:00:10Z'));
    await expect.poll(() => state()?.report?.heartbeatAt, PATIENCE).toBe('2026-01-01T00:00:10Z');
    expect(told).toBe(0);
    await api.apply([{ ...node, spec: { ...spec, trustedProxies: ['10.0.0.0/8'] } }]);
    await expect.poll(() => [state()?.generation, told], PATIENCE).toEqual([2, 1]);
    expect(state()?.specDigest).toBe(digestOfJson({ ...spec, trustedProxies: ['10.0.0.0/8'] }));
  });

  const secret = (name: string): Manifest => ({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'kubernetes.io/tls' },
    data: { 'tls.crt': 'eA==', 'tls.key': 'eA==' },
  });
  const withKey = (name: string): Manifest =>
    ours('WAFPolicy', 'tls', { tls: [{ port: 'https', secretName: name }] });

  it('has the Secrets that policies name, and no policy without its Secret', async () => {
    await api.apply([secret('named'), secret('other')]);
    const mirror = await read();
    const seen: World[] = [];
    mirror.onChange(() => seen.push(mirror.world()));
    await api.apply([withKey('named')]);
    await expect.poll(() => mirror.world().policies.has(key('tls')), PATIENCE).toBe(true);
    expect(mirror.world().secrets.get(key('named'))).toEqual({
      ...{ namespace, name: 'named', resourceVersion: expect.any(String) },
    });
    expect(seen.filter(({ policies, secrets }) => policies.size > 0 && secrets.size === 0)).toEqual([]);
    expect(mirror.world().secrets.size).toBe(1);
    await api.remove(secret('named'));
    await expect.poll(() => mirror.world().secrets.size, PATIENCE).toBe(0);
    await api.apply([withKey('late')]);
    await expect.poll(() => mirror.world().policies.get(key('tls'))?.spec.tls?.[0]?.secretName).toBe('late');
    await api.apply([secret('late')]);
    await expect.poll(() => [...mirror.world().secrets.keys()], PATIENCE).toEqual([key('late')]);
  });

  it('asks for no more than its role gives, and for Secrets by name', async () => {
    await api.apply([secret('named'), withKey('named')]);
    const token = await api.serviceAccount(namespace, 'controller');
    await grant(api, { namespace, account: 'controller' }, CONTROLLER_READS);
    const mirror = begin(api.kubeconfig(token));
    await mirror.synced();
    const problems = mirror.statuses.filter(({ problem }) => problem !== '');
    expect(new Set(problems.map(({ name, state }) => `${name} ${state}`))).toEqual(
      new Set(['Secret forbidden']),
    );
    expect(mirror.world().secrets.size).toBe(0);
    const named = {
      apiGroups: [''],
      resources: ['secrets'],
      resourceNames: ['named'],
      verbs: ['list', 'watch'],
    };
    await grant(api, { namespace, account: 'controller', within: namespace }, [named]);
    await expect.poll(() => [...mirror.world().secrets.keys()], PATIENCE).toEqual([key('named')]);
  });

  it('waits for a kind that it may not see, tells it, and reads the others meanwhile', async () => {
    const token = await api.serviceAccount(namespace, 'blind');
    const isServices = ({ resources }: { readonly resources: readonly string[] }): boolean =>
      resources.includes('services');
    const blind = CONTROLLER_READS.flatMap((rule) =>
      isServices(rule)
        ? [{ ...rule, resources: rule.resources.filter((name) => name !== 'services') }]
        : [rule],
    );
    await grant(api, { namespace, account: 'blind' }, blind);
    const mirror = begin(api.kubeconfig(token));
    let isSynced = false;
    const synced = mirror.synced().then(() => {
      isSynced = true;
    });
    const problems = () =>
      mirror.statuses
        .filter(({ name, problem }) => name !== 'Secret' && problem !== '')
        .map(({ name }) => name);
    await expect.poll(() => mirror.statuses.find(({ name }) => name === 'Service')?.state).toBe('forbidden');
    await expect.poll(() => mirror.world().namespaces.has(namespace), PATIENCE).toBe(true);
    expect([problems(), isSynced]).toEqual([['Service'], false]);
    await grant(api, { namespace, account: 'blind' }, CONTROLLER_READS);
    await synced;
    expect(mirror.world().services.has('default/kubernetes')).toBe(true);
  });

  it('sees targets of Gateway API when its kinds are installed', async () => {
    const mirror = await read();
    expect(mirror.world().gateway.gateways.size).toBe(0);
    await api.apply(GATEWAY_DEFINITION);
    await api.apply([
      {
        ...{
          apiVersion: 'gateway.networking.k8s.io/v1',
          kind: 'Gateway',
          metadata: { name: 'edge', namespace },
        },
        spec: {},
      },
    ]);
    await expect.poll(() => [...mirror.world().gateway.gateways.keys()], PATIENCE).toEqual([key('edge')]);
  });

  it("reads Calico's kinds when they are there, until something of Calico's manages them", async () => {
    const mirror = await read();
    expect(mirror.world().calico).toEqual({ annotationSelects: false, managedBy: null, reports: [] });
    await api.apply(calicoDefinition('ApplicationLayer'));
    await api.apply([
      {
        ...{
          apiVersion: 'operator.tigera.io/v1',
          kind: 'ApplicationLayer',
          metadata: { name: 'tigera-secure' },
        },
        spec: { webApplicationFirewall: 'Enabled' },
      },
    ]);
    await expect.poll(() => mirror.world().calico?.annotationSelects, PATIENCE).toBe(true);
    await api.apply(calicoDefinition('Installation'));
    const metadata = { name: 'default' };
    const spec = { variant: 'TigeraSecureEnterprise' };
    await api.apply([{ apiVersion: 'operator.tigera.io/v1', kind: 'Installation', metadata, spec }]);
    await expect
      .poll(() => mirror.world().calico, PATIENCE)
      .toMatchObject({
        annotationSelects: false,
        managedBy: expect.stringContaining('TigeraSecureEnterprise'),
      });
  });

  it('gives the same maps as long as nothing of them has changed', async () => {
    const mirror = await read();
    const before = mirror.world();
    expect(mirror.world()).toBe(before);
    await api.apply([pod('new')]);
    await expect.poll(() => mirror.world().pods.has(key('new')), PATIENCE).toBe(true);
    const after = mirror.world();
    expect(before.pods.has(key('new'))).toBe(false);
    const same = (Object.keys(after) as (keyof World)[]).filter((field) => after[field] === before[field]);
    expect(Object.keys(after).filter((field) => !same.includes(field as keyof World))).toEqual(['pods']);
  });

  it('keeps a status that has changed, and tells nobody; a spec that has is told', async () => {
    const policy = ours('WAFPolicy', 'web', { mode: 'Detect' });
    await api.apply([policy]);
    const mirror = await read();
    let told = 0;
    mirror.onChange(() => {
      told += 1;
    });
    const fact = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' };
    const condition = { ...fact, observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z' };
    await api.patchStatus(policy, { conditions: [condition] });
    const known = () => mirror.world().policies.get(key('web'));
    await expect.poll(() => known()?.status?.conditions, PATIENCE).toEqual([condition]);
    expect(told).toBe(0);
    await api.apply([ours('WAFPolicy', 'web', { mode: 'Block' })]);
    await expect.poll(() => told, PATIENCE).toBe(1);
    expect(known()?.spec.mode).toBe('Block');
  });

  it('is what one that begins afresh has, behind a server that was killed while things went on', async () => {
    await fakeWorkloads(api, { namespaces: 1, nodes: 1, services: 5, pods: 20 }, { prefix: namespace });
    const mirror = await read();
    const pods = mirror.world().pods.size;
    let fewest = pods;
    mirror.onChange(() => {
      fewest = Math.min(fewest, mirror.world().pods.size);
    });
    await api.apply([pod('before')]);
    await api.restart();
    await api.apply([pod('behind'), ours('WAFPolicy', 'new', { mode: 'Block' })]);
    const fresh = await read();
    await expect.poll(() => mirror.world(), PATIENCE).toEqual(fresh.world());
    expect([fewest, mirror.world().pods.size]).toEqual([pods, pods + 2]);
  });
});
