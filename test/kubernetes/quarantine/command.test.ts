/** `sluice quarantine` as a user runs it, against a real API server, with the rights of a user. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type EventStore, SqliteStore } from '@sluice/hub';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { propose } from '../../../packages/controller/src/quarantine/proposals.ts';
import { add } from '../../events-cli/support.ts';
import { tokenOf } from '../api-files.ts';
import { type Manifest, manifestsIn } from '../api-requests.ts';
import { ApiServer } from '../api-server.ts';
import { type Ended, sluiceProcess } from '../sluice-process.ts';
import { suiteWithApiServer } from '../suite.ts';
import { apiOf, getPod, makePod, makeWorkload, policiesIn } from './support.ts';

const SYSTEM = 'sluice-system';
const RBAC = 'rbac.authorization.k8s.io';
const EXAMPLES = resolve(import.meta.dirname, '../../../deploy/examples/quarantine');
const LABEL = 'sluice.dev/quarantine';

const binding = (role: string, user: string, namespace?: string): Manifest => ({
  apiVersion: `${RBAC}/v1`,
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: { name: `${role}-${user}`, ...(namespace !== undefined && { namespace }) },
  roleRef: { apiGroup: RBAC, kind: role.endsWith('proposals') ? 'Role' : 'ClusterRole', name: role },
  subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
});

suiteWithApiServer('sluice quarantine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-quarantine-'));
  const storePath = join(folder, 'events.db');
  let server: ApiServer;
  let store: EventStore;
  let namespace: string;

  beforeAll(async () => {
    server = await ApiServer.start({
      users: ['jane', 'nobody', 'owner'].map((name) => ({ name })),
    });
    await server.applyDefinitions();
    await server.request('POST', '/api/v1/namespaces', { metadata: { name: SYSTEM } });
    await server.apply(readFileSync(join(EXAMPLES, 'roles.yaml'), 'utf8'));
    await server.apply([
      binding('sluice-quarantine-settings', 'jane'),
      binding('sluice-quarantine-proposals', 'jane', SYSTEM),
    ]);
    store = await SqliteStore.open({ path: storePath });
  });
  beforeEach(async () => {
    namespace = await server.namespace();
    await makeWorkload(server, namespace, 'web');
    await server.apply([binding('sluice-quarantine', 'jane', namespace)]);
  });
  afterAll(async () => {
    await store?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const as = (user: string, ...args: readonly string[]): Promise<Ended> =>
    sluiceProcess(['quarantine', ...args, '--kubeconfig', server.kubeconfig(tokenOf(user))]);
  const jane = (...args: readonly string[]): Promise<Ended> => as('jane', ...args);
  const isHeld = async (name: string): Promise<boolean> =>
    (await getPod(server, namespace, name)).metadata.labels?.[LABEL] !== undefined;
  /** All that quarantine could write of a namespace. */
  const all = async (): Promise<readonly string[]> => {
    const paths = [
      `/api/v1/namespaces/${namespace}/pods`,
      `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
      `/apis/events.k8s.io/v1/namespaces/${namespace}/events`,
    ];
    const lists = await Promise.all(
      paths.map((path) => server.get<{ readonly items: readonly Manifest[] }>(path)),
    );
    return lists.flatMap(({ items }) =>
      items.map(({ metadata }) => `${metadata.name} ${metadata.resourceVersion}`),
    );
  };

  it('cuts a pod off with no more rights than the role has, tells what it did, and lets it go', async () => {
    const put = await jane('web-1', '-n', namespace, '--reason', 'it scans its neighbours', '--for', '2h');
    expect([put.status, put.err]).toEqual([0, '']);
    expect(put.out).toMatch(
      new RegExp(
        `^${namespace}/web-1 {2}in quarantine until \\S+ \\((2 h|1 h 59 m)\\)
  Deployment/web on node-a, UID \\S+
  it scans its neighbours {2}by jane
  patch Pod ${namespace}/web-1, apply NetworkPolicy ${namespace}/sluice-quarantine\n$`,
      ),
    );
    expect(await isHeld('web-1')).toBe(true);
    expect(Object.keys(await policiesIn(server, namespace))).toEqual(['sluice-quarantine']);
    const list = await jane('--list', '-n', namespace);
    expect(list.out.split('\n')[1]).toMatch(
      new RegExp(`^${namespace} +web-1 +Deployment/web +in \\S+ . .*jane +it scans its neighbours$`),
    );
    const undone = await jane(`${namespace}/web-1`, '--undo');
    expect([undone.status, undone.err]).toEqual([0, '']);
    expect(undone.out).toContain(`${namespace}/web-1  let go\n`);
    expect(await isHeld('web-1')).toBe(false);
    expect(await policiesIn(server, namespace)).toEqual({});
    expect((await jane('--list', '-n', namespace)).out).toBe('no pod is in quarantine\n');
    expect((await jane('web-1', '-n', namespace, '--undo')).out).toContain('is not in quarantine');
  });

  it('writes nothing in a dry run, and shows documents that do it', async () => {
    const before = await all();
    const { out, err, status } = await jane('web-1', '-n', namespace, '--reason', 'why', '--dry-run');
    expect([status, err]).toEqual([0, '']);
    expect(await all()).toEqual(before);
    expect(out).toContain('dry run, nothing was written: until ');
    const [patch, policy] = manifestsIn(out.slice(out.indexOf('---')));
    await server.request('PATCH', `/api/v1/namespaces/${namespace}/pods/web-1`, {
      metadata: patch?.metadata,
    });
    await server.apply([policy as Manifest]);
    const { pods } = JSON.parse((await jane('--list', '-n', namespace, '--json')).out);
    expect(pods).toMatchObject([
      { pod: `${namespace}/web-1`, owner: 'Deployment/web', state: 'held', record: { reason: 'why' } },
    ]);
    const held = await all();
    expect((await jane('web-1', '-n', namespace, '--undo', '--dry-run')).out).toContain('# delete\n');
    expect(await all()).toEqual(held);
  });

  it('takes pods that may be taken, also where another is refused, and ends with 1', async () => {
    const labels = { 'gateway.networking.k8s.io/gateway-name': 'public' };
    await makePod(server, namespace, 'gateway', { of: 'web', labels });
    await makePod(server, namespace, 'db-0', { of: 'db' });
    await makePod(server, namespace, 'agent', { of: 'web', hostNetwork: true });
    const names = ['gateway', 'db-0', 'agent', 'nobody', 'web-1'];
    const { out, status } = await jane(...names, '-n', namespace, '--json');
    expect(status).toBe(1);
    expect(JSON.parse(out).pods).toMatchObject([
      { pod: 'gateway', error: { code: 'QUARANTINE_GATEWAY' } },
      { pod: 'db-0', error: { code: 'QUARANTINE_LAST_READY' } },
      { pod: 'agent', error: { code: 'QUARANTINE_NODE' } },
      { pod: 'nobody', error: { code: 'QUARANTINE_POD_UNKNOWN' } },
      { pod: `${namespace}/web-1`, outcome: 'quarantined', record: { actor: 'jane', origin: 'person' } },
    ]);
    expect(await Promise.all(['gateway', 'db-0', 'agent', 'web-1'].map(isHeld))).toEqual([
      ...[false, false, false, true],
    ]);
    const told = await jane('gateway', '-n', namespace);
    expect([told.status, told.out]).toEqual([1, '']);
    expect(told.err).toContain(`sluice: ${namespace}/gateway passes on what others send`);
    expect(told.err).toContain('Remedy: Find who is behind it');
    expect((await jane('db-0', '-n', namespace, '--force')).status).toBe(0);
    expect(await isHeld('db-0')).toBe(true);
  });

  it('never takes a system namespace, with whatever rights and options', async () => {
    await makeWorkload(server, 'kube-system', 'dns');
    const { out, status } = await as('admin', 'kube-system/dns-1', '--force', '--json');
    expect([status, JSON.parse(out).pods[0].error.code]).toEqual([1, 'QUARANTINE_SYSTEM_NAMESPACE']);
  });

  it('names each right that is missing, before anything is done', async () => {
    const none = await as('nobody', `${namespace}/web-1`);
    expect(none.status).toBe(1);
    expect(none.err).toContain(`User "nobody" cannot get resource "pods"`);
    expect(none.err).toContain('docs/quarantine.md has one that is ready to be bound');
    await server.apply([
      binding('sluice-quarantine-settings', 'owner'),
      {
        ...{ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name: 'looks', namespace } },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
      },
      {
        ...{ apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: { name: 'looks', namespace } },
        roleRef: { apiGroup: RBAC, kind: 'Role', name: 'looks' },
        subjects: [{ apiGroup: RBAC, kind: 'User', name: 'owner' }],
      },
    ]);
    const before = await all();
    const some = await as('owner', 'web-1', '-n', namespace);
    expect([some.status, some.out]).toEqual([1, '']);
    expect(some.err).toContain(
      `owner may not patch pods web-1 in ${namespace}; list networkpolicies.networking.k8s.io in ${namespace}; ` +
        `get networkpolicies.networking.k8s.io sluice-quarantine in ${namespace}; ` +
        `create networkpolicies.networking.k8s.io in ${namespace}; ` +
        `update networkpolicies.networking.k8s.io sluice-quarantine in ${namespace}`,
    );
    expect(await all()).toEqual(before);
    const looks = await as('owner', '--list', '-n', namespace);
    expect([looks.status, looks.out]).toEqual([0, 'no pod is in quarantine\n']);
    expect(looks.err).toContain('proposals cannot be read: ');
  });

  it('refuses wrong calls before it asks anybody', async () => {
    const nowhere = ['--kubeconfig', join(folder, 'nowhere')];
    const wrong = async (...args: readonly string[]): Promise<readonly [number, string]> => {
      const { status, err } = await sluiceProcess(['quarantine', ...args, ...nowhere]);
      return [status, err.split('\n', 1)[0] ?? ''];
    };
    const refused = (text: string) => [1, expect.stringContaining(`sluice: ${text}`)];
    expect(await wrong()).toEqual(refused('POD: no pod is named'));
    expect(await wrong('a', '--event', 'E1')).toEqual(refused('--event: the event names the pod'));
    expect(await wrong('--list', 'a')).toEqual(refused('--list: it takes neither'));
    expect(await wrong('a', '--undo', '--for', '1h')).toEqual(refused('--for: what is undone has no time'));
    expect(await wrong('a', '--reason', 'x'.repeat(513))).toEqual(refused('--reason: longer than 512'));
    expect(await wrong('a', '--for', '59s')).toEqual(refused('--for: 59s is no time from 60s to 365d'));
    expect((await wrong('a', '--nonsense'))[0]).toBe(2);
    expect((await wrong('a'))[1]).toContain('nowhere');
  });

  it('says what is no pod, and takes a UID wherever the pod is', async () => {
    const { status, err } = await jane('../x', '-n', namespace);
    expect([status, err]).toEqual([1, expect.stringContaining('"../x" names no pod')]);
    expect((await jane('other/web-1', '-n', namespace)).err).toContain(`-n says ${namespace}`);
    const { uid } = (await server.get(`/api/v1/namespaces/${namespace}/pods/web-1`)).metadata;
    const { out } = await as('admin', uid, '--json');
    expect(JSON.parse(out).pods).toMatchObject([{ pod: `${namespace}/web-1`, outcome: 'quarantined' }]);
  });

  it('takes the pod that sent the request of an event, by its UID', async () => {
    const uid = (await server.get(`/api/v1/namespaces/${namespace}/pods/web-1`)).metadata.uid;
    const source = { namespace, pod: 'web-1', uid };
    await add(store, [
      { id: 'by-pod', waf: { source } },
      { id: 'by-former', waf: { source: { ...source, uid: crypto.randomUUID() } } },
      { id: 'by-nobody', waf: {} },
      { id: 'forged', requestId: 'chosen-by-a-client', waf: { source } },
    ]);
    const by = (id: string): Promise<Ended> =>
      jane('--event', id, '--store', `sqlite:${storePath}`, '--json');
    expect((await by('chosen-by-a-client')).err).toContain('no event "chosen-by-a-client" is kept');
    expect((await by('by-nobody')).err).toContain('the event by-nobody names no pod as its source');
    expect(JSON.parse((await by('by-former')).out).pods[0].error.code).toBe('QUARANTINE_POD_REPLACED');
    expect(await isHeld('web-1')).toBe(false);
    const { status, out } = await by('by-pod');
    expect([status, JSON.parse(out).pods[0]]).toMatchObject([0, { uid, record: { event: 'by-pod' } }]);
    expect(await isHeld('web-1')).toBe(true);
  });

  it('lists what alerts propose', async () => {
    const pod = { namespace, name: 'web-1', uid: crypto.randomUUID(), owner: 'Deployment/web' };
    const asked = { reason: '20 attacks', actor: 'alert scanner', event: 'E1', because: 'it is Propose' };
    const place = { systemNamespace: SYSTEM, now: Date.now() };
    await propose(apiOf(server.kubeconfig()), pod as Parameters<typeof propose>[1], asked, place);
    const { out, err } = await jane('--list', '-n', namespace);
    expect(err).toBe('');
    expect(out).toMatch(
      /\nproposed:\n.*\n.*web-1 +Deployment\/web .* alert scanner +E1 +20 attacks; it is Propose\n$/,
    );
    const { proposals } = JSON.parse((await jane('--list', '-n', namespace, '--json')).out);
    expect(proposals).toMatchObject([{ pod: 'web-1', count: 1, event: 'E1' }]);
  });

  it('with the guard, nobody changes the marks who has not the verb, and whoever has it goes on', async () => {
    await server.apply([
      {
        ...{ apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata: { name: 'edits', namespace } },
        roleRef: { apiGroup: RBAC, kind: 'Role', name: 'edits' },
        subjects: [{ apiGroup: RBAC, kind: 'User', name: 'owner' }],
      },
      {
        ...{ apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name: 'edits', namespace } },
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'patch', 'update'] }],
      },
    ]);
    const path = `/api/v1/namespaces/${namespace}/pods/web-1`;
    const patch = (metadata: object): Promise<string> =>
      server.request('PATCH', path, { metadata }, { token: tokenOf('owner') }).then(
        () => 'done',
        (error: Error) => error.message,
      );
    // Without it, whoever may change pods may: docs/quarantine.md says so.
    expect(await patch({ labels: { [LABEL]: 'true' } })).toBe('done');
    expect(await patch({ labels: { [LABEL]: null } })).toBe('done');
    await server.apply(readFileSync(join(EXAMPLES, 'guard.yaml'), 'utf8'));
    const refusal = 'owner may not change the marks of a quarantine';
    // It comes into force a moment later; until then each one changes something.
    let turn = 0;
    await expect.poll(() => patch({ labels: { [LABEL]: `turn-${turn++}` } })).toContain(refusal);
    expect((await jane('web-1', '-n', namespace)).status).toBe(0);
    expect(await patch({ labels: { [LABEL]: null } })).toContain(refusal);
    expect(await patch({ annotations: { [`${LABEL}-until`]: '2020-01-01T00:00:00Z' } })).toContain(refusal);
    expect(await patch({ labels: { tier: 'front' }, annotations: { note: 'mine' } })).toBe('done');
    expect((await jane('web-1', '-n', namespace, '--undo')).status).toBe(0);
    expect(await isHeld('web-1')).toBe(false);
  });
});
