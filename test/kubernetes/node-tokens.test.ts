/** Nodes that share a certificate are told apart by tokens of their pods, which a real API server gives and reviews. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reviewToken } from '@sluice/controller/desk';
import { HubClient } from '@sluice/hub';
import { openSink, sinkSchema } from '@sluice/shipper/sinks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ReviewedTokens } from '../../packages/cli/src/hub/node-tokens.ts';
import { ApiClient } from '../../packages/controller/src/cluster/client.ts';
import { loadKubeconfig } from '../../packages/controller/src/cluster/kubeconfig.ts';
import { type Certificates, makeCertificates } from '../hub/certificates.ts';
import { startHubProcess } from '../hub/child.ts';
import { recordOf } from '../hub/documents.ts';
import { type HubStack, startHub } from '../hub/stack.ts';
import { TestStore } from '../hub/test-store.ts';
import { ApiServer } from './api-server.ts';
import { suiteWithApiServer } from './suite.ts';

const NAMESPACE = 'sluice-system';
const SETTINGS = {
  audience: 'sluice-hub',
  nodes: `${NAMESPACE}/sluice-node`,
  others: [`${NAMESPACE}/sluice-controller`],
};
const MINUTE = 60_000;
const idOf = (count: number): string => recordOf('node-x', count).id;
const never = new AbortController().signal;

interface Asked {
  readonly account?: string;
  readonly audience?: string;
  /** Null: of nobody's. */
  readonly pod?: string | null;
}

