/** Policies for Gateways and HTTPRoutes on a real API server, with the kinds as Gateway API publishes them, which come while the controller runs. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiClient } from '../../packages/controller/src/cluster/client.ts';
import { loadKubeconfig } from '../../packages/controller/src/cluster/kubeconfig.ts';
import type { Condition, ConditionType } from '../../packages/controller/src/conditions.ts';
import { ClusterView } from '../../packages/controller/src/view/cluster-view.ts';
import type { Manifest } from './api-requests.ts';
import { ApiServer } from './api-server.ts';
import { gatewayDefinitions } from './gateway-definitions.ts';
import { CONTROLLER_READS, grant } from './rights.ts';
import { suiteWithApiServer } from './suite.ts';
import {
  makeService,
  nodeSays,
  OURS,
  ours,
  type RunningController,
  SYSTEM,
  startController,
} from './view-stand.ts';

const GROUP = 'gateway.networking.k8s.io';
const POLL = { timeout: 60_000, interval: 100 };
const EXAMPLE = resolve(import.meta.dirname, '../../deploy/examples/kubernetes/http-route.yaml');

const target = (kind: string, name: string) => ({ targetRefs: [{ group: GROUP, kind, name }] });
const object = (version: string, kind: string, name: string, spec: object, namespace = 'shop'): Manifest => ({
  ...{ apiVersion: `${GROUP}/${version}`, kind, metadata: { name, namespace }, spec },
});
const route = (name: string, backend: object, more: object = {}): Manifest =>
  object('v1', 'HTTPRoute', name, {
    hostnames: [`${name}.example`],
    rules: [{ backendRefs: [{ port: 80, ...backend }] }],
    ...more,
  });

suiteWithApiServer('policies for Gateway API', () => {
  let server: ApiServer;
  let controller: RunningController;

  beforeAll(async () => {
    server = await ApiServer.start();
    await server.applyDefinitions();
    for (const name of [SYSTEM, 'shop', 'data'])
      await server.request('POST', '/api/v1/namespaces', { metadata: { name } });
    await makeService(server, 'shop', 'web', { pods: { 'web-1': 'node-a' } });
    await makeService(server, 'shop', 'cart', { pods: { 'cart-1': 'node-a' } });
    await makeService(server, 'data', 'store', { pods: { 'store-1': 'node-b' } });
    await server.apply([
      ours('Sluice', 'sluice', {}),
      ours('WAFPolicy', 'edge', { ...target('Gateway', 'edge'), mode: 'Block' }, 'shop'),
      ours('WAFPolicy', 'store', { ...target('HTTPRoute', 'store'), mode: 'Block' }, 'shop'),
    ]);
    controller = startController(server);
  });
  afterAll(async () => {
    await controller?.stop();
    await server?.stop();
  });

  const conditionOf = async (name: string, type: ConditionType): Promise<string> => {
    const path = `${OURS}/namespaces/shop/wafpolicies/${name}`;
    const { status } = await server.get<{ readonly status?: { readonly conditions?: readonly Condition[] } }>(
      path,
    );
    const found = status?.conditions?.find((each) => each.type === type);
    return `${found?.status} ${found?.reason}: ${found?.message}`;
  };
  const accepted = (name: string) => conditionOf(name, 'Accepted');
  /** Names of pods, and the policy that each has. */
  const toldTo = async (node: string): Promise<Readonly<Record<string, string>>> => {
    const list = await server.get<{
      readonly items: readonly {
        readonly spec: { readonly node: string; readonly pods: readonly { name: string; policy: string }[] };
      }[];
    }>(`${OURS}/sluicenodes`);
    const spec = list.items.find((each) => each.spec.node === node)?.spec;
    return Object.fromEntries((spec?.pods ?? []).map(({ name, policy }) => [name, policy]));
  };

  /** What is not shown to who looks at one namespace, or at all. */
  async function unseenOf(namespace: string | null, token?: string): Promise<readonly string[]> {
    const client = new ApiClient(loadKubeconfig({ kubeconfig: server.kubeconfig(token) }));
    const view = new ClusterView({ client, namespace });
    await view.start();
    try {
      return (await view.seen()).unseen.map(({ kind }) => kind);
    } finally {
      await view.stop();
    }
  }

  it('say that nothing is there where the cluster does not have its kinds', async () => {
    await expect
      .poll(() => accepted('edge'), POLL)
      .toBe('False TargetNotFound: Gateway shop/edge is not there.');
    expect(await accepted('store')).toMatch(/^False TargetNotFound: HTTPRoute shop\/store/);
  });

  it('come into force when its kinds and objects come', async () => {
    await server.apply(gatewayDefinitions());
    await server.apply([
      object('v1', 'Gateway', 'edge', {
        gatewayClassName: 'any',
        listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }],
      }),
      route('web', { name: 'web' }, { parentRefs: [{ name: 'edge' }] }),
    ]);
    await expect
      .poll(() => accepted('edge'), POLL)
      .toBe(
        "True Accepted: It is in force wherever a pod is selected that it is for. Of its routes' Services, on 1 port, whoever asks and by whatever host and path: shop/web:80.",
      );
    await expect.poll(() => toldTo('node-a'), POLL).toEqual({ 'web-1': 'shop/edge' });
    await nodeSays(server, 'node-a');
    await expect.poll(() => conditionOf('edge', 'Enforcing'), POLL).toMatch(/^True Enforced/);
  });

  it('follow a route to where it leads', async () => {
    await server.apply([route('web', { name: 'cart' }, { parentRefs: [{ name: 'edge' }] })]);
    await expect.poll(() => toldTo('node-a'), POLL).toEqual({ 'cart-1': 'shop/edge' });
    await server.apply([route('web', { name: 'web' }, { parentRefs: [{ name: 'edge' }] })]);
    await expect.poll(() => toldTo('node-a'), POLL).toEqual({ 'web-1': 'shop/edge' });
  });

  it('leave a route that its gateway has refused', async () => {
    const path = `/apis/${GROUP}/v1/namespaces/shop/httproutes/web`;
    const { metadata } = await server.get<{ readonly metadata: { readonly generation: number } }>(path);
    const condition = {
      ...{ type: 'Accepted', status: 'False', reason: 'NotAllowedByListeners', message: 'no' },
      ...{ observedGeneration: metadata.generation, lastTransitionTime: new Date().toISOString() },
    };
    const parent = {
      parentRef: { group: GROUP, kind: 'Gateway', name: 'edge' },
      controllerName: 'a.example/b',
    };
    const say = (conditions: readonly object[]) =>
      server.request('PATCH', `${path}/status`, { status: { parents: [{ ...parent, conditions }] } });
    await say([condition]);
    await expect
      .poll(() => accepted('edge'), POLL)
      .toMatch(/^False TargetNotFound: No HTTPRoute or GRPCRoute/);
    expect(await toldTo('node-a')).toEqual({});
    await say([{ ...condition, status: 'True', reason: 'Accepted' }]);
    await expect.poll(() => toldTo('node-a'), POLL).toEqual({ 'web-1': 'shop/edge' });
  });

  it('cross into another namespace only where it lets the route and the policy in', async () => {
    await server.apply([route('store', { name: 'store', namespace: 'data' })]);
    await expect.poll(() => accepted('store'), POLL).toMatch(/^False RefNotPermitted: .* HTTPRoutes of shop/);
    const lets = (name: string, group: string, kind: string) =>
      object(
        'v1beta1',
        'ReferenceGrant',
        name,
        { from: [{ group, kind, namespace: 'shop' }], to: [{ group: '', kind: 'Service' }] },
        'data',
      );
    await server.apply([lets('routes', GROUP, 'HTTPRoute')]);
    await expect
      .poll(() => accepted('store'), POLL)
      .toMatch(/^False RefNotPermitted: .* WAFPolicies of shop/);
    expect(await toldTo('node-b')).toEqual({});
    await server.apply([lets('policies', 'sluice.dev', 'WAFPolicy')]);
    await expect.poll(() => accepted('store'), POLL).toMatch(/^True/);
    await expect.poll(() => toldTo('node-b'), POLL).toEqual({ 'store-1': 'shop/store' });
    expect(await unseenOf('data')).toEqual(['WAFPolicy of namespace shop']);
    expect(await unseenOf(null)).toEqual([]);
    await server.request('DELETE', `/apis/${GROUP}/v1beta1/namespaces/data/referencegrants/policies`);
    await expect.poll(() => toldTo('node-b'), POLL).toEqual({});
  });

  it('are shown as what they are to who sees them and not where they lead', async () => {
    const token = await server.serviceAccount('shop', 'looks');
    const [workloads, slices, own] = CONTROLLER_READS;
    const rules = [workloads, slices, own].filter((rule) => rule !== undefined);
    await grant(server, { namespace: 'shop', account: 'looks' }, rules);
    expect(await unseenOf('shop', token)).toEqual(expect.arrayContaining(['Gateway', 'HTTPRoute']));
    expect(await unseenOf('shop')).toEqual([]);
    // Where no policy is for a route nobody misses them.
    expect(await unseenOf('data', token)).toEqual([]);
  });

  it('have the example before the policy of the Gateway', async () => {
    await server.apply(readFileSync(EXAMPLE, 'utf8'));
    await expect.poll(() => toldTo('node-a'), POLL).toEqual({ 'web-1': 'shop/web-route' });
    expect(await accepted('web-route')).toMatch(/^True .*shop\/web:80\.$/);
    await expect
      .poll(() => accepted('edge'), POLL)
      .toMatch(/^True .* More specific on shop\/web:80: shop\/web-route\.$/);
  });
});
