/** Alert and GlobalAlert of a cluster, by a real API server and `sluice hub`: what is accepted is evaluated, and its status says so. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installDefinitions } from '@sluice/controller';
import {
  type AlertsAnswer,
  AlertsClient,
  HubClient,
  parseQuery,
  readAlertSpecs,
  schemaOf,
} from '@sluice/hub';
import { SpoolWriter } from '@sluice/spool';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { repositoryRoot } from '../../scripts/tidy.ts';
import { type HubProcess, startHubProcess } from '../hub/child.ts';
import { tokenOf } from '../kubernetes/api-files.ts';
import { type Manifest, manifestsIn } from '../kubernetes/api-requests.ts';
import { ADMIN, ApiServer } from '../kubernetes/api-server.ts';
import { PlainApi } from '../kubernetes/plain-api.ts';
import { suiteWithApiServer } from '../kubernetes/suite.ts';

const WAIT = { timeout: 60_000, interval: 100 };
const [EXAMPLE] = manifestsIn(
  readFileSync(join(import.meta.dirname, 'global-alert-942100.yaml'), 'utf8'),
) as readonly [Manifest];

const accepted = (status: 'True' | 'False', message = '') => ({
  conditions: [
    {
      ...{ type: 'Accepted', status, reason: 'Accepted', message },
      ...{ observedGeneration: 1, lastTransitionTime: '2026-01-01T00:00:00Z' },
    },
  ],
});

const alert = (namespace: string, name: string): Manifest => ({
  ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'Alert', metadata: { name, namespace } },
  spec: { description: 'd', severity: 1, dataSet: 'waf', period: '1m', lookback: '1h' },
});

suiteWithApiServer('alerts of a cluster', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-cluster-alerts-'));
  let api: ApiServer;
  let hub: HubProcess;
  let client: AlertsClient;
  let namespace = '';
  beforeAll(async () => {
    api = await ApiServer.start();
    const plain = new PlainApi(api.url, tokenOf(ADMIN), api.authority);
    await installDefinitions(plain, { calico: true });
    plain.close();
    namespace = await api.namespace();
    await spool(namespace);
    cpSync(api.kubeconfig(), join(folder, 'kubeconfig'));
    hub = await startHubProcess(folder, {
      queries: { listen: '127.0.0.1:0' },
      admin: false,
      ...{ store: { type: 'sqlite', path: 'events.db' }, spools: ['spool'], state: 'state' },
      alerts: { kubernetes: { kubeconfig: 'kubeconfig' } },
    });
    client = new AlertsClient({ url: hub.queriesUrl });
  }, 120_000);
  afterAll(async () => {
    client?.close();
    await hub?.stop();
    await api?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One request to the namespace, one to another. */
  async function spool(own: string): Promise<void> {
    const writer = await SpoolWriter.open({ directory: join(folder, 'spool') });
    for (const [id, to] of [
      ['a', own],
      ['b', 'another'],
    ] as const) {
      const document = {
        '@timestamp': new Date(Date.now() - 60_000).toISOString(),
        event: { id },
        rule_info: "[1] ID:'942100'",
        waf: { destination: { namespace: to, owner: 'Deployment/web' } },
      };
      writer.append({ dataSet: 'waf', id, source: '192.0.2.7', document });
    }
    await writer.close();
  }

  const list = (): Promise<AlertsAnswer> => client.list();
  const names = async (): Promise<readonly string[]> => (await list()).alerts.map(({ name }) => name);
  const statusOf = async (manifest: Manifest): Promise<unknown> =>
    (await api.get<Manifest>(await api.pathOf(manifest))).status;

  it('are evaluated when the controller has accepted them, and not before', async () => {
    const refused = alert(namespace, 'refused');
    await api.apply([EXAMPLE, refused]);
    await api.patchStatus(refused, accepted('False', 'no such field'));
    await vi.waitFor(
      async () =>
        expect((await list()).faults).toEqual([
          `the alert ${namespace}/refused is not accepted: no such field`,
        ]),
      WAIT,
    );
    expect(await names()).toEqual([]);
    await api.patchStatus(EXAMPLE, accepted('True'));
    await vi.waitFor(async () => expect(await names()).toEqual(['waf-new-alert-rule-info']), WAIT);
  }, 120_000);

  it('have their status kept, as Calico specifies it, beside the conditions', async () => {
    await vi.waitFor(
      async () =>
        expect(await statusOf(EXAMPLE)).toMatchObject({
          ...{ active: true, healthy: true, errorConditions: [], ...accepted('True') },
          ...{ lastUpdate: expect.any(String), lastExecuted: expect.any(String) },
          lastEvent: expect.any(String),
        }),
      WAIT,
    );
  }, 120_000);

  it('see what concerns their namespace, and nothing of others', async () => {
    const own = alert(namespace, 'own');
    await api.apply([own]);
    await api.patchStatus(own, accepted('True'));
    await vi.waitFor(
      async () => expect(await statusOf(own)).toMatchObject({ active: true, ...accepted('True') }),
      WAIT,
    );
    const { instances } = await client.show(`${namespace}/own`);
    expect(instances.map(({ key }) => key['waf.destination.namespace'])).toEqual([namespace]);
  }, 120_000);

  it('can ask for policies that probes find not enforced', async () => {
    const policy = {
      ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'WAFPolicy', metadata: { name: 'strict', namespace } },
      spec: {},
    };
    await api.apply([policy]);
    const [fact] = accepted('True', 'on 1 of 2 nodes').conditions;
    const conditions = [{ ...fact, type: 'Enforcing', status: 'False', reason: 'PartlyEnforced' }];
    await api.patchStatus(policy, { conditions });
    const events = new HubClient({ url: hub.queriesUrl });
    const query = parseQuery('"event.action" = "not-enforced"', schemaOf('waf'));
    try {
      await vi.waitFor(async () => {
        const { documents } = await events.search({ dataSet: 'waf', query, size: 10 });
        expect(documents.map(({ document }) => document)).toMatchObject([
          {
            event: { reason: 'on 1 of 2 nodes' },
            waf: { policy: `${namespace}/strict`, destination: { namespace } },
          },
        ]);
      }, WAIT);
    } finally {
      await events.close();
    }
    const [ready] = readAlertSpecs(join(repositoryRoot, 'rules/alerts/not-enforced.yaml'));
    const preview = await client.preview({ spec: ready?.spec, to: Date.now() + 60_000 });
    expect(preview).toMatchObject({
      firings: 1,
      shown: [
        {
          summary: expect.stringContaining(`The policy ${namespace}/strict is not enforced`),
          destination: { namespace },
        },
      ],
    });
  }, 120_000);

  it('are out of force when they are gone', async () => {
    await api.remove(EXAMPLE);
    await vi.waitFor(async () => expect(await names()).toEqual([`${namespace}/own`]), WAIT);
  }, 120_000);
});
