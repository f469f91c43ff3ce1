/** Our kinds on the real API server: what it takes, what it refuses and with which words, what it shows. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiServer } from './api-server.ts';
import { suiteWithApiServer } from './suite.ts';

const API_VERSION = 'sluice.dev/v1alpha1';

suiteWithApiServer('kinds', () => {
  let api: ApiServer;
  beforeAll(async () => {
    api = await ApiServer.start();
    await api.applyDefinitions();
  });
  afterAll(() => api?.stop());

  it('takes a policy that says nothing, and adds nothing to it', async () => {
    const namespace = await api.namespace();
    const [policy] = await api.apply([
      { apiVersion: API_VERSION, kind: 'WAFPolicy', metadata: { name: 'shop', namespace }, spec: {} },
    ]);
    expect(policy).toHaveProperty('spec', {});
  });
});
