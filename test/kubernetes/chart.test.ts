/** What the chart makes of its values: objects that a cluster takes, with no more rights and privileges than are listed here. */
import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseHubConfig } from '@sluice/hub';
import { parseConfig } from '@sluice/server';
import { shipSchema } from '@sluice/shipper';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { serverSideOf } from '../../packages/cli/src/node/server-side.ts';
import { helmProgram } from '../../packages/cli/src/setup/kubernetes.ts';
import type { Manifest } from './api-requests.ts';
import { ApiServer } from './api-server.ts';
import { CHART, find, helm, RELEASE, render, setOf, suiteWithHelm, type Values } from './chart.ts';
import { MATRIX } from './chart-matrix.ts';
import { type Account, type Call, NEEDED, REFUSED } from './chart-rights.ts';
import type { PolicyRule } from './rights.ts';
import { suiteWithApiServer } from './suite.ts';

const NAMESPACE = 'sluice-system';
const MAIN = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly additionalProperties?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly resources: { readonly requests?: object };
  readonly securityContext: {
    readonly runAsUser: number;
    readonly runAsNonRoot?: boolean;
    readonly privileged?: boolean;
    readonly readOnlyRootFilesystem: boolean;
    readonly allowPrivilegeEscalation: boolean;
    readonly capabilities: { readonly drop: readonly string[]; readonly add?: readonly string[] };
  };
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env?: readonly { readonly name: string }[];
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly subPathExpr?: string;
  }[];
}

interface PodSpec {
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext: { readonly seccompProfile: { readonly type: string } };
  readonly volumes: readonly { readonly name: string; readonly hostPath?: { readonly path: string } }[];
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
}

const podOf = (manifest: Manifest): PodSpec =>
  (manifest.spec as { readonly template: { readonly spec: PodSpec } }).template.spec;

const workloadsOf = (manifests: readonly Manifest[]): readonly Manifest[] =>
  manifests.filter(({ kind }) => ['Deployment', 'DaemonSet', 'StatefulSet', 'Job'].includes(kind));

const dataOf = (manifest: Manifest): Readonly<Record<string, string>> =>
  manifest.data as Readonly<Record<string, string>>;

/** What brings a node its files, as the chart calls it. */
function syncOf(values: Values) {
  const manifests = render(NAMESPACE, values);
  const name = `${values.fullnameOverride ?? 'sluice'}-node`;
  const { containers } = podOf(find(manifests, 'DaemonSet', name));
  const args = containers.find((each) => each.name === 'sync')?.args ?? [];
  const argument = (flag: string): string | undefined => args[args.indexOf(flag) + 1];
  const base = parseConfig(dataOf(find(manifests, 'ConfigMap', name))['sluice.yaml'] ?? '', 'sluice.yaml');
  return { containers, args, argument, base };
}

/** Dotted names of all values, in the schema and in the defaults. */
function namesIn(schema: Schema, path: readonly string[] = []): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => [
    [...path, name].join('.'),
    ...namesIn(inner, [...path, name]),
  ]);
}

suiteWithHelm('values', () => {
  const schema: Schema = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));
  const values: object = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8'));

  it('all have a description, and a default of the right type', () => {
    const undescribed = namesIn(schema).filter((name) => {
      const found = name.split('.').reduce<Schema | undefined>((at, part) => at?.properties?.[part], schema);
      return (found?.description ?? '') === '';
    });
    expect(undescribed).toEqual([]);
    const defaulted = (name: string): boolean =>
      name
        .split('.')
        .reduce<unknown>((at, part) => (at instanceof Object ? Reflect.get(at, part) : undefined), values) !==
      undefined;
    const without = namesIn(schema).filter((name) => !defaulted(name));
    // Of cert-manager's reference, and of lists' items, there is nothing to default.
    expect(without).toEqual([
      ...['name', 'kind', 'group'].map((name) => `hub.console.tls.certManager.issuerRef.${name}`),
      'hub.tls.certManager.issuerRef.name',
      'hub.tls.certManager.issuerRef.kind',
      'hub.tls.certManager.issuerRef.group',
      'global',
    ]);
  });

  it.each([
    ['modes', { 'sluice.mode': 'Maybe' }, '/sluice/mode'],
    ['a name that is none', { 'hub.persistance.enabled': true }, 'persistance'],
    ['a type', { 'controller.replicas': 'two' }, '/controller/replicas'],
    ['Elasticsearch without an address', { 'elasticsearch.enabled': true }, '/elasticsearch/nodes'],
  ])('that are wrong are refused by name: %s', (_, wrong, name) => {
    const { status, stderr } = helm(['template', RELEASE, CHART, ...setOf(wrong)]);
    expect(status).not.toBe(0);
    expect(stderr).toContain(name);
  });

  it('of one Secret of two that belong together are refused', () => {
    expect(() => render(NAMESPACE, { 'hub.tls.existingSecret': 'hub-tls' })).toThrow('belong together');
  });
});

