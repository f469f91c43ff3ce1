/** Whom quarantine never takes, and who may not ask for it, on a real API server. */
import { parseTarget, Quarantine, QuarantineError, targetOf } from '@sluice/controller/quarantine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tokenOf } from '../api-files.ts';
import { ApiServer } from '../api-server.ts';
import { suiteWithApiServer } from '../suite.ts';
import { apiOf, getPod, makePod, makeWorkload, type PodOptions, policiesIn, WatchedApi } from './support.ts';

const RBAC = 'rbac.authorization.k8s.io';

suiteWithApiServer('quarantine refuses', () => {
  let server: ApiServer;
  let api: WatchedApi;

  const put = (key: string, force = false): Promise<string> =>
    new Quarantine({ api, actor: 'jane', origin: 'person' })
      .put(parseTarget(key, undefined), { reason: 'test', force })
      .then(
        ({ outcome }) => outcome,
        (error: unknown) => (error instanceof QuarantineError ? error.message : Promise.reject(error)),
      );

  /** A pod beside another of the same workload, so that nothing but what the options say stands against it. */
  async function refusalOf(options: PodOptions, force = true): Promise<string> {
    const namespace = await server.namespace();
    await makePod(server, namespace, 'other', { of: 'web' });
    await makePod(server, namespace, 'it', { of: 'web', ...options });
    const said = await put(`${namespace}/it`, force);
    expect(api.writes).toEqual([]);
    return said.replaceAll(namespace, 'NS');
  }

  beforeAll(async () => {
    server = await ApiServer.start({ users: [{ name: 'dev' }, { name: 'guard' }] });
    await server.applyDefinitions();
    await server.apply([
      {
        ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'Sluice', metadata: { name: 'sluice' } },
        spec: {
          trustedProxies: ['192.0.2.0/24', 'fd00::/8'],
          quarantine: { neverNamespaces: ['payments'] },
        },
      },
    ]);
  });
  beforeAll(() => {
    api = new WatchedApi(apiOf(server.kubeconfig()));
  });
  afterAll(() => server?.stop());

  it.each(['kube-system', 'sluice-system', 'calico-apiserver', 'payments'])(
    'pods of %s, whoever insists',
    async (namespace) => {
      if (namespace !== 'kube-system')
        await server.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
      await makeWorkload(server, namespace, 'web');
      api.requests.length = 0;
      expect(await put(`${namespace}/web-1`, true)).toContain('QUARANTINE_SYSTEM_NAMESPACE');
      expect(api.writes).toEqual([]);
    },
  );

  it('pods with the network of their node, and pods that are part of it', async () => {
    api.requests.length = 0;
    expect(await refusalOf({ hostNetwork: true })).toBe(
      'NS/it is part of its node: it has the network of its node [QUARANTINE_NODE]',
    );
    const annotations = { 'kubernetes.io/config.mirror': 'x' };
    expect(await refusalOf({ annotations })).toContain('[QUARANTINE_NODE]');
  });

  it.each([
    { labels: { 'gateway.networking.k8s.io/gateway-name': 'public' } },
    { labels: { 'gateway.envoyproxy.io/owning-gateway-name': 'public' } },
    { labels: { istio: 'ingressgateway' } },
    { labels: { 'app.kubernetes.io/name': 'ingress-nginx' } },
    { address: '192.0.2.77' },
    { address: 'fd00::77' },
  ] satisfies readonly PodOptions[])('gateways and proxies: %j', async (options) => {
    api.requests.length = 0;
    expect(await refusalOf(options)).toContain('[QUARANTINE_GATEWAY]');
  });

  it('the last ready pod of a workload, unless a person insists', async () => {
    const namespace = await server.namespace();
    await makePod(server, namespace, 'web-1', { of: 'web' });
    await makePod(server, namespace, 'web-2', { of: 'web', ready: false });
    await makePod(server, namespace, 'db-1', { of: 'db' });
    api.requests.length = 0;
    expect(await put(`${namespace}/web-1`)).toBe(
      `${namespace}/web-1 is the last ready pod of Deployment/web [QUARANTINE_LAST_READY]`,
    );
    expect(api.writes).toEqual([]);
    expect(await put(`${namespace}/web-2`)).toBe('quarantined');
    expect(await put(`${namespace}/web-1`, true)).toBe('quarantined');
  });

  it('a pod that belongs to nothing, for it is the last of itself', async () => {
    const namespace = await server.namespace();
    await makePod(server, namespace, 'alone');
    expect(await put(`${namespace}/alone`)).toContain('is the last ready pod of Pod/alone');
  });

  it('both of two pods that are asked for at once, before neither is left', async () => {
    const namespace = await server.namespace();
    await makeWorkload(server, namespace, 'web');
    // Each has seen the other ready when it acts.
    let waiting = 0;
    const both = Promise.withResolvers<void>();
    api.before = ({ method, body }) => {
      if (method !== 'PATCH' || !JSON.stringify(body).includes('"true"')) return;
      waiting += 1;
      if (waiting === 2) both.resolve();
      return both.promise;
    };
    const said = await Promise.all(['web-1', 'web-2'].map((name) => put(`${namespace}/${name}`)));
    api.before = () => undefined;
    expect(said.filter((each) => each.includes('QUARANTINE_LAST_READY')).length).toBeGreaterThan(0);
    const labels = await Promise.all(
      ['web-1', 'web-2'].map(async (name) => (await getPod(server, namespace, name)).metadata.labels),
    );
    expect(labels.filter((each) => each?.['sluice.dev/quarantine'] === undefined)).not.toEqual([]);
  });

  it('events that name no pod, or one without its UID', () => {
    const source = { id: 'E', namespace: 'shop', pod: 'web-1', uid: '' };
    const code = 'QUARANTINE_EVENT_WITHOUT_POD';
    expect(() => targetOf(source)).toThrow(expect.objectContaining({ code }));
    expect(() => targetOf({ ...source, pod: '', uid: crypto.randomUUID() })).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it('whoever lacks a right, before anything is done, and names each', async () => {
    const namespace = await server.namespace();
    await makeWorkload(server, namespace, 'web');
    const dev = new WatchedApi(apiOf(server.kubeconfig(tokenOf('dev'))));
    const byDev = new Quarantine({ api: dev, actor: 'dev', origin: 'person' });
    await bind(namespace, 'dev', [
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
      { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['get', 'list', 'create'] },
    ]);
    const asked = (): Promise<unknown> =>
      byDev.put(parseTarget(`${namespace}/web-1`, undefined), { reason: 'test' });
    // Who the proxies are has to be known.
    await expect(asked()).rejects.toThrow(/refuses GET .*sluices\/sluice with 403/);
    await bindCluster('dev');
    await expect.poll(() => asked().catch(String)).toContain('QUARANTINE_RIGHTS_MISSING');
    await expect(asked()).rejects.toThrow(
      `dev may not patch pods web-1 in ${namespace}; ` +
        `update networkpolicies.networking.k8s.io sluice-quarantine in ${namespace} [QUARANTINE_RIGHTS_MISSING]`,
    );
    expect(dev.writes).toEqual([]);
  });

  it('nobody who has the rights of docs/quarantine.md, and no more', async () => {
    const namespace = await server.namespace();
    await makeWorkload(server, namespace, 'web');
    await bindCluster('guard');
    await bind(namespace, 'guard', [
      { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'patch'] },
      {
        ...{ apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['list', 'create'] },
      },
      {
        ...{ apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'] },
        ...{ resourceNames: ['sluice-quarantine'], verbs: ['get', 'update', 'delete'] },
      },
      { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] },
    ]);
    const guard = new Quarantine({
      ...{ api: apiOf(server.kubeconfig(tokenOf('guard'))), actor: 'guard', origin: 'person' },
    });
    const target = parseTarget(`${namespace}/web-1`, undefined);
    await expect
      .poll(() => guard.put(target, { reason: 'test' }).catch(String))
      .toMatchObject({ outcome: 'quarantined', warnings: [] });
    expect(await guard.release(target)).toMatchObject({ outcome: 'released', warnings: [] });
    expect(await policiesIn(server, namespace)).toEqual({});
  });

  const bind = (namespace: string, user: string, rules: readonly object[]): Promise<unknown> =>
    server.apply([
      { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name: user, namespace }, rules },
      {
        ...{ apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: { name: user, namespace } },
        roleRef: { apiGroup: RBAC, kind: 'Role', name: user },
        subjects: [{ kind: 'User', name: user, apiGroup: RBAC }],
      },
    ]);

  const bindCluster = (user: string): Promise<unknown> =>
    server.apply([
      {
        ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: user } },
        rules: [{ apiGroups: ['sluice.dev'], resources: ['sluices'], verbs: ['get'] }],
      },
      {
        ...{ apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name: user } },
        roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: user },
        subjects: [{ kind: 'User', name: user, apiGroup: RBAC }],
      },
    ]);
});
