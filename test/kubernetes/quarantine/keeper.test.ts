/** What was promised is kept, whatever happens meanwhile, on a real API server. */
import { parseTarget, Quarantine, QuarantineKeeper } from '@sluice/controller/quarantine';
import { SqliteStore } from '@sluice/hub';
import { type Document, recordOf } from '@sluice/spool';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
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

const SECONDS = 600;

suiteWithApiServer('the keeper of quarantine', () => {
  let server: ApiServer;
  let api: WatchedApi;
  let namespace: string;
  let clock = Date.parse('2026-11-23T10:00:00Z');
  const now = (): number => clock;
  let documents: Document[];

  const keeper = (): QuarantineKeeper =>
    new QuarantineKeeper({
      ...{ api, systemNamespace: 'sluice-system', now, version: '1' },
      record: (more) => void documents.push(...more),
    });
  const put = (name: string, seconds = SECONDS): Promise<unknown> =>
    new Quarantine({ api, actor: 'jane', origin: 'person', now }).put(
      parseTarget(`${namespace}/${name}`, undefined),
      { reason: 'test', seconds },
    );
  const isHeld = async (name: string): Promise<boolean> => {
    const { metadata } = await getPod(server, namespace, name);
    return metadata.labels?.['sluice.dev/quarantine'] !== undefined;
  };

  beforeAll(async () => {
    server = await ApiServer.start();
    await server.request('POST', '/api/v1/namespaces', { metadata: { name: 'sluice-system' } });
  });
  beforeEach(async () => {
    namespace = await server.namespace();
    documents = [];
    api = new WatchedApi(apiOf(server.kubeconfig()));
    for (const name of ['web-3', 'web-4']) await makePod(server, namespace, name, { of: 'web' });
    await makeWorkload(server, namespace, 'web');
    return async () => {
      clock += 30 * 86_400_000;
      await keeper().sweep();
    };
  });
  afterAll(() => server?.stop());

  it('lets a pod go when its time is over, not before, and leaves nothing behind', async () => {
    const before = await getPod(server, namespace, 'web-1');
    await put('web-1');
    clock += SECONDS * 1000 - 1;
    const { nextDueAt, released } = await keeper().sweep();
    expect([nextDueAt, released, await isHeld('web-1')]).toEqual([clock + 1, [], true]);
    clock += 1;
    expect(await keeper().sweep()).toMatchObject({ released: [`${namespace}/web-1`], held: 0, problems: 0 });
    const after = await getPod(server, namespace, 'web-1');
    expect(after.metadata.labels).toEqual(before.metadata.labels);
    expect(after.metadata.annotations).toEqual(before.metadata.annotations);
    expect(await policiesIn(server, namespace)).toEqual({});
  });

  it('lets each go at its own time', async () => {
    await put('web-1', 600);
    await put('web-2', 1200);
    clock += 600_000;
    await keeper().sweep();
    expect([await isHeld('web-1'), await isHeld('web-2')]).toEqual([false, true]);
    expect(Object.keys(await policiesIn(server, namespace))).toEqual(['sluice-quarantine']);
  });

  it.each(['PATCH', 'DELETE'])('goes on where another died before its %s', async (method) => {
    await put('web-1');
    clock += SECONDS * 1000;
    api.before = (request) => {
      if (request.method === method) throw broken();
    };
    expect((await keeper().sweep()).problems).toBeGreaterThan(0);
    api.before = () => undefined;
    await keeper().sweep();
    expect(await isHeld('web-1')).toBe(false);
    expect(await policiesIn(server, namespace)).toEqual({});
  });

  it('survives a restart of the API server', async () => {
    await put('web-1');
    await server.restart();
    clock += SECONDS * 1000;
    await keeper().sweep();
    expect(await isHeld('web-1')).toBe(false);
  });

  it('restores a policy that somebody removed or weakened', async () => {
    await put('web-1');
    const wanted = await policiesIn(server, namespace);
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies/sluice-quarantine`;
    expect((await keeper().sweep()).restored).toEqual([]);
    await server.request('PATCH', path, { spec: { egress: [{}] } });
    expect((await keeper().sweep()).restored).toEqual([namespace]);
    expect(await policiesIn(server, namespace)).toEqual(wanted);
    await server.request('DELETE', path);
    expect((await keeper().sweep()).restored).toEqual([namespace]);
    expect(await policiesIn(server, namespace)).toEqual(wanted);
  });

  it('removes the policy of a pod that is gone, and does not take up the one that comes after', async () => {
    await put('web-1');
    await deletePod(server, namespace, 'web-1');
    await makePod(server, namespace, 'web-1', { of: 'web' });
    expect(await keeper().sweep()).toMatchObject({ held: 0, released: [] });
    expect(await isHeld('web-1')).toBe(false);
    expect(await policiesIn(server, namespace)).toEqual({});
  });

  it('lets a copy of a pod go: its record is of another', async () => {
    await put('web-1');
    const { metadata } = await getPod(server, namespace, 'web-1');
    const { labels = {}, annotations = {} } = metadata;
    await makePod(server, namespace, 'copy', { labels, annotations });
    expect((await keeper().sweep()).released).toEqual([`${namespace}/copy`]);
    expect([await isHeld('copy'), await isHeld('web-1')]).toEqual([false, true]);
  });

  it('leaves alone what somebody labelled by hand, and a policy that it needs', async () => {
    await put('web-1');
    await makePod(server, namespace, 'by-hand', { labels: { 'sluice.dev/quarantine': 'true' } });
    clock += SECONDS * 1000;
    await keeper().sweep();
    expect([await isHeld('web-1'), await isHeld('by-hand')]).toEqual([false, true]);
    expect(Object.keys(await policiesIn(server, namespace))).toEqual(['sluice-quarantine']);
  });

  it('tells the store what began and ended, under ids that a restart does not change', async () => {
    await put('web-1');
    const one = keeper();
    await one.sweep();
    await one.sweep();
    await keeper().sweep();
    const [first, again, ...none] = documents;
    expect([first, none]).toEqual([again, []]);
    expect(first).toMatchObject({
      event: { action: 'quarantine-quarantined', category: ['configuration'], dataset: 'sluice.waf' },
      waf: {
        quarantine: { namespace, pod: 'web-1', owner: 'Deployment/web', actor: 'jane', reason: 'test' },
      },
    });
    clock += SECONDS * 1000;
    await one.sweep();
    expect(documents.slice(2)).toMatchObject([{ event: { action: 'quarantine-expired' } }]);
    const store = await SqliteStore.open({ path: server.directory.join('events.sqlite') });
    const outcomes = await store.append(documents.flatMap((document) => recordOf(document) ?? []));
    await store.close();
    expect(outcomes.map(({ kind }) => kind)).toEqual(['stored', 'duplicate', 'stored']);
  });

  it('tells again what the store would not take', async () => {
    await put('web-1');
    let isAway = true;
    const one = new QuarantineKeeper({
      ...{ api, systemNamespace: 'sluice-system', now, version: '1' },
      record: (more) => {
        if (isAway) throw broken();
        documents.push(...more);
      },
    });
    expect(await one.sweep()).toMatchObject({ problems: 1, held: 1 });
    isAway = false;
    await one.sweep();
    expect(documents).toHaveLength(1);
  });
});