suiteWithHelm('what it renders', () => {
  it('gives the controller the rules that nodes run', () => {
    const directory = '/etc/sluice/crs';
    const values = { 'rules.directory': directory, 'rules.volume.emptyDir.medium': 'Memory' };
    const manifests = render(NAMESPACE, values);
    const pods = ['DaemonSet', 'Deployment'].map((kind) =>
      podOf(find(manifests, kind, kind === 'DaemonSet' ? 'sluice-node' : 'sluice-controller')),
    );
    const mounted = pods.map(({ containers, volumes }) => [
      containers.filter(({ volumeMounts }) => volumeMounts.some(({ mountPath }) => mountPath === directory)),
      volumes.filter(({ name }) => name === 'rules'),
    ]);
    expect(mounted.map(([containers]) => containers?.map(({ name }) => name))).toEqual([
      ['server'],
      ['controller'],
    ]);
    expect(mounted.map(([, volumes]) => volumes?.length)).toEqual([1, 1]);
    const { args = [] } = pods[1]?.containers[0] ?? {};
    expect(args[args.indexOf('--rules') + 1]).toBe(directory);
    expect(syncOf(values).base.rules.directory).toBe(directory);
  });

  it.each(Object.entries(MATRIX))('passes lint: %s', (_, values) => {
    const { status, stdout, stderr } = helm(['lint', '--strict', CHART, ...setOf(values)]);
    expect(`${stdout}${stderr}`).toContain('0 chart(s) failed');
    expect(status).toBe(0);
  });

  it('needs no host namespaces and nothing privileged, and four capabilities in one container', () => {
    for (const values of Object.values(MATRIX)) {
      for (const manifest of workloadsOf(render(NAMESPACE, values))) {
        const pod = podOf(manifest);
        expect([pod.hostNetwork, pod.hostPID, pod.hostIPC]).toEqual([undefined, undefined, undefined]);
        expect(pod.securityContext.seccompProfile.type).toBe('RuntimeDefault');
        for (const { name, securityContext, resources } of [
          ...(pod.initContainers ?? []),
          ...pod.containers,
        ]) {
          expect(resources.requests).toBeDefined();
          expect(securityContext.privileged ?? false).toBe(false);
          expect(securityContext.readOnlyRootFilesystem).toBe(true);
          expect(securityContext.capabilities.drop).toEqual(['ALL']);
          const added = securityContext.capabilities.add ?? [];
          // What docs/interception.md has measured; and giving two folders to their owner.
          if (name === 'agent') expect(added).toEqual(['NET_ADMIN', 'NET_RAW', 'SETPCAP', 'SYS_ADMIN']);
          else expect(added).toEqual(name === 'folders' ? ['CHOWN'] : []);
          expect(securityContext.allowPrivilegeEscalation).toBe(name === 'agent');
          const isRoot = ['agent', 'folders', 'sync'].includes(name);
          expect(securityContext.runAsUser).toBe(isRoot ? 0 : 65534);
          expect(securityContext.runAsNonRoot ?? false).toBe(!isRoot);
        }
      }
    }
  });

  it('reaches five folders of a node, and no more', () => {
    const manifests = render(NAMESPACE);
    const paths = podOf(find(manifests, 'DaemonSet', 'sluice-node')).volumes.flatMap(({ hostPath }) =>
      hostPath === undefined ? [] : [hostPath.path],
    );
    expect(paths).toEqual([
      '/var/lib/sluice',
      '/run/sluice',
      '/var/run/netns',
      '/proc/sys/net',
      '/run/containerd',
    ]);
    const others = workloadsOf(manifests).filter(({ kind }) => kind !== 'DaemonSet');
    expect(others.flatMap((each) => podOf(each).volumes ?? []).filter(({ hostPath }) => hostPath)).toEqual(
      [],
    );
  });

  it('names folders by variables that the container has', () => {
    for (const manifest of workloadsOf(render(NAMESPACE))) {
      const { initContainers = [], containers } = podOf(manifest);
      for (const { env = [], volumeMounts } of [...initContainers, ...containers]) {
        const named = volumeMounts.flatMap(({ subPathExpr = '' }) =>
          [...subPathExpr.matchAll(/\$\((\w+)\)/g)].map(([, name = '']) => name),
        );
        // The kubelet starts no container where one is missing.
        expect(env.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
      }
    }
  });

  it('ships the spools of all pods that were on the node: each server writes into a folder of its pod', () => {
    const manifests = render(NAMESPACE);
    const { ship, server } = Object.fromEntries(
      podOf(find(manifests, 'DaemonSet', 'sluice-node')).containers.map((each) => [each.name, each]),
    );
    const settings = dataOf(find(manifests, 'ConfigMap', 'sluice-node'));
    const spoolAt = (container: Container | undefined): object | undefined =>
      container?.volumeMounts.find(({ mountPath }) => mountPath === '/var/spool/sluice');
    expect(spoolAt(server)).toMatchObject({ subPathExpr: 'spool/$(POD_NAME)' });
    expect(spoolAt(ship)).toMatchObject({ subPath: 'spool' });
    expect(parse(settings['ship.yaml'] ?? '')).toMatchObject({ spools: ['/var/spool/sluice/*'] });
    expect(parse(settings['sluice.yaml'] ?? '')).toMatchObject({
      events: { spool: { directory: '/var/spool/sluice' } },
    });
  });

  it('lets namespaces exclude rules that are not protected, and weaken nothing else', () => {
    const { spec } = find(render(NAMESPACE), 'ClusterWAFPolicy', 'default');
    expect(spec).toEqual({ allow: { exclusions: ['*'] } });
  });

  it('gives the token to the containers that ask the API server, and to no other', () => {
    const manifests = render(NAMESPACE);
    const node = podOf(find(manifests, 'DaemonSet', 'sluice-node'));
    expect(node.automountServiceAccountToken).toBe(false);
    const withToken = node.containers.filter(({ volumeMounts }) =>
      volumeMounts.some(({ name }) => name === 'token'),
    );
    expect(withToken.map(({ name }) => name)).toEqual(['sync']);
    // It has alerts to watch, and tokens of nodes to ask about.
    expect(podOf(find(manifests, 'StatefulSet', 'sluice-hub')).automountServiceAccountToken).toBe(true);
    const some = render(NAMESPACE, { 'hub.alerts.enabled': false });
    expect(podOf(find(some, 'StatefulSet', 'sluice-hub')).automountServiceAccountToken).toBe(true);
    const quiet = render(NAMESPACE, { 'hub.alerts.enabled': false, 'hub.nodeTokens.enabled': false });
    expect(podOf(find(quiet, 'StatefulSet', 'sluice-hub')).automountServiceAccountToken).toBe(false);
  });

  it('gives a token for the hub to those that deliver, where such tokens name their node', () => {
    const told = (manifests: readonly Manifest[]) => {
      const holders = [
        find(manifests, 'DaemonSet', 'sluice-node'),
        find(manifests, 'Deployment', 'sluice-controller'),
      ]
        .flatMap((owner) => podOf(owner).containers)
        .filter(({ volumeMounts = [] }) => volumeMounts.some(({ name }) => name === 'hub-token'))
        .map(({ name }) => name);
      const { nodes } = parse(dataOf(find(manifests, 'ConfigMap', 'sluice-hub'))['hub.yaml'] ?? '');
      const ship = parse(dataOf(find(manifests, 'ConfigMap', 'sluice-node'))['ship.yaml'] ?? '');
      return { holders, tokens: nodes.tokens, file: ship.sinks[0].tokenFile };
    };
    expect(told(render(NAMESPACE))).toEqual({
      holders: ['ship', 'controller'],
      tokens: {
        ...{ certificates: ['*'], nodes: `${NAMESPACE}/sluice-node` },
        others: [`${NAMESPACE}/sluice-controller`],
      },
      file: '/etc/sluice/hub-token/token',
    });
    const nothing = { holders: [], tokens: undefined, file: undefined };
    expect(told(render(NAMESPACE, {}, '1.31.0'))).toEqual(nothing);
    expect(told(render(NAMESPACE, { 'hub.nodeTokens.enabled': false }))).toEqual(nothing);
  });

  it.each(Object.entries(MATRIX))('writes settings that the programs take: %s', (_, values) => {
    const manifests = render(NAMESPACE, values);
    const name = values.fullnameOverride ?? 'sluice';
    const node = dataOf(find(manifests, 'ConfigMap', `${name}-node`));
    expect(() => parseConfig(node['sluice.yaml'] ?? '', '/etc/sluice/sluice.yaml')).not.toThrow();
    expect(shipSchema.safeParse(parse(node['ship.yaml'] ?? '')).error).toBeUndefined();
    if (values['hub.enabled'] === false) return;
    const hub = dataOf(find(manifests, 'ConfigMap', `${name}-hub`));
    expect(() => parseHubConfig(hub['hub.yaml'] ?? '', '/etc/sluice/hub.yaml')).not.toThrow();
  });

  it.each(Object.entries(MATRIX))('tells `sluice node run` where the server will be: %s', (_, values) => {
    const { containers, args, argument, base } = syncOf(values);
    const processes = args.includes('--processes') ? Number(argument('--processes')) : 1;
    expect(processes).toBe(values['node.processes'] ?? 1);
    const { sockets, urls } = serverSideOf(base, processes);
    expect(sockets).toHaveLength(processes);
    const ports = urls.map((url) => Number(new URL(url).port));
    const others = containers.flatMap((each) => each.ports ?? []).filter((each) => each.name !== 'metrics');
    const all = [...ports, ...others.map(({ containerPort }) => containerPort)];
    expect(new Set(all).size).toBe(all.length);
    const mounts = containers.find((each) => each.name === 'sync')?.volumeMounts ?? [];
    const socket = argument('--cri-socket') ?? '';
    expect(mounts.find(({ mountPath }) => mountPath === dirname(socket))?.name).toBe('container-runtime');
    const named = String(values['node.containerRuntimeSocket'] ?? 'containerd.sock');
    expect(basename(socket)).toBe(basename(named));
  });

  it.each(['no values', 'placed and annotated'])('calls `sluice node run` as it is: %s', (name) => {
    const { args } = syncOf(MATRIX[name] ?? {});
    const { status, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });
    // A wrong call is 2. This one is right, and its base is not here.
    expect(stderr).toContain('/etc/sluice/sluice.yaml');
    expect(status).toBe(1);
  });

  it('has certificates of one authority, by which nodes and hub know each other', () => {
    const manifests = render(NAMESPACE);
    const [hub, nodes] = ['sluice-hub-tls', 'sluice-nodes-tls'].map((name) => {
      const data = dataOf(find(manifests, 'Secret', name));
      return (key: string): X509Certificate => new X509Certificate(Buffer.from(data[key] ?? '', 'base64'));
    });
    const authority = hub?.('ca.crt');
    expect(nodes?.('ca.crt').raw).toEqual(authority?.raw);
    for (const each of [hub, nodes]) {
      expect(authority !== undefined && each?.('tls.crt').verify(authority.publicKey)).toBe(true);
    }
    expect(hub?.('tls.crt').checkHost('sluice-hub.sluice-system.svc')).toBeDefined();
    expect(nodes?.('tls.crt').subject).toBe('CN=nodes');
  });
});

