/** What is planned stands in a real API server: once, by one, and nothing else. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Api } from '../../packages/controller/src/apply/api.ts';
import { EventRecorder } from '../../packages/controller/src/apply/events.ts';
import { writeMetrics } from '../../packages/controller/src/apply/metrics.ts';
import { Writer, type WriterOptions } from '../../packages/controller/src/apply/writer.ts';
import { FIELD_MANAGER } from '../../packages/controller/src/kinds/names.ts';
import type { WafPolicySpec } from '../../packages/controller/src/kinds/objects.ts';
import { Term } from '../../packages/controller/src/lease/term.ts';
import { policyConfigMapName, policyDigest } from '../../packages/controller/src/policy-content.ts';
import type { World } from '../../packages/controller/src/world.ts';
import { tokenOf } from './api-files.ts';
import { ADMIN, ApiServer } from './api-server.ts';
import { PlainApi } from './plain-api.ts';
import { EMPTY, nodeOf, objectOf, planOf, podOf, policyOf, workloadOf } from './planned.ts';
import { refusal } from './refusal.ts';
import { suiteWithApiServer } from './suite.ts';

const POLL = { timeout: 60_000, interval: 20 };
const OURS = '/apis/sluice.dev/v1alpha1';
const APPLY = 'application/apply-patch+yaml';
const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Spec {
  readonly spec: {
    readonly trustedProxies: readonly string[];
    readonly pods: readonly { readonly uid: string }[];
    readonly policies: readonly { readonly name: string; readonly digest: string }[];
    readonly workloads: readonly { readonly uid: string; readonly owner: string }[];
  };
  readonly metadata: { readonly name: string; readonly uid: string; readonly generation: number };
}
interface List<T> {
  readonly items: readonly T[];
}
interface WithConditions {
  readonly status: { readonly conditions: readonly { readonly [field: string]: unknown }[] };
}
interface ApiEvent {
  readonly reason: string;
  readonly note: string;
  readonly type: string;
  readonly regarding: { readonly name: string };
}

suiteWithApiServer('writing to the API server', () => {
  let server: ApiServer;
  let api: PlainApi;
  let namespace: string;
  let writers: Writer[] = [];

  beforeAll(async () => {
    server = await ApiServer.start();
    await server.applyDefinitions();
  });
  beforeEach(async () => {
    namespace = await server.namespace();
    api = new PlainApi(server.url, tokenOf(ADMIN), server.authority);
  });
  afterEach(async () => {
    await Promise.all(writers.map((writer) => writer.stop()));
    writers = [];
    api.close();
    for (const plural of ['sluicenodes', 'workloadslices'])
      await server.request('DELETE', `${OURS}/${plural}`);
  });
  afterAll(() => server?.stop());

  const endless = (): Term => new Term(1, Number.POSITIVE_INFINITY, () => performance.now());

  async function writerWith(more: Partial<WriterOptions> = {}): Promise<Writer> {
    const metrics = writeMetrics();
    const events = new EventRecorder({ api, log, identity: 'test' });
    const options = {
      api,
      log,
      namespace,
      metrics,
      events,
      term: endless(),
      auditFirstMillis: 3_600_000,
      ...more,
    };
    const writer = new Writer(options);
    writers.push(writer);
    await writer.begin();
    return writer;
  }

  const node = (name: string) => server.get<Spec>(`${OURS}/sluicenodes/${name}`);
  const maps = async (): Promise<readonly string[]> => {
    const { items } = await server.get<List<Spec>>(`/api/v1/namespaces/${namespace}/configmaps`);
    return items.map(({ metadata }) => metadata.name);
  };
  const slices = async (): Promise<readonly Spec[]> =>
    (await server.get<List<Spec>>(`${OURS}/workloadslices`)).items;
  const policyPath = (name: string) => `${OURS}/namespaces/${namespace}/wafpolicies/${name}`;
  const conditionsIn = async (name: string) =>
    (await server.get<WithConditions>(policyPath(name))).status.conditions;
  const eventsIn = async (where: string): Promise<readonly ApiEvent[]> =>
    (await server.get<List<ApiEvent>>(`/apis/events.k8s.io/v1/namespaces/${where}/events`)).items;

  const first = policyOf('default');
  const strict = policyOf('shop/strict', 'SecRule ARGS "@rx x" "id:1,deny"\n');
  const plan = planOf({
    policies: [first, strict],
    nodes: [
      nodeOf('a', [podOf('1', 'shop/strict')], [first, strict]),
      nodeOf('b', [podOf('2', 'default')], [first]),
    ],
    workloads: [workloadOf('1'), workloadOf('2')],
  });

  it('each kind of object comes to stand, a policy before the nodes that name it', async () => {
    const writer = await writerWith();
    writer.submit(plan, EMPTY);
    await writer.settled();
    expect(await node('a')).toMatchObject({ spec: { node: 'a', pods: [{ uid: '1' }] } });
    const map = policyConfigMapName(policyDigest(strict));
    expect(await server.get(`/api/v1/namespaces/${namespace}/configmaps/${map}`)).toMatchObject({
      immutable: true,
      data: { 'before.0.conf': 'SecRule ARGS "@rx x" "id:1,deny"\n' },
      metadata: { labels: { 'sluice.dev/content': 'policy' } },
    });
    expect((await slices()).flatMap(({ spec }) => spec.workloads.map(({ uid }) => uid))).toEqual(['1', '2']);
    const at = (path: string): number => api.writes.findIndex((write) => write.endsWith(path));
    expect(at(map)).toBeLessThan(at('sluicenodes/a'));
  });

  it('what stands already is not written, neither by this process nor by the next', async () => {
    const writer = await writerWith();
    writer.submit(plan, EMPTY);
    await writer.settled();
    api.writes.length = 0;
    writer.submit(planOf({ ...planParts() }), EMPTY);
    await writer.settled();
    const next = await writerWith();
    next.submit(planOf({ ...planParts() }), EMPTY);
    await next.settled();
    expect(api.writes).toEqual([]);
  });

  const planParts = () => ({
    policies: [...plan.policies.values()],
    nodes: structuredClone([...plan.nodes.values()]),
    workloads: structuredClone(plan.workloads),
  });

  it('one change is one write', async () => {
    const workloads = Array.from({ length: 900 }, (_, index) => workloadOf(String(index)));
    const writer = await writerWith();
    writer.submit(planOf({ ...planParts(), workloads }), EMPTY);
    await writer.settled();
    expect(await slices()).toHaveLength(5);
    api.writes.length = 0;
    const changed = workloads.with(450, workloadOf('450', 'Deployment/other'));
    writer.submit(planOf({ ...planParts(), workloads: changed }), EMPTY);
    await writer.settled();
    expect(api.writes).toHaveLength(1);
    const next = await writerWith();
    next.submit(planOf({ ...planParts(), workloads: changed.toReversed().slice(1) }), EMPTY);
    await next.settled();
    expect(api.writes).toHaveLength(2);
    const all = (await slices()).flatMap(({ spec }) => spec.workloads);
    expect(new Set(all.map(({ uid }) => uid)).size).toBe(899);
    expect(all.find(({ uid }) => uid === '450')?.owner).toBe('Deployment/other');
  });

  it('the order of policies of a node stays as it was planned', async () => {
    const writer = await writerWith();
    const names = ['default', 'a/b', 'c/d'].map((name) => policyOf(name));
    const [zero, one, two] = names as [typeof first, typeof first, typeof first];
    const pods = [podOf('1', 'default')];
    for (const policies of [
      [zero, two],
      [one, zero, two],
      [two, one],
    ]) {
      writer.submit(planOf({ policies, nodes: [nodeOf('a', pods, policies)] }), EMPTY);
      await writer.settled();
      const { spec } = await node('a');
      expect(spec.policies.map(({ name }) => name)).toEqual(policies.map(({ name }) => name));
    }
  });

  it('fields that another manager has taken are taken back, and an Event says so', async () => {
    const writer = await writerWith();
    writer.submit(plan, EMPTY);
    await writer.settled();
    const other = { apiVersion: 'sluice.dev/v1alpha1', kind: 'SluiceNode', metadata: { name: 'a' } };
    const path = `${OURS}/sluicenodes/a?fieldManager=somebody&force=true`;
    const body = { ...other, spec: { trustedProxies: ['10.0.0.0/8'] } };
    await server.request('PATCH', path, body, { contentType: APPLY });
    const next = await writerWith();
    next.submit(plan, EMPTY);
    await next.settled();
    expect((await node('a')).spec.trustedProxies).toEqual([]);
    await expect
      .poll(async () => (await eventsIn('default')).filter(({ regarding }) => regarding.name === 'a'), POLL)
      .toMatchObject([
        { reason: 'FieldConflict', type: 'Warning', note: expect.stringContaining('somebody') },
      ]);
  });

  it('what somebody changes or deletes is written again', async () => {
    const writer = await writerWith({ auditFirstMillis: 50, auditMillis: 50 });
    writer.submit(plan, EMPTY);
    await writer.settled();
    await server.request('DELETE', `${OURS}/sluicenodes/b`);
    await server.request('PATCH', `${OURS}/sluicenodes/a`, { spec: { pods: [] } });
    const [map = ''] = (await maps()).filter((name) => name.startsWith('sluice-policy-'));
    await server.request('DELETE', `/api/v1/namespaces/${namespace}/configmaps/${map}`);
    const pods = (name: string) => node(name).then(({ spec }) => spec.pods.length, String);
    await expect.poll(async () => [await pods('a'), await pods('b')], POLL).toEqual([1, 1]);
    await expect.poll(maps, POLL).toContain(map);
  });

  it('where the policy in force is gone and refused anew, its node is told all else', async () => {
    const own = policyOf('shop/strict', 'SecMarker REFUSED\n');
    const writer = await writerWith({ auditFirstMillis: 50, auditMillis: 50 });
    const withPods = (...pods: readonly ReturnType<typeof podOf>[]) =>
      planOf({ policies: [first, own], nodes: [nodeOf('a', pods, [first, own])] });
    writer.submit(withPods(podOf('1', own.name)), EMPTY);
    await writer.settled();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const manifests = refusal('before.0.conf', 'REFUSED');
    await server.apply(manifests);
    try {
      const data = { 'before.0.conf': 'REFUSED' };
      const tried = () => server.request('POST', `${path}?dryRun=All`, { metadata: { name: 'x' }, data });
      await expect.poll(() => tried().then(() => '', String), POLL).toContain('REFUSED');
      const before = api.writes.length;
      await server.request('DELETE', `${path}/${policyConfigMapName(policyDigest(own))}`);
      await expect.poll(() => api.writes.length, POLL).toBeGreaterThan(before);
      writer.submit(withPods(podOf('1', own.name), podOf('2', 'default'), podOf('3', own.name)), EMPTY);
      const pods = async () => (await node('a')).spec.pods.map(({ uid }) => uid);
      await expect.poll(pods, POLL).toEqual(['1', '2', '3']);
      expect((await node('a')).spec.policies).toContainEqual({ name: own.name, digest: policyDigest(own) });
    } finally {
      for (const kind of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies'])
        await server.request('DELETE', `/apis/admissionregistration.k8s.io/v1/${kind}/refuse`);
    }
  });

  it("a policy's ConfigMap that was replaced is put right", async () => {
    const name = policyConfigMapName(policyDigest(strict));
    const metadata = { name, namespace, labels: { 'sluice.dev/content': 'policy' } };
    const forged = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      immutable: true,
      data: { 'policy.json': '{}' },
    };
    await server.apply([forged]);
    const writer = await writerWith();
    writer.submit(plan, EMPTY);
    await writer.settled();
    expect(await server.get(`/api/v1/namespaces/${namespace}/configmaps/${name}`)).toHaveProperty(
      ['data', 'before.0.conf'],
      strict.before[0]?.text,
    );
  });

  it("a policy's ConfigMap goes when nothing has named it for a while, and not before", async () => {
    const writer = await writerWith({ policyUnusedMillis: 0, auditFirstMillis: 50, auditMillis: 50 });
    writer.submit(plan, EMPTY);
    await writer.settled();
    const map = policyConfigMapName(policyDigest(strict));
    const pods = [podOf('1', 'default')];
    const without = planOf({
      policies: [first],
      nodes: [nodeOf('a', pods, [first])],
      workloads: plan.workloads,
    });
    const report = {
      ...{
        observedGeneration: 1,
        ruleSetVersion: '',
        heartbeatAt: new Date().toISOString(),
        problem: '',
        pods: [],
      },
      policies: [{ name: 'shop/strict', digest: policyDigest(strict) }],
    };
    const state = { generation: 1, specDigest: '', report };
    writer.submit(without, { ...EMPTY, nodes: new Map([['a', state]]) });
    await writer.settled();
    const audited = api.writes.length;
    expect(await maps()).toContain(map);
    writer.submit(without, EMPTY);
    await expect.poll(maps, POLL).not.toContain(map);
    expect(api.writes.length).toBeGreaterThan(audited);
    expect(await maps()).toContain(policyConfigMapName(policyDigest(first)));
  });

  it('a policy that is too large is told, and nodes keep the one that they have', async () => {
    const policy = await makePolicy('strict');
    const world = { ...EMPTY, policies: new Map([[`${namespace}/strict`, policy]]) };
    const small = policyOf(`${namespace}/strict`, 'SecMarker A\n');
    const large = policyOf(`${namespace}/strict`, 'x'.repeat(1_048_576));
    const reports = [
      {
        kind: 'WAFPolicy',
        key: `${namespace}/strict`,
        generation: 1,
        conditions: [{ type: 'Programmed', status: 'True', reason: 'Programmed', message: '' }],
      } as const,
    ];
    const writer = await writerWith();
    const planWith = (policies: readonly (typeof small)[], uid: string) =>
      planOf({ policies, reports, nodes: [nodeOf('a', [podOf(uid, small.name)], policies)] });
    writer.submit(planWith([small], '1'), world);
    await writer.settled();
    writer.submit(planWith([large], '2'), world);
    await writer.settled();
    const { spec } = await node('a');
    expect(spec.policies).toEqual([{ name: small.name, digest: policyDigest(small) }]);
    expect(spec.pods).toMatchObject([{ uid: '2' }]);
    expect(await conditionsIn('strict')).toMatchObject([
      { type: 'Programmed', status: 'False', reason: 'TooLarge' },
    ]);
  });

  async function makePolicy(name: string) {
    const manifest = {
      ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'WAFPolicy', metadata: { name, namespace }, spec: {} },
    };
    await server.apply([manifest]);
    return objectOf<WafPolicySpec>(await server.get(policyPath(name)));
  }

  it('conditions keep the time of a status that stays, and are written when something changes alone', async () => {
    const writer = await writerWith();
    const key = `${namespace}/one`;
    const old = '2020-01-01T00:00:00Z';
    await makePolicy('one');
    const condition = {
      type: 'Accepted',
      status: 'True',
      reason: 'Accepted',
      message: 'so',
      lastTransitionTime: old,
    };
    await server.request(
      'PATCH',
      `${policyPath('one')}/status?fieldManager=${FIELD_MANAGER}&force=true`,
      {
        ...{ apiVersion: 'sluice.dev/v1alpha1', kind: 'WAFPolicy', metadata: { name: 'one', namespace } },
        status: { conditions: [{ ...condition, observedGeneration: 1 }] },
      },
      { contentType: APPLY },
    );
    const world: World = {
      ...EMPTY,
      policies: new Map([[key, objectOf<WafPolicySpec>(await server.get(policyPath('one')))]]),
    };
    const say = async (status: 'True' | 'False', reason: 'Accepted' | 'Invalid', message: string) => {
      const fact = { type: 'Accepted', status, reason, message } as const;
      writer.submit(
        planOf({ reports: [{ kind: 'WAFPolicy', key, generation: 1, conditions: [fact] }] }),
        world,
      );
      await writer.settled();
      return (await conditionsIn('one'))[0];
    };
    api.writes.length = 0;
    await say('True', 'Accepted', 'so');
    expect(api.writes).toEqual([]);
    expect(await say('True', 'Accepted', 'otherwise')).toMatchObject({
      message: 'otherwise',
      lastTransitionTime: old,
    });
    const changed = await say('False', 'Invalid', 'bad');
    expect(changed).toMatchObject({ status: 'False', observedGeneration: 1 });
    expect(Date.parse(String(changed?.lastTransitionTime))).toBeGreaterThan(Date.parse(old));
    await expect
      .poll(() => eventsIn(namespace), POLL)
      .toMatchObject([{ reason: 'Invalid', type: 'Warning' }]);
    const written = api.writes.length;
    await say('False', 'Invalid', 'bad');
    expect(api.writes).toHaveLength(written);
  });

  /** An Api of which a few requests come through; the others wait until they are let. */
  function midway() {
    const reached = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    let writes = 0;
    const send: Api['send'] = async (asked) => {
      if (asked.method !== 'GET' && ++writes > 5) {
        reached.resolve();
        await goOn.promise;
      }
      return api.send(asked);
    };
    return { api: { send }, reached: reached.promise, goOn: goOn.resolve };
  }

  it('goes on by itself when the API server is started anew in the middle', async () => {
    const nodes = Array.from({ length: 40 }, (_, index) =>
      nodeOf(`n${index}`, [podOf(String(index), 'default')], [first]),
    );
    const middle = midway();
    const writer = await writerWith({ api: middle.api });
    writer.submit(planOf({ policies: [first], nodes }), EMPTY);
    await middle.reached;
    await server.kill();
    middle.goOn();
    await server.restart();
    await writer.settled();
    // A server that has just begun refuses lists of definitions that it is still setting up (429).
    const stand = () => server.get<List<Spec>>(`${OURS}/sluicenodes`).then(({ items }) => items.length);
    await expect.poll(() => stand().catch(String), POLL).toBe(40);
  });

  it('writes nothing when its term is over, and the next goes on', async () => {
    const nodes = Array.from({ length: 40 }, (_, index) =>
      nodeOf(`n${index}`, [podOf(String(index), 'default')], [first]),
    );
    const term = endless();
    const middle = midway();
    const writer = await writerWith({ term, api: middle.api });
    writer.submit(planOf({ policies: [first], nodes }), EMPTY);
    await middle.reached;
    term.end('another leads');
    middle.goOn();
    await writer.stop();
    const written = api.writes.length;
    expect(writer.waiting).toBeGreaterThan(0);
    const next = await writerWith();
    next.submit(planOf({ policies: [first], nodes }), EMPTY);
    await next.settled();
    expect(api.writes.length).toBeLessThanOrEqual(written + 40);
    expect((await server.get<List<Spec>>(`${OURS}/sluicenodes`)).items).toHaveLength(40);
  });
});
