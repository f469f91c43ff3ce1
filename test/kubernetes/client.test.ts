/** Requests to a real API server: what is asked, what is refused, and what is not answered. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiClient } from '../../packages/controller/src/cluster/client.ts';
import { loadKubeconfig } from '../../packages/controller/src/cluster/kubeconfig.ts';
import { tokenOf } from './api-files.ts';
import { ApiServer } from './api-server.ts';
import { suiteWithApiServer } from './suite.ts';
import { Wire } from './wire.ts';

const GET = { method: 'GET', path: '/api/v1/namespaces', timeoutMillis: 10_000 } as const;

suiteWithApiServer('a client', () => {
  let api: ApiServer;
  let wire: Wire;
  let client: ApiClient;
  beforeAll(async () => {
    api = await ApiServer.start();
    wire = new Wire(api.port);
    const kubeconfig = api.kubeconfig(tokenOf('admin'), await wire.open());
    client = new ApiClient(loadKubeconfig({ kubeconfig }));
  });
  afterAll(async () => {
    client?.close();
    await wire?.close();
    await api?.stop();
  });

  it('gives any status with its body, or throws one that is none of success', async () => {
    const path = '/api/v1/namespaces/none';
    expect(await client.send({ ...GET, path })).toMatchObject({ status: 404, body: { reason: 'NotFound' } });
    await expect(client.call({ ...GET, path })).rejects.toMatchObject({
      ...{ code: 'KUBERNETES_REFUSED', status: 404 },
      message: expect.stringContaining('namespaces "none" not found'),
    });
  });

  it('applies what it is given', async () => {
    const namespace = await api.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps/one?fieldManager=test`;
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' }, data: { a: 'ü' } };
    const contentType = 'application/apply-patch+yaml';
    expect(await client.call({ ...GET, method: 'PATCH', path, body, contentType })).toMatchObject({
      data: { a: 'ü' },
    });
  });

  it('asks many things over few connections', async () => {
    await Promise.all(Array.from({ length: 100 }, () => client.call(GET)));
    expect(wire.connections).toBeLessThanOrEqual(16);
  });

  it('gives up a request at its time, and all connections that may have gone silent with it', async () => {
    await Promise.all(Array.from({ length: 4 }, () => client.call(GET)));
    wire.silence();
    await expect(client.call({ ...GET, timeoutMillis: 300 })).rejects.toThrow(
      'no answer within 0.3 s [KUBERNETES_UNREACHABLE]',
    );
    await client.call({ ...GET, timeoutMillis: 3_000 });
  });

  it('goes on after a server that has closed its connections', async () => {
    for (let round = 0; round < 5; round += 1) {
      await client.call(GET);
      wire.cut();
    }
    await client.call(GET);
  });

  it('ends with the signal that it was given', async () => {
    const ending = new AbortController();
    const asked = client.call({ ...GET, signal: ending.signal });
    ending.abort();
    await expect(asked).rejects.toThrow(/aborted \[KUBERNETES_UNREACHABLE\]/);
  });

  it('says what is wrong where nobody listens, and where the certificate is not the one that was named', async () => {
    const nobody = new ApiClient(
      loadKubeconfig({ kubeconfig: api.kubeconfig(undefined, 'https://127.0.0.1:1') }),
    );
    await expect(nobody.call(GET)).rejects.toThrow(/ECONNREFUSED .*\[KUBERNETES_UNREACHABLE\]/);
    const config = loadKubeconfig({ kubeconfig: api.kubeconfig() });
    const [cluster] = config.clusters;
    if (cluster !== undefined)
      config.clusters = [{ name: cluster.name, server: cluster.server, skipTLSVerify: false }];
    await expect(new ApiClient(config).call(GET)).rejects.toThrow(/certificate/);
  });
});
