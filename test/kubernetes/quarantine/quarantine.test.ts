/** Pods are cut off and let go on a real API server. */
import { parseTarget, Quarantine, type QuarantineError, type Target } from '@sluice/controller/quarantine';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiServer } from '../api-server.ts';
import { suiteWithApiServer } from '../suite.ts';
import {
  apiOf,
  broken,
  deletePod,
  getPod,
  makePod,
  makeWorkload,
  policiesIn,
  WatchedApi,
} from './support.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const DENY_ALL = {
  podSelector: { matchExpressions: [{ key: 'sluice.dev/quarantine', operator: 'Exists' }] },
  policyTypes: ['Ingress', 'Egress'],
};
const REQUEST = { reason: 'it scans its neighbours', seconds: 600 };

suiteWithApiServer('quarantine', () => {
  let server: ApiServer;
  let api: WatchedApi;
  let quarantine: Quarantine;

  const start = (): void => {
    api = new WatchedApi(apiOf(server.kubeconfig()));
    quarantine = new Quarantine({ api, actor: 'jane', origin: 'person', now: () => NOW, instance: 'here' });
  };
  const target = (namespace: string, name = 'web-1'): Target =>
    parseTarget(`${namespace}/${name}`, undefined);
  const code = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      (value) => value,
      (error: QuarantineError) => error.code ?? error,
    );

  /** A new namespace with two pods of one workload, and everything that was asked forgotten. */
  async function namespaceWithWorkload(): Promise<string> {
    const namespace = await server.namespace();
    await makeWorkload(server, namespace, 'web');
    start();
    return namespace;
  }

  beforeAll(async () => {
    server = await ApiServer.start();
  });
  afterAll(() => server?.stop());

  it('labels the pod, denies by selector, and says who, why and until when', async () => {
    const namespace = await namespaceWithWorkload();
    const { outcome, warnings, pod } = await quarantine.put(target(namespace), { ...REQUEST, event: 'E1' });
    expect([outcome, warnings, pod.owner]).toEqual(['quarantined', [], 'Deployment/web']);
    const { metadata } = await getPod(server, namespace, 'web-1');
    expect(metadata.labels).toEqual({
      ...{ app: 'web', 'pod-template-hash': '5d4f9c6b7d' },
      'sluice.dev/quarantine': 'true',
    });
    expect(metadata.annotations).toEqual({
      'sluice.dev/quarantine-uid': pod.uid,
      'sluice.dev/quarantine-since': '2026-11-23T10:00:00.000Z',
      'sluice.dev/quarantine-until': '2026-11-23T10:10:00.000Z',
      'sluice.dev/quarantine-reason': 'it scans its neighbours',
      'sluice.dev/quarantine-by': 'jane',
      'sluice.dev/quarantine-origin': 'person',
      'sluice.dev/quarantine-event': 'E1',
    });
    expect(await policiesIn(server, namespace)).toEqual({ 'sluice-quarantine': DENY_ALL });
    const { metadata: other } = await getPod(server, namespace, 'web-2');
    expect(other.labels).not.toHaveProperty('sluice.dev/quarantine');
  });

  it('leaves an Event at the pod for each act', async () => {
    const namespace = await namespaceWithWorkload();
    const { pod } = await quarantine.put(target(namespace), REQUEST);
    await quarantine.release(target(namespace), { reason: 'a false alarm' });
    const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`;
    const { items } = await server.get<{ items: readonly object[] }>(path);
    expect(items).toHaveLength(2);
    expect(items).toContainEqual(
      expect.objectContaining({
        reason: 'Quarantined',
        type: 'Warning',
        note: 'quarantined by jane; until 2026-11-23T10:10:00.000Z; it scans its neighbours',
        regarding: expect.objectContaining({ kind: 'Pod', name: 'web-1', uid: pod.uid }),
        reportingController: 'sluice.dev/quarantine',
      }),
    );
    expect(items).toContainEqual(
      expect.objectContaining({ reason: 'QuarantineReleased', note: 'released by jane; a false alarm' }),
    );
  });

  it('does nothing twice, and gives a pod that is in quarantine the new time', async () => {
    const namespace = await namespaceWithWorkload();
    await quarantine.put(target(namespace), REQUEST);
    const { outcome } = await quarantine.put(target(namespace), { ...REQUEST, seconds: 60 });
    expect(outcome).toBe('extended');
    const { metadata } = await getPod(server, namespace, 'web-1');
    expect(metadata.annotations).toMatchObject({ 'sluice.dev/quarantine-until': '2026-11-23T10:01:00.000Z' });
    expect(await policiesIn(server, namespace)).toEqual({ 'sluice-quarantine': DENY_ALL });
  });

  it('leaves nothing behind when the last pod is let go', async () => {
    const namespace = await namespaceWithWorkload();
    await makePod(server, namespace, 'web-3', { of: 'web' });
    const before = await getPod(server, namespace, 'web-1');
    for (const name of ['web-1', 'web-2']) await quarantine.put(target(namespace, name), REQUEST);
    await quarantine.release(target(namespace, 'web-2'));
    expect(await policiesIn(server, namespace)).toEqual({ 'sluice-quarantine': DENY_ALL });
    await quarantine.release(target(namespace));
    expect(await policiesIn(server, namespace)).toEqual({});
    const after = await getPod(server, namespace, 'web-1');
    expect(after.metadata.labels).toEqual(before.metadata.labels);
    expect(after.metadata.annotations).toEqual(before.metadata.annotations);
    expect(await quarantine.release(target(namespace))).toMatchObject({ outcome: 'unchanged', objects: [] });
  });

  it('writes nothing in a dry run, and shows what it would write', async () => {
    const namespace = await namespaceWithWorkload();
    const planned = await quarantine.put(target(namespace), { ...REQUEST, dryRun: true });
    expect(api.writes).toEqual([]);
    const done = await quarantine.put(target(namespace), REQUEST);
    expect(planned).toEqual({ ...done, outcome: 'planned' });
    expect(planned.objects).toMatchObject([
      { verb: 'patch', object: { kind: 'Pod', metadata: { name: 'web-1', namespace } } },
      { verb: 'apply', object: { kind: 'NetworkPolicy', metadata: { namespace }, spec: DENY_ALL } },
    ]);
    api.requests.length = 0;
    const release = await quarantine.release(target(namespace), { dryRun: true });
    expect(api.writes).toEqual([]);
    expect(release.objects.map(({ verb }) => verb)).toEqual(['patch', 'delete']);
  });

  it('finds a pod by its UID', async () => {
    const namespace = await server.namespace();
    const uid = await makeWorkload(server, namespace, 'web');
    start();
    const { pod } = await quarantine.put(parseTarget(uid, undefined), REQUEST);
    expect([pod.namespace, pod.name]).toEqual([namespace, 'web-1']);
    expect(await code(quarantine.put(parseTarget(crypto.randomUUID(), undefined), REQUEST))).toBe(
      'QUARANTINE_POD_UNKNOWN',
    );
  });

  it('never takes the pod that came after the one that was meant', async () => {
    const namespace = await namespaceWithWorkload();
    const uid = await makePod(server, namespace, 'db-0', { of: 'web' });
    await deletePod(server, namespace, 'db-0');
    await makePod(server, namespace, 'db-0', { of: 'web' });
    const meant = { kind: 'name', namespace, name: 'db-0', uid } as const;
    expect(await code(quarantine.put(meant, REQUEST))).toBe('QUARANTINE_POD_REPLACED');
    expect(await code(quarantine.put(target(namespace, 'nobody'), REQUEST))).toBe('QUARANTINE_POD_UNKNOWN');
  });

  it('never takes a pod that came while it was at work', async () => {
    const namespace = await namespaceWithWorkload();
    api.before = async ({ method, path }) => {
      if (method !== 'PATCH' || !path.includes('/web-1?')) return;
      api.before = () => undefined;
      await deletePod(server, namespace, 'web-1');
      await makePod(server, namespace, 'web-1', { of: 'web' });
    };
    expect(await code(quarantine.put(target(namespace), REQUEST))).toBe('QUARANTINE_POD_REPLACED');
    const { metadata } = await getPod(server, namespace, 'web-1');
    expect(metadata.labels).not.toHaveProperty('sluice.dev/quarantine');
    expect(await policiesIn(server, namespace)).toEqual({});
  });

  it('takes back the label where the policy cannot be written', async () => {
    const namespace = await namespaceWithWorkload();
    api.before = ({ method, path }) => {
      if (method === 'POST' && path.includes('/networkpolicies?')) throw broken();
    };
    expect(await code(quarantine.put(target(namespace), REQUEST))).toBe('KUBERNETES_UNREACHABLE');
    const { metadata } = await getPod(server, namespace, 'web-1');
    expect(metadata.labels).not.toHaveProperty('sluice.dev/quarantine');
    expect(metadata.annotations ?? {}).toEqual({});
  });

  it('replaces a policy of its name that lets something by', async () => {
    const namespace = await namespaceWithWorkload();
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
    await server.request('POST', path, {
      ...{
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: { name: 'sluice-quarantine' },
      },
      spec: { podSelector: {}, ingress: [{}], egress: [{}] },
    });
    await quarantine.put(target(namespace), REQUEST);
    expect(await policiesIn(server, namespace)).toEqual({ 'sluice-quarantine': DENY_ALL });
  });

  it('tells of policies that go on letting traffic by', async () => {
    const namespace = await namespaceWithWorkload();
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`;
    const make = (name: string, spec: object): Promise<unknown> =>
      server.request('POST', path, {
        ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name }, spec },
      });
    await make('allow-web', { podSelector: { matchLabels: { app: 'web' } }, ingress: [{}] });
    await make('allow-db', { podSelector: { matchLabels: { app: 'db' } }, ingress: [{}] });
    await make('deny-web', { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'] });
    const { warnings } = await quarantine.put(target(namespace), REQUEST);
    expect(warnings).toEqual([expect.stringContaining(`${namespace}/allow-web selects the pod`)]);
  });

  it('keeps the policy for a pod that comes into quarantine while the last one is let go', async () => {
    const namespace = await namespaceWithWorkload();
    await makePod(server, namespace, 'web-3', { of: 'web' });
    await quarantine.put(target(namespace), REQUEST);
    api.before = async ({ method }) => {
      if (method !== 'DELETE') return;
      api.before = () => undefined;
      await quarantine.put(target(namespace, 'web-2'), REQUEST);
    };
    await quarantine.release(target(namespace));
    expect(await policiesIn(server, namespace)).toEqual({ 'sluice-quarantine': DENY_ALL });
  });

  it('keeps a policy for whoever needs it, however many act at once', async () => {
    const namespace = await server.namespace();
    const names = Array.from({ length: 6 }, (_, at) => `web-${at}`);
    for (const name of [...names, 'web-ready']) await makePod(server, namespace, name, { of: 'web' });
    start();
    for (let round = 0; round < 8; round += 1) {
      const isHeld = (at: number): boolean => ((round * 7 + at * 5) & 3) === 0;
      await Promise.all(
        names.map((name, at) =>
          isHeld(at)
            ? quarantine.put(target(namespace, name), REQUEST)
            : quarantine.release(target(namespace, name)),
        ),
      );
      const held = names.filter((_, at) => isHeld(at));
      expect(Object.keys(await policiesIn(server, namespace))).toEqual(
        held.length > 0 ? ['sluice-quarantine'] : [],
      );
    }
  });
});