/** Kinds of operators that the API server of these tests does not have; that they are well formed is all that is known. */
const OF_OTHERS = new Set(['cert-manager.io/v1', 'monitoring.coreos.com/v1', 'security.openshift.io/v1']);

suiteWithApiServer('on a cluster', () => {
  let server: ApiServer;

  beforeAll(async () => {
    server = await ApiServer.start();
    await server.applyDefinitions();
    await server.request('POST', '/api/v1/namespaces', {
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name: NAMESPACE },
    });
  });
  afterAll(() => server?.stop());

  const dryRun = async (manifest: Manifest): Promise<void> => {
    const path = `${await server.pathOf(manifest)}?fieldManager=helm&dryRun=All&fieldValidation=Strict`;
    await server.request('PATCH', path, manifest, { contentType: 'application/apply-patch+yaml' });
  };

  suiteWithHelm('every object', () => {
    it.each(Object.entries(MATRIX))('is taken: %s', async (_, values) => {
      const manifests = render(NAMESPACE, values).filter(({ apiVersion }) => !OF_OTHERS.has(apiVersion));
      expect(manifests.length).toBeGreaterThan(10);
      for (const manifest of manifests) await dryRun(manifest);
    });
  });
});

const REPORT = {
  observedGeneration: 1,
  ruleSetVersion: '',
  heartbeatAt: '2026-11-23T00:00:00Z',
  problem: '',
  pods: [],
};

