/** An alert that asks for a quarantine, with the rights that the chart gives the hub, on a real API server. */
import { AutomaticQuarantine, type Trigger } from '@sluice/controller/quarantine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiServer } from '../api-server.ts';
import { render, suiteWithHelm } from '../chart.ts';
import { suiteWithApiServer } from '../suite.ts';
import { apiOf, getPod, makePod, makeWorkload } from './support.ts';

const SYSTEM = 'sluice-system';
const RIGHTS = /Role|ServiceAccount|ValidatingAdmissionPolicy/;

suiteWithApiServer('the hub of the chart', () => {
  let server: ApiServer;
  let namespace: string;
  let uid: string;

  beforeAll(async () => {
    server = await ApiServer.start();
    await server.applyDefinitions();
    await server.request('POST', '/api/v1/namespaces', { metadata: { name: SYSTEM } });
    namespace = await server.namespace();
    uid = await makeWorkload(server, namespace, 'web');
    for (const name of ['web-3', 'web-4']) await makePod(server, namespace, name, { of: 'web' });
    const spec = { quarantine: { automatic: 'Act' } };
    await server.apply([
      { apiVersion: 'sluice.dev/v1alpha1', kind: 'Sluice', metadata: { name: 'sluice' }, spec },
    ]);
  });
  afterAll(() => server?.stop());

  /** As the ServiceAccount of the hub. */
  async function handle(way: Pick<Trigger, 'automatic'>): Promise<string> {
    const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
    const path = `/api/v1/namespaces/${SYSTEM}/serviceaccounts/sluice-hub/token`;
    const { status } = await server.request<{ status: { token: string } }>('POST', path, asked);
    const api = apiOf(server.kubeconfig(status.token));
    const source = { id: 'E1', namespace, pod: 'web-1', uid };
    const trigger = { alert: 'scanner', reason: '20 attacks in a minute', source, ...way };
    try {
      const { kind } = await new AutomaticQuarantine({ api, systemNamespace: SYSTEM }).handle(trigger);
      return kind;
    } catch (error) {
      return String(error);
    } finally {
      api.close();
    }
  }

  const install = (quarantine: 'Off' | 'Propose' | 'Act'): Promise<unknown> =>
    server.apply(
      render(SYSTEM, { 'hub.alerts.quarantine': quarantine }).filter(({ kind }) => RIGHTS.test(kind)),
    );

  const isHeld = async (): Promise<boolean> =>
    (await getPod(server, namespace, 'web-1')).metadata.labels?.['sluice.dev/quarantine'] !== undefined;

  suiteWithHelm('may, by hub.alerts.quarantine', () => {
    it('Off: nothing', async () => {
      await install('Off');
      expect(await handle({})).toContain('QUARANTINE_REFUSED');
    });

    it('Propose: propose, and cut nobody off whatever the installation says', async () => {
      await install('Propose');
      expect(await handle({ automatic: 'Propose' })).toBe('proposed');
      expect(await handle({})).toBe('proposed');
      expect(await isHeld()).toBe(false);
    });

    it('Act: cut off', async () => {
      await install('Act');
      expect(await handle({})).toBe('acted');
      expect(await isHeld()).toBe(true);
    });
  });
});
