/** What is known of a kind is what a real API server has, whatever becomes of connections, of the server and of the kind. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { ApiClient } from '../../packages/controller/src/cluster/client.ts';
import { loadKubeconfig } from '../../packages/controller/src/cluster/kubeconfig.ts';
import { Reflector, type ReflectorTimes } from '../../packages/controller/src/cluster/reflector.ts';
import { ApiSource, type RawObject, type Resource } from '../../packages/controller/src/cluster/source.ts';
import { tokenOf } from './api-files.ts';
import { ApiServer } from './api-server.ts';
import { suiteWithApiServer } from './suite.ts';
import { Wire } from './wire.ts';

const QUICK: Partial<ReflectorTimes> = { retryMillisMax: 500, absentMillis: 200, absentConfirmMillis: 1_000 };
/** Longer than any retry of the above. */
const PATIENCE = { timeout: 30_000, interval: 20 };

const definition = (plural: string, kind: string): string => `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: ${plural}.watch.sluice.dev }
spec:
  group: watch.sluice.dev
  scope: Namespaced
  names: { plural: ${plural}, singular: ${kind.toLowerCase()}, kind: ${kind} }
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } } }]
`;

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

interface Seen {
  readonly data: unknown;
  readonly version: string;
}

const project = ({ data, metadata }: RawObject): Seen => ({ data, version: metadata.resourceVersion });

