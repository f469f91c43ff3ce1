/** The move of a WAFPolicy, on a real API server with the real controller, as a user who may write WAFPolicies and nothing else. */
import { type EventStore, SqliteStore } from '@sluice/hub';
import { analyse } from '@sluice/hub/promote';
import { parseConfig } from '@sluice/server';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openCluster } from '../../packages/cli/src/cluster/session.ts';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { type MoveFlags, runMove, runStop } from '../../packages/cli/src/promote/move/command.ts';
import { planPath, readPlan } from '../../packages/cli/src/promote/move/plan-file.ts';
import { tokenOf } from '../kubernetes/api-files.ts';
import type { Manifest } from '../kubernetes/api-requests.ts';
import { ApiServer } from '../kubernetes/api-server.ts';
import { RunningController } from '../kubernetes/controller-process.ts';
import { suiteWithApiServer } from '../kubernetes/suite.ts';
import { DAY_MILLIS, type DayOptions, day, MORNING } from './promote-day.ts';
import { Gateway, type Outcome } from './promote-traffic.ts';

const HOUR = 3_600_000;
const USER = 'shop-team';
const POLL = { timeout: 120_000, interval: 100 };

interface Policy extends Manifest {
  readonly spec: {
    readonly mode?: string;
    readonly staged?: object;
    readonly exclusions?: readonly object[];
  };
  readonly metadata: Manifest['metadata'] & {
    readonly managedFields?: readonly { readonly manager: string; readonly fieldsV1: object }[];
  };
}

interface Created {
  readonly metadata: { readonly creationTimestamp: string };
}

