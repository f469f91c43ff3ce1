/** `helm uninstall`: its hook as Helm orders it, with the rights of the chart alone, against the real API server. */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { helmProgram } from '../../packages/cli/src/setup/kubernetes.ts';
import type { Answer, Manifest } from './api-requests.ts';
import { ApiServer } from './api-server.ts';
import { CHART, RELEASE, suiteWithHelm } from './chart.ts';
import { suiteWithApiServer } from './suite.ts';
import { type Ended, ended, runUninstallJob } from './uninstall-job.ts';

const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');
const NAMESPACE = 'sluice-system';
const NODES = '/apis/sluice.dev/v1alpha1/sluicenodes';
const POD = {
  ...{ namespace: 'shop', name: 'web', uid: 'uid-web', hostNetwork: false, ipFamilies: ['IPv4'] },
  ...{ policy: 'default', mode: 'Block', unavailable: 'Closed', exemptSources: [] },
  ports: [{ number: 80, protocol: 'http' }],
};

interface List {
  readonly items: readonly Answer[];
}

interface Node extends Answer {
  readonly metadata: Answer['metadata'] & { readonly generation: number };
  readonly spec: { readonly pods: readonly unknown[] };
}

suiteWithHelm('uninstalling', () => {
  suiteWithApiServer('from a cluster', () => {
    let server: ApiServer;
    let kubeconfig: string;

    beforeAll(async () => {
      server = await ApiServer.start();
      await server.applyDefinitions();
      kubeconfig = server.kubeconfig();
      for (const name of [NAMESPACE, 'shop']) {
        await server.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
      }
    });
    afterAll(() => server?.stop());

    const helm = (...argv: readonly string[]): Promise<Ended> =>
      ended(helmProgram() ?? 'helm', [...argv, '-n', NAMESPACE, '--kubeconfig', kubeconfig], {});

    const count = async (path: string): Promise<number> =>
      (await server.request<List>('GET', path)).items.length;

    const written = async (): Promise<readonly number[]> => [
      await count(NODES),
      await count('/apis/sluice.dev/v1alpha1/workloadslices'),
      await count(`/api/v1/namespaces/${NAMESPACE}/configmaps?labelSelector=sluice.dev/content`),
      await count('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'),
      await count(
        `/api/v1/namespaces/${NAMESPACE}/secrets?fieldSelector=metadata.name=sluice-webhook-certificates`,
      ),
    ];

    /** What a controller has written, and an author and a quarantine beside it. */
    beforeEach(async () => {
      const webhooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
      // The first time there is none.
      await server.request('DELETE', `${webhooks}/policies.sluice.dev`).catch(() => undefined);
      const node = (name: string): Manifest => ({
        ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'SluiceNode', metadata: { name } },
        spec: { node: name, trustedProxies: [], pods: [POD], policies: [] },
      });
      await server.apply([
        ...[node('node-a'), node('node-b')],
        {
          ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'WorkloadSlice', metadata: { name: 'slice-0' } },
          spec: { workloads: [] },
        },
        {
          ...{ apiVersion: 'v1', kind: 'ConfigMap' },
          metadata: {
            name: 'sluice-policy-0',
            namespace: NAMESPACE,
            labels: { 'sluice.dev/content': 'policy' },
          },
        },
        {
          ...{ apiVersion: 'v1', kind: 'Secret' },
          metadata: { name: 'sluice-webhook-certificates', namespace: NAMESPACE },
        },
        {
          ...{ apiVersion: 'v1', kind: 'Pod' },
          metadata: { name: 'taken', namespace: 'shop', labels: { 'sluice.dev/quarantine': 'x' } },
          spec: { containers: [{ name: 'web', image: 'web' }] },
        },
        {
          ...{
            apiVersion: 'sluice.dev/v1alpha1',
            kind: 'WAFPolicy',
            metadata: { name: 'web', namespace: 'shop' },
          },
          spec: {},
        },
      ]);
      const webhook = {
        ...{ name: 'policies.sluice.dev', sideEffects: 'None', admissionReviewVersions: ['v1'] },
        clientConfig: { url: 'https://127.0.0.1:1/validate' },
        rules: [
          {
            ...{ apiGroups: ['sluice.dev'], apiVersions: ['v1alpha1'], operations: ['CREATE', 'UPDATE'] },
            resources: ['wafpolicies'],
          },
        ],
      };
      await server.apply([
        {
          ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
          metadata: { name: 'policies.sluice.dev' },
          webhooks: [webhook],
        } as Manifest,
      ]);
    });

    /** Says of some nodes what `sluice node run` says once its agent has nothing to intercept, until it is told to stop. */
    async function answerFor(names: readonly string[], signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        const { items } = await server.request<{ items: readonly Node[] }>('GET', NODES);
        for (const { metadata, spec } of items) {
          if (!names.includes(metadata.name) || spec.pods.length > 0) continue;
          const status = {
            ...{ observedGeneration: metadata.generation, ruleSetVersion: '', problem: '', pods: [] },
            heartbeatAt: new Date().toISOString(),
          };
          await server
            .request('PATCH', `${NODES}/${metadata.name}/status`, { status })
            // It may be gone by now.
            .catch(() => undefined);
        }
        await sleep(100);
      }
    }

    const install = async (): Promise<void> => {
      const values = ['--set', 'node.drainSeconds=1,uninstall.timeoutSeconds=15'];
      // Definitions are there, and nothing would make its pods ready.
      const { status, output } = await helm('install', RELEASE, CHART, '--skip-crds', ...values);
      expect(output).toContain('deployed');
      expect(status).toBe(0);
    };

    it('waits for every node, and names one that does not release; nothing is removed then', async () => {
      await install();
      const stop = new AbortController();
      const answers = answerFor(['node-a'], stop.signal);
      const helmEnds = helm('uninstall', RELEASE);
      const job = await runUninstallJob(server, NAMESPACE);
      stop.abort();
      await answers;
      expect(job.output).toContain('UNINSTALL_NODES');
      expect(job.output).toContain('not released within 15 s: node-b [');
      expect(job.status).toBe(1);
      expect((await helmEnds).status).not.toBe(0);
      expect(await written()).toEqual([2, 1, 1, 0, 1]);
      const scale = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/sluice-controller/scale`;
      expect((await server.request<{ spec: { replicas?: number } }>('GET', scale)).spec.replicas ?? 0).toBe(
        0,
      );
    });

    it('tried again, it takes up where it was, and leaves policies and who is in quarantine', async () => {
      const stop = new AbortController();
      const answers = answerFor(['node-a', 'node-b'], stop.signal);
      const helmEnds = helm('uninstall', RELEASE);
      const job = await runUninstallJob(server, NAMESPACE);
      stop.abort();
      await answers;
      expect(job.output).toContain('2 nodes have released what they intercepted; 5 objects removed.');
      expect(job.output).toContain('Still in quarantine, and no more let out by time: shop/taken.');
      expect(job.status).toBe(0);
      const { status, output } = await helmEnds;
      expect(output).toContain('uninstalled');
      expect(status).toBe(0);
      expect(await written()).toEqual([0, 0, 0, 0, 0]);
      expect(await count(`/apis/apps/v1/namespaces/${NAMESPACE}/deployments`)).toBe(0);
      expect(await count('/apis/sluice.dev/v1alpha1/namespaces/shop/wafpolicies')).toBe(1);
      // Rights and job of the hook have gone, too.
      expect(await count(`/api/v1/namespaces/${NAMESPACE}/serviceaccounts`)).toBe(0);
      const roles =
        '/apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=app.kubernetes.io/name=sluice';
      expect(await count(roles)).toBe(0);
      expect(await count(`/apis/coordination.k8s.io/v1/namespaces/${NAMESPACE}/leases`)).toBe(0);
    });

    it('does not begin while a controller elsewhere has the Lease', async () => {
      const now = new Date().toISOString().replace('Z', '000Z');
      await server.apply([
        {
          ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
          metadata: { name: 'sluice-controller', namespace: NAMESPACE },
          spec: { holderIdentity: 'elsewhere', leaseDurationSeconds: 60, acquireTime: now, renewTime: now },
        },
      ]);
      const argv = [MAIN, 'uninstall', '--timeout-seconds', '3', '--drain-seconds', '0'];
      const { status, output } = await ended(process.execPath, argv, { KUBECONFIG: kubeconfig });
      expect(output).toContain(
        'the controller elsewhere did not give up the Lease sluice-controller within 3 s',
      );
      expect(status).toBe(1);
      expect(await written()).toEqual([2, 1, 1, 1, 1]);
    });
  });
});
