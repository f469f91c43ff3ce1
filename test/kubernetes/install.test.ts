/** What is installed of definitions, and what is left alone: on the real API server, with and without Calico. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CALICO_KINDS } from '../../packages/controller/src/calico/kinds.ts';
import { managerOf } from '../../packages/controller/src/calico/presence.ts';
import { installDefinitions } from '../../packages/controller/src/install/install.ts';
import { readPresence } from '../../packages/controller/src/install/presence.ts';
import { crdName } from '../../packages/controller/src/kinds/crd.ts';
import { KINDS } from '../../packages/controller/src/kinds/definitions.ts';
import { tokenOf } from './api-files.ts';
import type { Manifest } from './api-requests.ts';
import { ADMIN, ApiServer } from './api-server.ts';
import { PlainApi } from './plain-api.ts';
import { suiteWithApiServer } from './suite.ts';

const EXAMPLES = resolve(import.meta.dirname, '../../deploy/examples/calico');
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const OURS = Object.values(KINDS).map(crdName);
const CALICO = Object.values(CALICO_KINDS).map(crdName);
const LAYER = 'applicationlayers.operator.tigera.io';

/** As somebody else installs it. */
const foreign = (group: string, kind: string, plural: string, scope = 'Cluster'): Manifest => ({
  ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  metadata: { name: `${plural}.${group}` },
  spec: {
    ...{ group, scope, names: { kind, plural, singular: kind.toLowerCase() } },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: { status: {} },
      },
    ],
  },
});

const INSTALLATIONS = foreign('operator.tigera.io', 'Installation', 'installations');

interface Definitions {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly resourceVersion: string };
  }[];
}

interface Cluster {
  readonly api: ApiServer;
  readonly client: PlainApi;
}

async function newCluster(): Promise<Cluster> {
  const api = await ApiServer.start();
  return { api, client: new PlainApi(api.url, tokenOf(ADMIN), api.authority) };
}

async function end({ api, client }: Cluster): Promise<void> {
  client.close();
  await api.stop();
}

/** One of its own: what is deleted of definitions takes its time to be gone. */
async function inCluster(body: (cluster: Cluster) => Promise<void>): Promise<void> {
  const cluster = await newCluster();
  try {
    await body(cluster);
  } finally {
    await end(cluster);
  }
}

const present = async (api: ApiServer): Promise<readonly string[]> =>
  (await api.get<Definitions>(DEFINITIONS)).items.map(({ metadata }) => metadata.name).sort();

