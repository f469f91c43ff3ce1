/** What an alert's quarantine does, on a real API server: what it asks for, what the installation permits, and whose pods. */

import { listProposals } from '@sluice/controller/quarantine';
import { type AlertNotice, type Attempt, defineAlert } from '@sluice/hub';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { quarantineBy } from '../../packages/cli/src/hub/alert-quarantine.ts';
import { ApiServer } from '../kubernetes/api-server.ts';
import { apiOf, getPod, makePod, makeWorkload, WatchedApi } from '../kubernetes/quarantine/support.ts';
import { suiteWithApiServer } from '../kubernetes/suite.ts';

const SYSTEM = 'sluice-system';
const NOBODY = { ip: null, namespace: null, pod: null, uid: null, owner: null, labels: [] };
const NOTICE: AlertNotice = {
  ...{ id: 'a/{}/1/firing', alert: 'a', state: 'firing', severity: 50, owner: null, dataSet: 'waf' },
  ...{ summary: 'it scans', description: 'd', key: {}, count: 3, value: 3, event: 'e1', rules: [] },
  ...{ at: '2026-11-23T10:00:00.000Z', firedAt: '2026-11-23T10:00:00.000Z' },
  ...{ source: NOBODY, destination: NOBODY },
};

suiteWithApiServer('a quarantine that an alert asks for', () => {
  let server: ApiServer;
  let api: WatchedApi;
  let namespace = '';
  let uid = '';
  const install = (automatic: string): Promise<unknown> =>
    server.apply([
      {
        ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'Sluice', metadata: { name: 'sluice' } },
        spec: { quarantine: { automatic } },
      },
    ]);
  beforeAll(async () => {
    server = await ApiServer.start();
    await server.applyDefinitions();
    await server.request('POST', '/api/v1/namespaces', { metadata: { name: SYSTEM } });
    api = new WatchedApi(apiOf(server.kubeconfig()));
  }, 60_000);
  beforeEach(async () => {
    namespace = await server.namespace();
    uid = await makeWorkload(server, namespace, 'web');
    for (const name of ['web-3', 'web-4']) await makePod(server, namespace, name, { of: 'web' });
    await install('Act');
  });
  afterAll(() => server?.stop());

  const ask = (
    { automatic, of }: { readonly automatic?: string; readonly of?: string } = {},
    source: object = { namespace, pod: 'web-1', uid },
  ): Promise<Attempt> => {
    const quarantine = { type: 'Quarantine', quarantine: { ...(automatic && { automatic }) } };
    const spec = { description: 'd', severity: 1, dataSet: 'waf', actions: [quarantine] };
    const definition = defineAlert('a', spec, of === undefined ? {} : { namespace: of });
    return quarantineBy(api, SYSTEM)({ ...NOTICE, source: { ...NOBODY, ...source } }, definition);
  };
  const isHeld = async (): Promise<boolean> => {
    const { metadata } = await getPod(server, namespace, 'web-1');
    return metadata.labels?.['sluice.dev/quarantine'] !== undefined;
  };
  const proposals = async (): Promise<readonly string[]> =>
    (await listProposals(api, SYSTEM)).filter((each) => each.namespace === namespace).map(({ pod }) => pod);

  it('is done where the installation says Act', async () => {
    expect(await ask()).toEqual({ outcome: 'told', status: null, reason: 'acted' });
    expect(await isHeld()).toBe(true);
  });

  it('is proposed where the installation says Propose, whatever the alert says', async () => {
    await install('Propose');
    expect(await ask({ automatic: 'Act' })).toMatchObject({ reason: 'proposed' });
    expect([await isHeld(), await proposals()]).toEqual([false, ['web-1']]);
  });

  it('is proposed where the alert says Propose', async () => {
    expect(await ask({ automatic: 'Propose' })).toMatchObject({ reason: 'proposed' });
    expect([await isHeld(), await proposals()]).toEqual([false, ['web-1']]);
  });

  it('of an alert in a namespace takes pods of that namespace, and only proposes others', async () => {
    expect(await ask({ automatic: 'Act', of: 'another' })).toMatchObject({ reason: 'proposed' });
    expect([await isHeld(), await proposals()]).toEqual([false, ['web-1']]);
    expect(await ask({ of: namespace })).toMatchObject({ reason: 'acted' });
    expect(await isHeld()).toBe(true);
  });

  it('of who is no pod, or not that pod any more, is given up with the reason', async () => {
    expect(await ask({}, { ip: '192.0.2.1' })).toEqual({
      ...{ outcome: 'never', status: null, reason: 'QUARANTINE_EVENT_WITHOUT_POD' },
    });
    const other = { namespace, pod: 'web-1', uid: crypto.randomUUID() };
    expect(await ask({}, other)).toMatchObject({ outcome: 'never', reason: 'QUARANTINE_POD_REPLACED' });
    expect([await isHeld(), await proposals()]).toEqual([false, []]);
  });

  it('is tried again where the API server is away', async () => {
    api.before = () => {
      throw Object.assign(new Error('away'), { code: 'KUBERNETES_UNREACHABLE' });
    };
    try {
      expect(await ask()).toMatchObject({ outcome: 'again', reason: 'KUBERNETES_UNREACHABLE' });
    } finally {
      api.before = () => undefined;
    }
  });
});
