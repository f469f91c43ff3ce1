/** The loop from a change to what stands in a real API server. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { policiesByName } from '../../packages/controller/src/apply/in-force.ts';
import { ApiClient } from '../../packages/controller/src/cluster/client.ts';
import { loadKubeconfig } from '../../packages/controller/src/cluster/kubeconfig.ts';
import {
  Controller,
  type ControllerOptions,
  type MakePlanner,
  type WorldSource,
} from '../../packages/controller/src/controller.ts';
import type { SluiceSpec } from '../../packages/controller/src/kinds/objects.ts';
import { Mirror } from '../../packages/controller/src/mirror/mirror.ts';
import { Operators } from '../../packages/controller/src/operators.ts';
import { policyDigest } from '../../packages/controller/src/policy-content.ts';
import type { World } from '../../packages/controller/src/world.ts';
import { tokenOf } from './api-files.ts';
import { ADMIN, ApiServer } from './api-server.ts';
import { PlainApi } from './plain-api.ts';
import { EMPTY, GivenWorld, nodeOf, objectOf, planOf, podOf, policyOf } from './planned.ts';
import { suiteWithApiServer } from './suite.ts';
import type { WritingOptions } from './writing-controller.ts';

const POLL = { timeout: 60_000, interval: 20 };
const OURS = '/apis/sluice.dev/v1alpha1';
const LEASE = { durationMillis: 12_000, renewMillisMax: 9_000, retryMillis: 300 };
const PROGRAM = join(import.meta.dirname, 'writing-controller.ts');
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly pods: readonly { readonly uid: string }[] };
}
interface SluiceObject {
  readonly status?: { readonly conditions: readonly { readonly type: string; readonly reason: string }[] };
}

suiteWithApiServer('the controller', () => {
  let server: ApiServer;
  let namespace: string;
  let running: Controller[] = [];
  let apis: PlainApi[] = [];
  let children: ChildProcess[] = [];

  beforeAll(async () => {
    server = await ApiServer.start();
    await server.applyDefinitions();
  });
  beforeEach(async () => {
    namespace = await server.namespace();
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(running.map((controller) => controller.stop()));
    for (const api of apis) api.close();
    [running, apis, children] = [[], [], []];
    await server.request('DELETE', `${OURS}/sluicenodes`);
  });
  afterAll(() => server?.stop());

  function controllerOf(
    source: WorldSource,
    planner: MakePlanner,
    writing: ControllerOptions['writing'] = {},
  ) {
    const api = new PlainApi(server.url, tokenOf(ADMIN), server.authority);
    const controller = new Controller({ api, log, namespace, source, planner, writing, lease: LEASE });
    apis.push(api);
    running.push(controller);
    controller.start();
    return { api, controller };
  }

  const nodes = async (): Promise<readonly NodeObject[]> =>
    (await server.get<{ readonly items: readonly NodeObject[] }>(`${OURS}/sluicenodes`)).items;

  const policy = policyOf('default');
  /** Pods of the world's nodes become a plan, by their names. */
  const planWorld = (world: World) =>
    planOf({
      policies: [policy],
      nodes: [...world.namespaces.keys()].map((name) => nodeOf(name, [podOf('1', policy.name)], [policy])),
    });
  const worldOf = (...names: readonly string[]) => ({
    ...EMPTY,
    namespaces: new Map(names.map((name) => [name, { name, labels: {} }])),
  });
  const names = async () => (await nodes()).map(({ metadata }) => metadata.name);

  it('writes what changes, by one of two; the other goes on when that stops', async () => {
    const source = new GivenWorld();
    source.set(worldOf('a'));
    const one = controllerOf(source, () => planWorld);
    await expect.poll(names, POLL).toEqual(['a']);
    const two = controllerOf(source, () => planWorld);
    await expect.poll(() => two.controller.details()[0], POLL).toMatch(/^following .+_/);
    source.set(worldOf('a', 'b'));
    await expect.poll(names, POLL).toEqual(['a', 'b']);
    expect(two.api.writes).toEqual([]);
    await one.controller.stop();
    source.set(worldOf('a', 'b', 'c'));
    await expect.poll(names, POLL).toEqual(['a', 'b', 'c']);
    const written = two.api.writes.filter((write) => write.startsWith('PATCH'));
    expect(written).toEqual([`PATCH ${OURS}/sluicenodes/c`]);
  });

  it('a storm of changes is planned a few times, and its end is what stands', async () => {
    const source = new GivenWorld();
    let plans = 0;
    const counting: MakePlanner = () => (world) => {
      plans += 1;
      return planWorld(world);
    };
    const { controller } = controllerOf(source, counting);
    await expect.poll(() => plans, POLL).toBe(1);
    for (let index = 0; index < 500; index += 1) source.set(worldOf(`n${index}`));
    await expect.poll(names, POLL).toEqual(['n499']);
    await controller.settled();
    expect(plans).toBe(2);
  });

  it('a planner that fails leaves what is in force, says so, and is asked again', async () => {
    const manifest = {
      apiVersion: 'sluice.dev/v1alpha1',
      kind: 'Sluice',
      metadata: { name: 'sluice' },
      spec: {},
    };
    await server.apply([manifest]);
    const sluice = objectOf<SluiceSpec>(await server.get(`${OURS}/sluices/sluice`));
    const source = new GivenWorld();
    source.set({ ...worldOf('a'), sluice });
    let broken = false;
    const fact = { type: 'Programmed', status: 'True', reason: 'Programmed', message: '' } as const;
    const failing: MakePlanner = () => (world) => {
      if (broken) throw new RangeError('no plan today');
      const report = { kind: 'Sluice', key: 'sluice', generation: 1, conditions: [fact] } as const;
      return { ...planWorld(world), reports: [report] };
    };
    const { controller } = controllerOf(source, failing);
    const reason = async () =>
      (await server.get<SluiceObject>(`${OURS}/sluices/sluice`)).status?.conditions[0]?.reason;
    await expect.poll(reason, POLL).toBe('Programmed');
    broken = true;
    source.set({ ...worldOf('b'), sluice });
    await expect.poll(reason, POLL).toBe('PlanFailed');
    expect(await names()).toEqual(['a']);
    const operators = new Operators({
      registry: controller.registry,
      ready: () => controller.ready,
      details: () => controller.details(),
    });
    const port = await operators.listen('127.0.0.1', 0);
    const ask = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return `${answer.status} ${await answer.text()}`;
    };
    expect(await ask('/readyz')).toMatch(/^200 ready\nleading as .*\nno plan: no plan today/);
    expect(await ask('/metrics')).toMatch(/sluice_controller_plans_total\{outcome="failed"\} [1-9]/);
    expect(await ask('/healthz')).toBe('200 ok\n');
    expect(await ask('/')).toMatch(/^404/);
    await operators.close();
    broken = false;
    await expect.poll(reason, POLL).toBe('Programmed');
    await expect.poll(names, POLL).toContain('b');
  });

  it('what is in force is given to the planner, also of the leader before', async () => {
    const source = new GivenWorld();
    source.set(worldOf('a'));
    const { controller } = controllerOf(source, () => planWorld);
    await expect.poll(names, POLL).toEqual(['a']);
    await controller.stop();
    const digest = policyDigest(policy);
    const { promise, resolve } = Promise.withResolvers<unknown>();
    controllerOf(source, (inForce) => {
      resolve([policiesByName(inForce).get('default'), inForce.nodes.get('a')?.policies.get('default')]);
      return planWorld;
    });
    expect(await promise).toEqual([policy, digest]);
  });

  it('conditions that came back are known to be there: comparing what stands writes none of them again', async () => {
    const fact = { type: 'Accepted', status: 'True', reason: 'Accepted', message: '' } as const;
    const source = new Mirror({
      client: new ApiClient(loadKubeconfig({ kubeconfig: server.kubeconfig() })),
      log,
    });
    source.start();
    const planner: MakePlanner = () => (world) => {
      const keys = [...world.policies.keys()];
      const reports = keys.map(
        (key) => ({ kind: 'WAFPolicy', key, generation: 1, conditions: [fact] }) as const,
      );
      return { ...planWorld(worldOf('a')), reports };
    };
    const manifest = {
      ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'WAFPolicy', spec: { mode: 'Block' } },
      metadata: { name: 'web', namespace },
    };
    await server.apply([manifest]);
    const { api } = controllerOf(source, planner, { auditFirstMillis: 50, auditMillis: 50 });
    const statuses = () => api.writes.filter((write) => write.includes('/status'));
    await expect.poll(statuses, POLL).toHaveLength(1);
    // Two comparisons, which find that somebody has deleted what stood.
    const uid = () =>
      server.get(`${OURS}/sluicenodes/a`).then(
        (made) => made.metadata.uid,
        () => '',
      );
    for (let round = 0, before = ''; round < 2; round += 1) {
      const isNew = async () => !['', before].includes(await uid());
      await expect.poll(isNew, POLL).toBe(true);
      before = await uid();
      await server.request('DELETE', `${OURS}/sluicenodes/a`);
    }
    await expect.poll(uid, POLL).not.toBe('');
    expect(statuses()).toHaveLength(1);
    await source.stop();
  });

  it('one that is killed in the middle of its writes is continued by the other', async () => {
    const { url, authority } = server;
    const options: WritingOptions = {
      ...{ url, authority, namespace, token: tokenOf(ADMIN), nodes: 300, lease: LEASE },
    };
    const start = (): ChildProcess => {
      const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], { stdio: 'inherit' });
      children.push(child);
      return child;
    };
    const leader = start();
    await expect.poll(async () => (await nodes()).length, { ...POLL, interval: 5 }).toBeGreaterThan(0);
    start();
    const ended = once(leader, 'exit');
    leader.kill('SIGKILL');
    await ended;
    const half = (await nodes()).length;
    expect(half).toBeLessThan(300);
    await expect.poll(async () => (await nodes()).length, POLL).toBe(300);
  });
});
