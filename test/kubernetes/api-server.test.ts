/** The server that tests of Kubernetes stand on: what they rely on of it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tokenOf } from './api-files.ts';
import { ApiServer } from './api-server.ts';
import { fakeWorkloads } from './fake-workloads.ts';
import { suiteWithApiServer } from './suite.ts';

const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.test.sluice.dev }
spec:
  group: test.sluice.dev
  scope: Namespaced
  names: { plural: things, singular: thing, kind: Thing }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { size: { type: integer } } } } } }
---
`;

suiteWithApiServer('the API server of tests', () => {
  let api: ApiServer;
  beforeAll(async () => {
    api = await ApiServer.start({ users: [{ name: 'reader' }] });
  });
  afterAll(() => api?.stop());

  it('applies documents of YAML, a kind and objects of it at once', async () => {
    const namespace = await api.namespace();
    const thing = `apiVersion: test.sluice.dev/v1\nkind: Thing\nmetadata: { name: one, namespace: ${namespace} }\nspec: { size: 3 }`;
    const [, object] = await api.apply(DEFINITION + thing);
    expect(object).toMatchObject({ kind: 'Thing', spec: { size: 3 }, metadata: { namespace } });
  });

  it('refuses a user what is not bound to him, and says who he is', async () => {
    const refused = api.get('/api/v1/pods', { token: tokenOf('reader') });
    await expect(refused).rejects.toThrow(/403 .*User \\"reader\\" cannot list/);
  });

  it('knows a service account by its token, and lets it do what is bound to it', async () => {
    const namespace = await api.namespace();
    const token = await api.serviceAccount(namespace, 'robot');
    await expect(api.get('/api/v1/pods', { token })).rejects.toThrow(
      `system:serviceaccount:${namespace}:robot`,
    );
    const rbac = 'rbac.authorization.k8s.io';
    const metadata = { name: 'pod-reader' };
    await api.apply([
      {
        ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
      },
      {
        ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: metadata.name },
        subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace }],
      },
    ]);
    await expect.poll(() => api.get('/api/v1/pods', { token }).catch(String)).toHaveProperty('items');
  });

  it('makes workloads that run, each pod with its owner, behind its Service', async () => {
    const { pods } = await fakeWorkloads(api, { namespaces: 2, nodes: 2, services: 4, pods: 8 });
    const [first] = pods;
    const slices = `/apis/discovery.k8s.io/v1/namespaces/${first?.namespace}/endpointslices`;
    expect(await api.get(`/api/v1/namespaces/${first?.namespace}/pods/${first?.name}`)).toMatchObject({
      metadata: { ownerReferences: [{ kind: 'ReplicaSet', controller: true }] },
      spec: { nodeName: first?.node },
      status: { phase: 'Running', podIP: first?.address, conditions: [{ type: 'Ready', status: 'True' }] },
    });
    expect(await api.get(slices)).toHaveProperty('items.0.endpoints.length', 2);
  });

  it('keeps its data and its address when it is killed and started anew', async () => {
    const namespace = await api.namespace();
    await api.kill();
    await expect(api.get('/readyz')).rejects.toThrow('ECONNREFUSED');
    await api.restart();
    expect(await api.get(`/api/v1/namespaces/${namespace}`)).toHaveProperty('metadata.name', namespace);
  });
});