suiteWithApiServer('a watch', () => {
  let api: ApiServer;
  let namespace: string;
  const ends: (() => Promise<void>)[] = [];
  const problems: unknown[] = [];
  const log = { ...SILENT, warn: ({ problem }: Readonly<Record<string, unknown>>) => problems.push(problem) };

  beforeAll(async () => {
    api = await ApiServer.start({ users: [{ name: 'stranger' }] });
  });
  beforeEach(async () => {
    namespace = await api.namespace();
  });
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  afterAll(() => api?.stop());

  function watch(
    resource: Resource,
    { times, kubeconfig = api.kubeconfig(), optional = false }: WatchOptions = {},
  ): Reflector<Seen> {
    const client = new ApiClient(loadKubeconfig({ kubeconfig }));
    const source = new ApiSource(client, resource);
    const kind = { name: resource.path, source, project, optional };
    const reflector = new Reflector(kind, { log, changed: () => undefined }, { ...QUICK, ...times });
    reflector.start();
    ends.push(async () => {
      await reflector.stop();
      client.close();
    });
    return reflector;
  }

  interface WatchOptions {
    readonly times?: Partial<ReflectorTimes>;
    readonly kubeconfig?: string;
    readonly optional?: boolean;
  }

  const configMaps = (): string => `/api/v1/namespaces/${namespace}/configmaps`;
  const write = (name: string, data: object): Promise<unknown> =>
    api.apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }]);
  const remove = (name: string): Promise<unknown> => api.request('DELETE', `${configMaps()}/${name}`);
  const known = (reflector: Reflector<Seen>): Record<string, unknown> =>
    Object.fromEntries([...reflector.snapshot()].map(([key, { data }]) => [key.split('/')[1], data]));
  const until = (reflector: Reflector<Seen>, data: object): Promise<void> =>
    expect.poll(() => known(reflector), PATIENCE).toEqual(data);
  const watching = (reflector: Reflector<Seen>): Promise<void> =>
    expect.poll(() => reflector.status.state, PATIENCE).toBe('watching');

  it('sees objects come, change and go', async () => {
    await write('old', { a: '1' });
    const reflector = watch({ path: configMaps() });
    await until(reflector, { old: { a: '1' } });
    await write('new', { a: '2' });
    await until(reflector, { old: { a: '1' }, new: { a: '2' } });
    await write('old', { a: '3' });
    await until(reflector, { old: { a: '3' }, new: { a: '2' } });
    await remove('new');
    await until(reflector, { old: { a: '3' } });
    expect(reflector.counts).toMatchObject({ lists: 1, failures: 0 });
  });

  it('lists more objects than a page has', async () => {
    await Promise.all(Array.from({ length: 1_203 }, (_, index) => write(`many-${index}`, {})));
    const reflector = watch({ path: configMaps() });
    await expect.poll(() => reflector.snapshot().size, PATIENCE).toBe(1_203);
    expect(reflector.counts.lists).toBe(1);
  });

  it('asks for names alone where no more is wanted', async () => {
    await write('secretive', { password: 'x' });
    const reflector = watch({ path: configMaps(), metadataOnly: true });
    await until(reflector, { secretive: undefined });
    await write('later', { password: 'y' });
    await until(reflector, { secretive: undefined, later: undefined });
  });

  it('goes on where it was when the connection is cut, without a list', async () => {
    const wire = new Wire(api.port);
    const url = await wire.open();
    ends.push(() => wire.close());
    const reflector = watch({ path: configMaps() }, { kubeconfig: api.kubeconfig(tokenOf('admin'), url) });
    await watching(reflector);
    for (const round of ['one', 'two', 'three']) {
      wire.cut();
      await write(round, {});
      await expect.poll(() => Object.keys(known(reflector)), PATIENCE).toContain(round);
    }
    expect(reflector.counts.lists).toBe(1);
    expect(reflector.counts.failures).toBeGreaterThanOrEqual(3);
  });

  it('gives up a connection that is open and silent', async () => {
    const wire = new Wire(api.port);
    const url = await wire.open();
    ends.push(() => wire.close());
    const kubeconfig = api.kubeconfig(tokenOf('admin'), url);
    const reflector = watch({ path: configMaps() }, { kubeconfig, times: { silenceMillisMax: 1_000 } });
    await watching(reflector);
    wire.silence();
    await write('unheard', { a: '1' });
    await until(reflector, { unheard: { a: '1' } });
    expect(reflector.counts.lists).toBe(1);
    expect(problems).toContainEqual(expect.stringContaining('WATCH_SILENT'));
  });

  it('keeps what it knows while the server is dead, and what it learns is right when it is back', async () => {
    await write('stays', { a: '1' });
    await write('goes', { a: '1' });
    const reflector = watch({ path: configMaps() });
    await until(reflector, { stays: { a: '1' }, goes: { a: '1' } });
    await watching(reflector);
    await api.kill();
    await expect.poll(() => reflector.status, PATIENCE).toMatchObject({ state: 'behind', objects: 2 });
    expect(reflector.status.problem).toContain('KUBERNETES_UNREACHABLE');
    await api.restart();
    await remove('goes');
    await write('comes', { a: '2' });
    await until(reflector, { stays: { a: '1' }, comes: { a: '2' } });
    expect(reflector.status).toMatchObject({ state: 'watching', problem: '' });
  });

  it('tells that it may not see a kind, and sees it when it may', async () => {
    await write('hidden', { a: '1' });
    const reflector = watch({ path: configMaps() }, { kubeconfig: api.kubeconfig(tokenOf('stranger')) });
    await expect.poll(() => reflector.status.state, PATIENCE).toBe('forbidden');
    expect(reflector.status.problem).toContain('User "stranger" cannot list resource "configmaps"');
    expect(reflector.isAnswered).toBe(false);
    const rbac = 'rbac.authorization.k8s.io';
    await api.apply([
      {
        ...{ apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name: 'look', namespace } },
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }],
      },
      {
        ...{ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata: { name: 'look', namespace } },
        roleRef: { apiGroup: rbac, kind: 'Role', name: 'look' },
        subjects: [{ apiGroup: rbac, kind: 'User', name: 'stranger' }],
      },
    ]);
    await until(reflector, { hidden: { a: '1' } });
  });

  it('is answered by a cluster that does not have an optional kind, and sees it when it is installed', async () => {
    const path = '/apis/watch.sluice.dev/v1/laters';
    const optional = watch({ path }, { optional: true });
    const required = watch({ path });
    await expect.poll(() => optional.isAnswered, PATIENCE).toBe(true);
    await expect.poll(() => required.status.state, PATIENCE).toBe('absent');
    expect([optional.status.problem, required.isAnswered]).toEqual(['', false]);
    await api.apply(definition('laters', 'Later'));
    await expect
      .poll(() => [optional.status.state, required.isAnswered], PATIENCE)
      .toEqual(['watching', true]);
    await api.apply([
      { apiVersion: 'watch.sluice.dev/v1', kind: 'Later', metadata: { name: 'one', namespace }, data: 'x' },
    ]);
    await until(optional, { one: 'x' });
    await until(required, { one: 'x' });
  });

  it('forgets the objects of a kind that is removed', async () => {
    const crd = definition('gones', 'Gone');
    await api.apply(
      `${crd}---\n{ apiVersion: watch.sluice.dev/v1, kind: Gone, metadata: { name: one, namespace: ${namespace} } }`,
    );
    const reflector = watch({ path: '/apis/watch.sluice.dev/v1/gones' }, { optional: true });
    await until(reflector, { one: undefined });
    await api.request(
      'DELETE',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gones.watch.sluice.dev',
    );
    await expect.poll(() => reflector.status, PATIENCE).toMatchObject({ state: 'absent', objects: 0 });
  });

  it('lists anew what a server may have left out', async () => {
    const reflector = watch({ path: configMaps() }, { times: { relistMillis: 0, silenceMillisMax: 300 } });
    await expect.poll(() => reflector.counts.lists, PATIENCE).toBeGreaterThan(3);
  });
});