suiteWithApiServer('nodes with one certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-tokens-'));
  let api: ApiServer;
  let certificates: Certificates;
  let count = 0;
  const pods = `/api/v1/namespaces/${NAMESPACE}/pods`;

  beforeAll(async () => {
    certificates = makeCertificates();
    certificates.make('nodes', 2);
    api = await ApiServer.start();
    await api.request('POST', '/api/v1/namespaces', { metadata: { name: NAMESPACE } });
    for (const name of ['sluice-node', 'sluice-controller', 'other'])
      await api.request('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { metadata: { name } });
    for (const node of ['node-a', 'node-b']) {
      await api.request('POST', '/api/v1/nodes', {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name: node },
      });
      for (const account of ['sluice-node', 'sluice-controller', 'other']) await makePod(node, account);
    }
  });
  afterAll(async () => {
    await api?.stop();
    for (const directory of [folder, certificates.directory]) rmSync(directory, { recursive: true });
  });

  async function makePod(nodeName: string, serviceAccountName: string): Promise<void> {
    await api.request('POST', pods, {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: `${serviceAccountName}-on-${nodeName}` } },
      spec: { nodeName, serviceAccountName, containers: [{ name: 'a', image: 'a' }] },
    });
  }

  /** As a kubelet asks for it. */
  async function tokenFor(node: string, asked: Asked = {}): Promise<string> {
    const { account = 'sluice-node', audience = SETTINGS.audience, pod = `${account}-on-${node}` } = asked;
    const bound = pod === null ? null : await api.get<{ metadata: { uid: string } }>(`${pods}/${pod}`);
    const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/${account}/token`;
    const { status } = await api.request<{ status: { token: string } }>('POST', path, {
      ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
      spec: {
        ...{ audiences: [audience], expirationSeconds: 3_600 },
        ...(bound && {
          boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: pod, uid: bound.metadata.uid },
        }),
      },
    });
    return status.token;
  }

  /** Delivers one document that says it is of `node-x`. */
  async function deliver(url: string, token: string | null, certificate = 'nodes'): Promise<string> {
    const tokenFile = join(folder, crypto.randomUUID());
    if (token !== null) writeFileSync(tokenFile, `${token}\n`);
    const sink = openSink(
      sinkSchema.parse({
        ...{ type: 'hub', url, tls: certificates.of(certificate) },
        ...(token !== null && { tokenFile }),
      }),
    );
    count += 1;
    const record = recordOf('node-x', count, { observer: { name: 'node-x' } });
    try {
      const [outcome] = await sink.deliver([record], never);
      return outcome?.kind === 'stored' ? record.id : `${outcome?.kind}`;
    } catch (error) {
      return String(error);
    } finally {
      await sink.close();
    }
  }

  it('are known by the nodes of their pods, and others by their own names', async () => {
    const directory = mkdtempSync(join(folder, 'hub-'));
    const hub = await startHubProcess(directory, {
      nodes: {
        ...{ listen: '127.0.0.1:0', tls: certificates.hub },
        tokens: { ...SETTINGS, certificates: ['nodes'], kubeconfig: api.kubeconfig() },
      },
      ...{ queries: { listen: '127.0.0.1:0' }, admin: false, store: { type: 'sqlite', path: 'events.db' } },
    });
    const client = new HubClient({ url: hub.queriesUrl });
    const nameOf = async (id: string): Promise<unknown> => (await client.get('waf', id))?.document.observer;
    try {
      for (const node of ['node-a', 'node-b'])
        expect(await nameOf(await deliver(hub.nodesUrl, await tokenFor(node)))).toEqual({ name: node });
      const controller = await tokenFor('node-a', { account: 'sluice-controller' });
      expect(await nameOf(await deliver(hub.nodesUrl, controller))).toEqual({ name: 'sluice-controller' });
      // A certificate that only one has is enough.
      expect(await nameOf(await deliver(hub.nodesUrl, null, 'node-b'))).toEqual({ name: 'node-b' });
    } finally {
      await client.close();
      await hub.kill();
    }
  });

  describe('at a hub whose clock a test sets', () => {
    let stack: HubStack;
    let client: ApiClient;
    let late = 0;

    beforeEach(async () => {
      late = 0;
      client = new ApiClient(loadKubeconfig({ kubeconfig: api.kubeconfig() }));
      const now = (): number => Date.now() + late;
      const nodeTokens = new ReviewedTokens({ api: client, settings: SETTINGS, now });
      stack = await startHub({ store: new TestStore(), certificates, nodeTokens });
    });
    afterEach(async () => {
      await stack.hub.close();
      client.close();
    });

    it.each<[string, () => Promise<string | null>, string]>([
      ['none', async () => null, 'it brings no token'],
      ['nonsense', async () => 'a.b.c', 'is not for sluice-hub'],
      [
        'one for the API server',
        () => tokenFor('node-a', { audience: 'https://sluice.test' }),
        'is not for sluice-hub',
      ],
      [
        'one of an account that is not named',
        () => tokenFor('node-a', { account: 'other' }),
        'sluice-system:other may not',
      ],
      ['one that is bound to no pod', () => tokenFor('node-a', { pod: null }), 'says no node'],
    ])('are refused with %s', async (_, token, reason) => {
      expect(await deliver(stack.nodesUrl, await token())).toMatch(reason);
    });

    it('are refused once their pod is gone, when they are asked about again', async () => {
      await api.request('POST', pods, {
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'leaves' } },
        spec: {
          nodeName: 'node-b',
          serviceAccountName: 'sluice-node',
          containers: [{ name: 'a', image: 'a' }],
        },
      });
      const token = await tokenFor('node-b', { pod: 'leaves' });
      expect(await deliver(stack.nodesUrl, token)).toBe(idOf(count));
      await api.request('DELETE', `${pods}/leaves?gracePeriodSeconds=0`);
      // The API server itself remembers what it has said for some seconds.
      const said = () => reviewToken(client, token, [SETTINGS.audience]);
      await expect.poll(said, { timeout: 30_000, interval: 500 }).toBeNull();
      late = 6 * MINUTE;
      expect(await deliver(stack.nodesUrl, token)).toMatch('its pod is gone');
    });

    it('go on to the end of their tokens while the API server is away, and who is new waits', async () => {
      const [known, fresh] = [await tokenFor('node-a'), await tokenFor('node-b')];
      expect(await deliver(stack.nodesUrl, known)).toBe(idOf(count));
      await api.kill();
      try {
        late = 10 * MINUTE;
        expect(await deliver(stack.nodesUrl, known)).toBe(idOf(count));
        expect(await deliver(stack.nodesUrl, fresh)).toBe('again');
        late = 61 * MINUTE;
        expect(await deliver(stack.nodesUrl, known)).toBe('again');
      } finally {
        await api.restart();
      }
      late = 0;
      expect(await deliver(stack.nodesUrl, fresh)).toBe(idOf(count));
    });
  });
});