suiteWithApiServer('a move in a cluster', () => {
  let api: ApiServer;
  let controller: RunningController;
  let kubeconfig: string;
  let namespace: string;
  let directory: TemporaryDirectory;
  let store: EventStore;
  let now: number;
  let out = '';
  const former = process.cwd();

  beforeAll(async () => {
    api = await ApiServer.start({ users: [{ name: USER, groups: [] }] });
    await api.applyDefinitions();
    const metadata = { name: 'sluice-system' };
    await api.request('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
    controller = new RunningController(api.kubeconfig());
    await vi.waitFor(async () => expect(await controller.ask('/readyz')).toMatch(/^200/), POLL);
    const rules = [{ apiGroups: ['sluice.dev'], resources: ['wafpolicies'], verbs: ['get', 'patch'] }];
    const rbac = 'rbac.authorization.k8s.io';
    await api.apply([
      {
        ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'ClusterWAFPolicy', metadata: { name: 'house' } },
        spec: { defaults: { mode: 'Detect' }, allow: { mode: 'Detect', exclusions: ['*'] } },
      },
      { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: USER }, rules },
      {
        ...{ apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name: USER } },
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: USER },
        subjects: [{ apiGroup: rbac, kind: 'User', name: USER }],
      },
    ]);
    kubeconfig = api.kubeconfig(tokenOf(USER));
  }, 300_000);
  afterAll(async () => {
    process.chdir(former);
    await controller?.end('SIGKILL');
    await api?.stop();
    await store?.close();
    directory?.remove();
  });

  beforeEach(async () => {
    await store?.close();
    directory?.remove();
    directory = new TemporaryDirectory('sluice-move-cluster-');
    process.chdir(directory.path);
    store = await SqliteStore.open({ path: directory.join('events.db') });
    namespace = await api.namespace();
    now = MORNING + DAY_MILLIS;
    out = '';
  });

  const name = (): string => `${namespace}/shop`;
  const manifest = (spec: object, metadata = {}): Manifest => ({
    ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'WAFPolicy', spec },
    metadata: { name: 'shop', namespace, ...metadata },
  });
  const policy = async (): Promise<Policy> => api.get(await api.pathOf(manifest({})));
  const mode = async () => {
    const { mode: own, staged } = (await policy()).spec;
    return { mode: own, staged };
  };
  const plan = () => readPlan(planPath('sluice.yaml', name()));

  /** What the servers do meanwhile: they have the policy as it is. */
  const serve = async (options: DayOptions): Promise<readonly Outcome[]> => {
    const { mode: own, staged, exclusions = [] } = (await policy()).spec;
    const policies = { [name()]: { mode: own, exclusions, ...(staged === undefined ? {} : { staged }) } };
    const select = { destinations: [{ policy: name(), ports: [8_080] }] };
    return new Gateway(parseConfig(JSON.stringify({ policies, select }), 's.yaml')).serve(
      day(options),
      store,
    );
  };

  const environment = () => ({
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: () => true },
    variables: { SLUICE_STORE: `sqlite:${directory.join('events.db')}` },
    now: () => now,
    open: () => SqliteStore.open({ path: directory.join('events.db') }),
    signal: new AbortController().signal,
    cluster: openCluster,
  });

  const look = (): Promise<number> => {
    const flags: MoveFlags = {
      ...{ since: '2d', wait: true, cluster: true, kubeconfig, route: ['/api/*'], percent: '25' },
      ...{ hold: '30m', lag: '1m', every: '30s', tolerate: '0', once: true },
    };
    return runMove(name(), flags, environment());
  };

  /** A day in Detect, and the exclusions that are proposed. */
  async function begin(metadata = {}): Promise<void> {
    await api.apply([manifest({ mode: 'Detect' }, metadata)]);
    await serve({ from: MORNING, length: DAY_MILLIS });
    const { exclusions } = await analyse(store, { workload: name(), from: MORNING, to: now });
    const own = exclusions.proposed.map(({ exclusion }) => exclusion);
    await api.request('PATCH', await api.pathOf(manifest({})), { spec: { exclusions: own } });
  }

  const owners = async (field: string): Promise<readonly string[]> =>
    ((await policy()).metadata.managedFields ?? [])
      .filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes(`"f:${field}"`))
      .map(({ manager }) => manager);

  async function hours(meets: DayOptions['meets']): Promise<readonly (readonly Outcome[])[]> {
    const all: (readonly Outcome[])[] = [];
    for (let hour = 0; hour < 8 && plan()?.state === 'moving'; hour++) {
      const met = meets === undefined ? {} : { meets };
      all.push(await serve({ ...{ from: now, length: HOUR, attacks: 48, each: 20, plain: 40 }, ...met }));
      now += HOUR;
      await look();
    }
    return all;
  }

  it('does not begin while false positives are left', async () => {
    await api.apply([manifest({ mode: 'Detect' })]);
    await serve({ from: MORNING, length: DAY_MILLIS });
    await expect(look()).rejects.toMatchObject({ code: 'PROMOTE_NOT_READY' });
    expect(await mode()).toEqual({ mode: 'Detect' });
  }, 120_000);

  it('ends in Block with every attack denied and nobody else, and owns nothing but mode and stages', async () => {
    await begin();
    await look();
    expect(await mode()).toEqual({ mode: 'Detect', staged: { paths: ['/api/*'], percent: 0 } });
    expect(await owners('staged')).toEqual(['sluice-promote']);
    expect(await owners('exclusions')).not.toContain('sluice-promote');
    const passed = await hours(undefined);
    expect(passed.flat().filter(({ visit, denied }) => denied && !visit.isAttack)).toEqual([]);
    expect(passed.at(-1)?.filter(({ visit, denied }) => visit.isAttack && !denied)).toEqual([]);
    expect([await mode(), plan()?.state]).toEqual([{ mode: 'Block' }, 'done']);
    expect((await policy()).spec.exclusions).toHaveLength(3);
    expect([await owners('mode'), await owners('staged')]).toEqual([['sluice-promote'], []]);
  }, 180_000);

  it('falls back to Detect for all where a false positive comes in mid-move', async () => {
    await begin();
    await look();
    await hours(['comment', 'page', 'hook', 'snippet']);
    expect([await mode(), plan()?.state]).toEqual([{ mode: 'Detect' }, 'fallen back']);
    expect(out).toContain('is in Detect again: 20 requests look like false positives');
  }, 120_000);

  it.each([
    ['Argo CD', { annotations: { 'argocd.argoproj.io/tracking-id': 'shop:sluice.dev/WAFPolicy:x/shop' } }],
    ['Flux', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'shop' } }],
  ])(
    'is refused where %s has the policy, and the change is shown',
    async (who, marks) => {
      await begin(marks);
      await expect(look()).rejects.toMatchObject({
        code: 'PROMOTE_MANAGED',
        message: expect.stringContaining(who),
      });
      expect([await mode(), plan()]).toEqual([{ mode: 'Detect' }, null]);
      expect(out).toBe(
        `apiVersion: sluice.dev/v1alpha1\nkind: WAFPolicy\nmetadata:\n  name: shop\n  namespace: ${namespace}\n` +
          'spec:\n  mode: Detect\n  staged:\n    paths:\n      - /api/*\n    percent: 0\n',
      );
    },
    120_000,
  );

  it('puts back what was there where the controller does not take it', async () => {
    const older: Manifest = { ...manifest({ mode: 'Detect' }), metadata: { name: 'older', namespace } };
    await api.apply([older]);
    // Ages are compared by the second, which has to be over.
    const { metadata } = await api.get<Created>(await api.pathOf(older));
    const nextSecond = Date.parse(metadata.creationTimestamp) + 1_000;
    await vi.waitFor(() => expect(Date.now()).toBeGreaterThanOrEqual(nextSecond), POLL);
    await begin();
    await expect(look()).rejects.toMatchObject({
      code: 'PROMOTE_NOT_IN_FORCE',
      message: expect.stringContaining(`${namespace}/older is older`),
    });
    expect(await mode()).toEqual({ mode: 'Detect' });
  }, 120_000);

  it('takes stages away that somebody else has written', async () => {
    await begin();
    await look();
    const staged = { paths: ['/else'], percent: 50 };
    const path = await api.pathOf(manifest({}));
    await api.request('PATCH', path, { spec: { staged } });
    const flags = { cluster: true, kubeconfig, back: true, wait: true } as const;
    await expect(runStop(name(), flags, environment())).rejects.toMatchObject({
      code: 'PROMOTE_CONFIRMATION',
    });
    await runStop(name(), { ...flags, confirm: name() }, environment());
    expect([await mode(), plan()?.state]).toEqual([{ mode: 'Detect' }, 'stopped']);
  }, 120_000);

  it('is not begun where the policy is none of a namespace, or nobody says where it is', async () => {
    const flags = {
      ...{ since: '2d', wait: true, percent: '', hold: '1h', lag: '1m', every: '30s', tolerate: '0' },
    };
    await expect(
      runMove('shop', { ...flags, cluster: true, kubeconfig, policy: 'cluster.house' }, environment()),
    ).rejects.toMatchObject({ code: 'PROMOTE_POLICY' });
    await expect(runMove('shop', flags, environment())).rejects.toMatchObject({ code: 'PROMOTE_OPTION' });
  });
});