/** As `kubectl auth can-i` asks. */
interface Review {
  readonly status: { readonly allowed: boolean };
}

suiteWithApiServer('rights', () => {
  let server: ApiServer;
  let manifests: readonly Manifest[];

  beforeAll(async () => {
    server = await ApiServer.start();
    await server.applyDefinitions();
    for (const name of [NAMESPACE, 'shop']) {
      const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      await server.request('POST', '/api/v1/namespaces', namespace);
    }
    manifests = helmProgram() === null ? [] : render(NAMESPACE);
    const wanted = /Role|ServiceAccount|ValidatingAdmissionPolicy/;
    await server.apply(manifests.filter(({ kind }) => wanted.test(kind)));
  });
  afterAll(() => server?.stop());

  async function allowed(account: Account, call: Call, verb: string): Promise<boolean> {
    const [group = '', resource = '', subresource = ''] = call.resource.split('/');
    const { namespace, name } = call;
    const resourceAttributes = {
      ...{ group: group === 'core' ? '' : group, resource, subresource, verb },
      ...{ namespace, name },
    };
    const user = `system:serviceaccount:${NAMESPACE}:sluice-${account}`;
    const { status } = await server.request<Review>(
      'POST',
      '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      {
        ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview' },
        spec: { user, groups: ['system:serviceaccounts'], resourceAttributes },
      },
    );
    return status.allowed;
  }

  /** The calls that are answered so. */
  async function answered(
    account: Account,
    calls: readonly Call[],
    answer: boolean,
  ): Promise<readonly string[]> {
    const found: string[] = [];
    for (const call of calls)
      for (const verb of call.verbs)
        if ((await allowed(account, call, verb)) === answer)
          found.push(`${verb} ${call.resource} ${call.namespace ?? ''} ${call.name ?? ''}`.trim());
    return found;
  }

  suiteWithHelm('of the service accounts', () => {
    it.each(['controller', 'node', 'hub', 'uninstall'] as const)(
      'are enough, and none of what is dangerous: %s',
      async (account) => {
        expect(await answered(account, NEEDED[account], false)).toEqual([]);
        expect(await answered(account, REFUSED[account], true)).toEqual([]);
      },
    );

    it('have nothing that nobody asks for: controller', () => {
      const needed = new Set(
        NEEDED.controller.flatMap(({ verbs, resource }) => verbs.map((verb) => `${verb} ${resource}`)),
      );
      const roles = manifests.filter(({ metadata }) => metadata.name.startsWith('sluice-controller'));
      const given = roles
        .flatMap((role) => (role.rules ?? []) as readonly PolicyRule[])
        .flatMap(({ apiGroups, resources, verbs }) =>
          apiGroups
            .flatMap((group) => resources.map((each) => `${group === '' ? 'core' : group}/${each}`))
            .flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
        );
      expect(given.length).toBeGreaterThan(50);
      // One rule has the statuses of all of Calico's groups: what a group does not have is nothing.
      const kinds = new Set([...needed].map((each) => each.split(' ')[1]));
      const isNone = (resource = ''): boolean =>
        /^\S*(?:projectcalico|tigera)/.test(resource) && !kinds.has(resource);
      expect(given.filter((each) => !needed.has(each) && !isNone(each.split(' ')[1]))).toEqual([]);
    });

    it('have no verb and no resource by an asterisk', () => {
      const rules = manifests.flatMap((each) => (each.rules as readonly object[] | undefined) ?? []);
      expect(rules.length).toBeGreaterThan(10);
      expect(JSON.stringify(rules)).not.toContain('*');
    });

    it('let the hub propose a quarantine, and write no policy', async () => {
      const path = `/api/v1/namespaces/${NAMESPACE}`;
      const asked = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
      const { status } = await server.request<{ status: { token: string } }>(
        ...(['POST', `${path}/serviceaccounts/sluice-hub/token`, asked] as const),
      );
      const { token } = status;
      const write = (name: string): Promise<unknown> =>
        server.request(
          'PATCH',
          `${path}/configmaps/${name}?fieldManager=sluice-quarantine`,
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: {} },
          { token, contentType: 'application/apply-patch+yaml' },
        );
      await expect
        .poll(() => write('sluice-policy-1').catch(String), { timeout: 60_000 })
        .toContain('proposals and the ledger of quarantine only');
      await expect(write('sluice-proposal-1')).resolves.toBeDefined();
    });

    it('let a node write the status of its own SluiceNode, and of no other', async () => {
      for (const name of ['node-a', 'node-b']) {
        await server.apply([
          { apiVersion: 'v1', kind: 'Node', metadata: { name } },
          {
            ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'SluiceNode', metadata: { name } },
            spec: { node: name, trustedProxies: [], pods: [], policies: [] },
          },
        ]);
      }
      const pod = await server.request('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, {
        ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'sluice-node-x' } },
        spec: {
          nodeName: 'node-a',
          serviceAccountName: 'sluice-node',
          containers: [{ name: 'sync', image: 'sluice' }],
        },
      });
      const { metadata } = pod;
      const asked = {
        ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest' },
        spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: metadata.name, uid: metadata.uid } },
      };
      const accounts = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`;
      const path = `${accounts}/sluice-node/token`;
      const { status } = await server.request<{ status: { token: string } }>('POST', path, asked);
      const write = (name: string): Promise<unknown> =>
        server.request(
          'PATCH',
          `/apis/sluice.dev/v1alpha1/sluicenodes/${name}/status`,
          { status: REPORT },
          { token: status.token },
        );
      // A policy is in force some moments after it was written.
      await expect
        .poll(() => write('node-b').catch(String), { timeout: 60_000 })
        .toContain('its own SluiceNode only');
      await expect(write('node-a')).resolves.toBeDefined();
    });
  });
});

describe('the folder', () => {
  it('has the definitions and the dashboard of the tree, not copies', () => {
    const root = join(CHART, '../..');
    const pairs = [
      ['crds/sluices.sluice.dev.yaml', 'crds/sluices.sluice.dev.yaml'],
      ['dashboards/sluice.json', 'grafana/sluice.json'],
    ] as const;
    for (const [ours, theirs] of pairs)
      expect(readFileSync(join(CHART, ours))).toEqual(readFileSync(join(root, theirs)));
  });
});