suiteWithApiServer('a watch of a server that forgets at once', () => {
  let api: ApiServer;
  beforeAll(async () => {
    // Every version older than a second is compacted, and watches reach etcd itself.
    api = await ApiServer.start({ flags: ['--watch-cache=false', '--etcd-compaction-interval=1s'] });
  });
  afterAll(() => api?.stop());

  it('lists anew when its version is gone, and keeps what it knows meanwhile', async () => {
    const namespace = await api.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const write = async (name: string): Promise<string> => {
      const [map] = await api.apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } }]);
      return map?.metadata.resourceVersion ?? '';
    };
    const wire = new Wire(api.port);
    const kubeconfig = api.kubeconfig(tokenOf('admin'), await wire.open());
    const source = new ApiSource(new ApiClient(loadKubeconfig({ kubeconfig })), { path });
    let fewest = Number.POSITIVE_INFINITY;
    const changed = (): void => {
      fewest = Math.min(fewest, reflector.snapshot().size);
    };
    const last = await write('first');
    const kind = { name: 'ConfigMap', source, project };
    const reflector: Reflector<Seen> = new Reflector(kind, { log: SILENT, changed }, QUICK);
    reflector.start();
    await expect.poll(() => reflector.status, PATIENCE).toMatchObject({ state: 'watching', objects: 1 });
    wire.refuse();
    await expect.poll(() => reflector.status.state, PATIENCE).toBe('behind');
    await write('second');
    await expect.poll(() => isGone(api, path, last), { timeout: 60_000 }).toBe(true);
    expect(reflector.counts.lists).toBe(1);
    wire.accept();
    await expect.poll(() => reflector.snapshot().size, PATIENCE).toBe(2);
    expect(reflector.counts.lists).toBe(2);
    expect(fewest).toBe(1);
    await reflector.stop();
    await wire.close();
  });
});

/** Whether the server's history does not reach back so far any more. */
async function isGone(api: ApiServer, path: string, version: string): Promise<boolean> {
  const answer = await api
    .get(`${path}?watch=true&timeoutSeconds=1&resourceVersion=${version}`)
    .catch(String);
  return JSON.stringify(answer).includes('"code\\":410') || JSON.stringify(answer).includes('"code":410');
}