suiteWithApiServer('installing definitions', () => {
  describe('on a cluster without Calico', () => {
    let cluster: Cluster;
    beforeAll(async () => {
      cluster = await newCluster();
    });
    afterAll(async () => {
      if (cluster !== undefined) await end(cluster);
    });
    const install = (calico: boolean) => installDefinitions(cluster.client, { calico });
    const versions = async (): Promise<readonly string[]> =>
      (await cluster.api.get<Definitions>(DEFINITIONS)).items.map(({ metadata }) => metadata.resourceVersion);

    it('has only ours where Calico’s are not wanted', async () => {
      expect(await install(false)).toEqual({ applied: OURS, left: [] });
      expect(await present(cluster.api)).toEqual([...OURS].sort());
    });

    it('has those of Calico, too, and serves all when it is done', async () => {
      const { applied, left } = await install(true);
      for (const { group, version, plural } of Object.values(CALICO_KINDS)) {
        expect(await cluster.api.get(`/apis/${group}/${version}/${plural}`)).toHaveProperty('items', []);
      }
      expect([...applied].sort()).toEqual([...OURS, ...CALICO].sort());
      expect(left).toEqual([]);
      expect(managerOf(await readPresence(cluster.client))).toBeNull();
    });

    it('is the same when it is done again', async () => {
      const before = await versions();
      expect((await install(true)).applied).toHaveLength(OURS.length + CALICO.length);
      expect(await versions()).toEqual(before);
    });

    it.each(['application-layer.yaml', 'global-alert-942100.yaml'])('takes %s unchanged', async (name) => {
      const text = readFileSync(resolve(EXAMPLES, name), 'utf8');
      const [object] = await cluster.api.apply(text);
      expect(object).toMatchObject(parse(text));
    });

    it('refuses what Calico refuses, with its words', async () => {
      const object = (apiVersion: string, kind: string, name: string, spec: object): readonly Manifest[] => [
        { apiVersion, kind, metadata: { name }, spec },
      ];
      const layer = object('operator.tigera.io/v1', 'ApplicationLayer', 'mine', {});
      await expect(cluster.api.apply(layer)).rejects.toThrow("resource name must be 'tigera-secure'");
      const alert = object('projectcalico.org/v3', 'GlobalAlert', 'a', { description: 'd', severity: 1 });
      await expect(cluster.api.apply(alert)).rejects.toThrow('dataSet is required for RuleBased alerts');
    });

    it('fills nothing in inside of coreRuleSet, so that the one is inherited where the other is said', async () => {
      const spec = { targetRefs: [{ kind: 'Gateway', name: 'g' }], coreRuleSet: { paranoiaLevel: 2 } };
      const metadata = { name: 'p', namespace: await cluster.api.namespace() };
      const apiVersion = 'applicationlayer.projectcalico.org/v3';
      const [policy] = await cluster.api.apply([{ apiVersion, kind: 'WAFPolicy', metadata, spec }]);
      expect(policy).toHaveProperty('spec', spec);
    });

    it('leaves a definition alone that a newer version has written, and takes an older one over', async () => {
      const [name = '', other = ''] = OURS;
      const label = (version: string) => ({ metadata: { labels: { 'app.kubernetes.io/version': version } } });
      await cluster.api.request('PATCH', `${DEFINITIONS}/${name}`, label('10.0.0'));
      await cluster.api.request('PATCH', `${DEFINITIONS}/${other}`, label('0.0.9'));
      const { applied, left } = await install(false);
      expect(left).toMatchObject([{ what: name, because: expect.stringContaining('10.0.0') }]);
      expect(applied).toContain(other);
      expect(applied).not.toContain(name);
    });

    it('says who may not install them', async () => {
      const { api } = cluster;
      const nobody = new PlainApi(
        api.url,
        await api.serviceAccount(await api.namespace(), 'a'),
        api.authority,
      );
      await expect(installDefinitions(nobody, { calico: true })).rejects.toMatchObject({
        code: 'KUBERNETES_REFUSED',
        message: expect.stringContaining('403'),
      });
      nobody.close();
    });
  });

  describe('where somebody has Calico’s groups in hand', () => {
    it('touches nothing of a group in which there is a CRD of theirs, and says what to use', () =>
      inCluster(async ({ api, client }) => {
        await api.apply([foreign('operator.tigera.io', 'ApplicationLayer', 'applicationlayers')]);
        const { applied, left } = await installDefinitions(client, { calico: true });
        expect(left).toEqual([
          {
            what: 'operator.tigera.io',
            because: `the CRD ${LAYER} is there, and is not Sluice's`,
            instead: expect.stringContaining('sluice.dev/inspect=true'),
          },
        ]);
        expect(applied).toEqual(expect.arrayContaining(CALICO.filter((name) => name !== LAYER)));
        expect(client.writes.filter((write) => write.includes('tigera.io'))).toEqual([]);
      }));

    it('and of one that has another kind of theirs, whose Installation says who manages them', () =>
      inCluster(async ({ api, client }) => {
        await api.apply([INSTALLATIONS]);
        const { left } = await installDefinitions(client, { calico: true });
        expect(left).toMatchObject([
          { because: expect.stringContaining('installations.operator.tigera.io') },
        ]);
        expect(await present(api)).not.toContain(LAYER);
        const installation = (variant: string): Manifest => ({
          ...{ apiVersion: 'operator.tigera.io/v1', kind: 'Installation', metadata: { name: 'default' } },
          spec: { variant },
        });
        await api.apply([installation('TigeraSecureEnterprise')]);
        expect(managerOf(await readPresence(client))).toContain('TigeraSecureEnterprise');
        await api.apply([installation('Calico')]);
        expect(managerOf(await readPresence(client))).toBeNull();
        // What runs goes before what is wished.
        await api.patchStatus(installation('Calico'), { variant: 'TigeraSecureEnterprise' });
        expect(managerOf(await readPresence(client))).toContain('TigeraSecureEnterprise');
      }));

    it('and of one that an API server of theirs serves', () =>
      inCluster(async ({ api, client }) => {
        const spec = {
          ...{ group: 'projectcalico.org', version: 'v3', groupPriorityMinimum: 1_500, versionPriority: 200 },
          ...{ insecureSkipTLSVerify: true, service: { namespace: 'calico-system', name: 'calico-api' } },
        };
        await api.request('POST', '/apis/apiregistration.k8s.io/v1/apiservices', {
          ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService' },
          ...{ metadata: { name: 'v3.projectcalico.org' }, spec },
        });
        const { applied, left } = await installDefinitions(client, { calico: true });
        expect(left).toMatchObject([
          {
            what: 'projectcalico.org',
            because: expect.stringContaining('APIService'),
            instead: expect.stringContaining('Alert of sluice.dev'),
          },
        ]);
        expect(applied).not.toContain('globalalerts.projectcalico.org');
        expect(managerOf(await readPresence(client))).toContain('projectcalico.org');
      }));

    it('knows an operator that waits for its Installation', () =>
      inCluster(async ({ api, client }) => {
        const namespace = 'tigera-operator';
        const labels = { app: 'operator' };
        const container = { name: 'operator', image: 'operator' };
        await api.apply([
          { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
          {
            ...{
              apiVersion: 'apps/v1',
              kind: 'Deployment',
              metadata: { name: 'tigera-operator', namespace },
            },
            spec: {
              selector: { matchLabels: labels },
              template: { metadata: { labels }, spec: { containers: [container] } },
            },
          },
        ]);
        expect(managerOf(await readPresence(client))).toContain('the Deployment tigera-operator');
      }));
  });

  it('says that a definition is not served whose names another one has', () =>
    inCluster(async ({ api, client }) => {
      await api.apply([foreign('sluice.dev', 'Alert', 'warnings')]);
      await expect(
        installDefinitions(client, { calico: false, servedMillisMax: 1_000 }),
      ).rejects.toMatchObject({
        code: 'DEFINITION_NOT_SERVED',
        message: expect.stringContaining('alerts.sluice.dev'),
      });
    }));
});
