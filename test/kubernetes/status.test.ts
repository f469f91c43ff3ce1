/** `sluice status` and `sluice explain` as a user runs them, on a real API server under a real controller. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Explanation, Look, ServiceState } from '@sluice/controller/view';
import { SqliteStore } from '@sluice/hub';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { add, NOW } from '../events-cli/support.ts';
import { tokenOf } from './api-files.ts';
import type { Manifest } from './api-requests.ts';
import { ApiServer } from './api-server.ts';
import { type Ended, MAIN, sluiceProcess } from './sluice-process.ts';
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

const YES = { 'sluice.dev/inspect': 'true' };
const POLL = { timeout: 60_000, interval: 50 };
const RBAC = 'rbac.authorization.k8s.io';
const ROLES = resolve(import.meta.dirname, '../../deploy/examples/view/roles.yaml');

const bindingOf = (role: string, user: string, namespace?: string): Manifest => ({
  apiVersion: `${RBAC}/v1`,
  kind: namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: { name: `${role}-${user}`, ...(namespace !== undefined && { namespace }) },
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: RBAC, kind: 'User', name: user }],
});

suiteWithApiServer('sluice status and explain', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-status-'));
  let server: ApiServer;
  let controller: RunningController;
  let namespace: string;
  let uids: Readonly<Record<string, string>>;

  const policy = (more: object): Manifest =>
    ours('WAFPolicy', 'web', { targetRefs: [{ kind: 'Service', name: 'web' }], ...more }, namespace);

  beforeAll(async () => {
    server = await ApiServer.start({ users: ['lead', 'dev', 'nobody'].map((name) => ({ name })) });
    await server.applyDefinitions();
    await server.request('POST', '/api/v1/namespaces', { metadata: { name: SYSTEM } });
    namespace = await server.namespace();
    const pods = { 'web-1': 'node-a', 'web-2': 'node-b' };
    uids = await makeService(server, namespace, 'web', { annotations: YES, pods });
    await makeService(server, namespace, 'out', { annotations: { 'sluice.dev/inspect': 'false' } });
    await makeService(server, namespace, 'quiet');
    await makeService(server, namespace, 'empty', { annotations: YES });
    await makeService(server, namespace, 'raw', {
      annotations: YES,
      pods: { 'raw-1': 'node-a' },
      port: 'tcp-raw',
    });
    const deny = (...ranges: readonly string[]) => ({ addresses: { deny: ranges } });
    await server.apply([
      ours('Sluice', 'sluice', { defaults: { unavailable: 'Open', ...deny('203.0.113.0/24') } }),
      ours('ClusterWAFPolicy', 'company', {
        defaults: { mode: 'Block', paranoia: 2, ...deny('198.51.100.0/24') },
        allow: { paranoia: 1 },
      }),
      policy({ thresholds: { inbound: 4 } }),
      ours('WAFPolicy', 'lost', { targetRefs: [{ kind: 'Service', name: 'gone' }] }, namespace),
    ]);
    await server.apply(readFileSync(ROLES, 'utf8'));
    await server.apply([
      ...[bindingOf('sluice-view', 'lead', namespace), bindingOf('sluice-view-cluster', 'lead')],
      bindingOf('sluice-view', 'dev', namespace),
    ]);
    controller = startController(server);
    await vi.waitFor(() => server.get(`${OURS}/sluicenodes/node-b`), POLL);
    await controller.settled();
    await nodesSay();
  });
  afterAll(async () => {
    await controller?.stop();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** All is enforced but for a pod whose Envoy is down. */
  async function nodesSay(): Promise<void> {
    const down = { intercepted: false, enforced: null, reason: 'EnvoyDown', message: 'Envoy is down.' };
    await nodeSays(server, 'node-a');
    await nodeSays(server, 'node-b', { [uids['web-2'] ?? '']: down });
  }

  const as = (user: string, ...args: readonly string[]): Promise<Ended> =>
    sluiceProcess([...args, '--kubeconfig', server.kubeconfig(tokenOf(user))]);
  const statusOf = async (user: string, ...args: readonly string[]): Promise<Look> =>
    JSON.parse((await as(user, 'status', '--json', ...args)).out);
  const explain = async (user: string, name: string, ...args: readonly string[]): Promise<Explanation> =>
    JSON.parse((await as(user, 'explain', name, '-n', namespace, '--json', ...args)).out);
  const service = ({ services }: Look, name: string): ServiceState | undefined =>
    services.find((each) => each.service === `${namespace}/${name}`);
  const stepsOf = ({ steps }: Explanation) => Object.fromEntries(steps.map((each) => [each.step, each]));

  it('tells what is selected, by which policy and mode, on how many nodes in force, and why not', async () => {
    const { out, err, status } = await as('lead', 'status', '-n', namespace);
    expect([status, err]).toEqual([0, '']);
    const rows = out.split('\n').map((line) => line.split(/ {2,}/));
    expect(out).toMatch(/^3 Services selected, 1 enforced; 2 of 2 nodes heard\n/);
    expect(rows).toContainEqual([
      ...[namespace, 'web', 'Block', `${namespace}/web`, 'partly', '1/2', '1/2'],
      'web-2 on node-b: EnvoyDown, Envoy is down.',
    ]);
    expect(rows).toContainEqual([
      ...[namespace, 'empty', 'Block', 'cluster.company', 'no pods', '0/0', '0/0'],
      'No pod that runs stands behind it.',
    ]);
    const inspect = 'The annotation sluice.dev/inspect is false.';
    expect(rows).toContainEqual([namespace, 'out', '-', '-', 'not selected', '-', '-', inspect]);
    expect(out).not.toContain('quiet');
    expect(rows).toContainEqual([
      ...['WAFPolicy', `${namespace}/lost`, 'Accepted False', 'TargetNotFound'],
      `Service ${namespace}/gone is not there.`,
    ]);
  });

  it('explains each step, each setting with who says it, and what to do', async () => {
    const told = await explain('lead', 'web');
    expect(told.policy?.settings).toEqual([
      {
        ...{ path: 'addresses.deny', value: ['203.0.113.0/24', '198.51.100.0/24'] },
        from: ['Sluice sluice', 'ClusterWAFPolicy company'],
      },
      { path: 'mode', value: 'Block', from: ['ClusterWAFPolicy company'] },
      { path: 'paranoia', value: 2, from: ['ClusterWAFPolicy company'] },
      { path: 'thresholds.inbound', value: 4, from: [`WAFPolicy ${namespace}/web`] },
      { path: 'thresholds.outbound', value: 4, from: ['default'] },
      { path: 'unavailable', value: 'Open', from: ['Sluice sluice'] },
    ]);
    expect(told.steps.map(({ step, state }) => [step, state])).toEqual([
      ...[
        ['selected', 'yes'],
        ['policy', 'yes'],
        ['ports', 'yes'],
        ['nodes', 'yes'],
        ['enforced', 'partly'],
      ],
    ]);
    const { enforced } = stepsOf(told);
    expect(enforced?.says[1]).toBe(`${namespace}/web-2 on node-b: EnvoyDown. Envoy is down.`);
    expect(enforced?.remedies).toEqual([expect.stringContaining('look at the log of the node pod')]);
    const { out } = await as('lead', 'explain', `${namespace}/web`);
    expect(out).toContain('ok  selected  The annotation sluice.dev/inspect is true.\n');
    expect(out).toContain(`inherits from ClusterWAFPolicy company, Sluice sluice.\n`);
    expect(out).toMatch(/\n {14}thresholds\.inbound +4 +WAFPolicy \S+\/web\n/);
    expect(out).toContain('!!  enforced  ');
    const raw = stepsOf(await explain('lead', 'raw'));
    expect(raw.ports).toMatchObject({ state: 'no', says: [expect.stringContaining('its name is tcp-raw')] });
    const out2 = await explain('lead', 'out');
    expect(out2.steps).toMatchObject([{ step: 'selected', state: 'no', remedies: [expect.any(String)] }]);
    const quiet = stepsOf(await explain('lead', 'quiet'));
    expect(quiet.selected?.says[0]).toContain('Nothing selects it. Annotate it with sluice.dev/inspect=true');
    const unknown = await as('lead', 'explain', 'nobody', '-n', namespace);
    expect([unknown.status, unknown.out]).toEqual([1, '']);
    expect(unknown.err).toContain(`there is no Service ${namespace}/nobody`);
  });

  it('of a policy that is refused shows what is in force still, and why', async () => {
    await server.apply([policy({ thresholds: { inbound: 1_000 } })]);
    await expect.poll(async () => service(await statusOf('admin'), 'web')?.mode, POLL).toBe('Block');
    await expect
      .poll(async () => stepsOf(await explain('admin', 'web')).policy?.says[1] ?? '', POLL)
      .toMatch(/WeakerThanAllowed\. thresholds\.inbound: /);
    const told = await explain('admin', 'web');
    expect(stepsOf(told).policy).toMatchObject({
      state: 'partly',
      remedies: [expect.stringContaining('Make the policy stricter')],
    });
    expect(told.policy?.settings).toContainEqual({
      ...{ path: 'thresholds.inbound', value: 4, from: ['what was in force before'] },
    });
    const { objects } = await statusOf('admin');
    expect(objects.find(({ key }) => key === `${namespace}/web`)?.troubles).toMatchObject([
      { type: 'Accepted', status: 'False', reason: 'WeakerThanAllowed' },
      { type: 'Enforcing' },
    ]);
    await server.apply([policy({ thresholds: { inbound: 4 } })]);
    await expect.poll(async () => stepsOf(await explain('admin', 'web')).policy?.state, POLL).toBe('yes');
  });

  it('does not believe a node that has gone silent, one that is behind, or one that never spoke', async () => {
    const verdicts = async () => {
      const web = service(await statusOf('admin'), 'web');
      return [web?.verdict, ...(web?.pods ?? []).map(({ verdict, reason }) => `${verdict} ${reason}`)];
    };
    await nodeSays(server, 'node-b');
    expect(await verdicts()).toEqual(['Enforced', 'Enforced ', 'Enforced ']);
    await nodeSays(server, 'node-b', {}, { heartbeatAt: new Date(Date.now() - 600_000).toISOString() });
    expect(await verdicts()).toEqual(['PartlyEnforced', 'Enforced ', 'Unknown NodeSilent']);
    const { out } = await as('admin', 'status');
    expect(out).toMatch(/1 of 2 nodes heard/);
    expect(out).toMatch(/\nnode-b +10 m( \d+ s)? ago +0\/1 +no pod of Sluice reports from it\n/);
    const old = [{ name: `${namespace}/web`, digest: 'a'.repeat(64) }];
    await nodeSays(server, 'node-b', {}, { policies: old, problem: 'The rules do not load.' });
    expect(await verdicts()).toEqual(['PartlyEnforced', 'Enforced ', 'Behind NodesBehind']);
    await nodeSays(server, 'node-b', {}, { pods: [] });
    expect(await verdicts()).toEqual(['PartlyEnforced', 'Enforced ', 'NotIntercepted Pending']);
    await nodesSay();
  });

  it('shows a viewer of one namespace what may be shown, and names what is missing', async () => {
    const all = await as('dev', 'status');
    expect([all.status, all.out]).toEqual([1, '']);
    expect(all.err).toContain('Services of all namespaces (name one of yours with -n) may not be seen');
    const own = await as('dev', 'status', '-n', namespace);
    expect([own.status, own.err]).toEqual([0, '']);
    expect(own.out).toContain(
      'not shown to you: ClusterWAFPolicy, Namespace, Sluice, SluiceNode. The roles of docs/status.md show them.',
    );
    const look = await statusOf('dev', '-n', namespace);
    // What it inherits decides the mode: nothing is made up.
    expect(service(look, 'web')).toMatchObject({ selected: true, policy: `${namespace}/web`, mode: null });
    expect(service(look, 'web')?.pods.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ...[
        ['Unknown', 'Hidden'],
        ['Unknown', 'Hidden'],
      ],
    ]);
    // The condition that the controller has written is there all the same.
    const troubles = async () =>
      (await statusOf('dev', '-n', namespace)).objects.find(({ key }) => key === `${namespace}/web`)
        ?.troubles;
    await expect
      .poll(troubles, POLL)
      .toMatchObject([
        { type: 'Enforcing', message: expect.stringContaining('On 1 of 2 nodes it is enforced.') },
      ]);
    const told = await explain('dev', 'web');
    expect(told.policy).toBeNull();
    expect(stepsOf(told).policy?.says[0]).toContain('What it inherits may not be seen.');
    expect(stepsOf(told).nodes).toMatchObject({
      state: 'unknown',
      remedies: [expect.stringContaining('sluice-view-cluster')],
    });
    expect((await as('nobody', 'explain', 'web', '-n', namespace)).err).toContain('SERVICES_HIDDEN');
    expect((await as('wrong', 'status')).err).toContain('401');
  });

  it('with --hub shows what was and would have been blocked of late', async () => {
    const path = join(folder, 'events.db');
    const store = await SqliteStore.open({ path });
    const to = (name: string) => ({ destination: { namespace, service: name, services: [name] } });
    const ago = NOW - Date.now();
    await add(store, [
      { id: 'a', ago: ago + 60_000, outcome: 'would block', waf: to('web') },
      { id: 'b', ago: ago + 30_000, outcome: 'would block', waf: to('web') },
      { id: 'c', ago: ago + 30_000, outcome: 'blocked', waf: to('web') },
      { id: 'd', ago: ago + 30_000, outcome: 'would block', waf: to('raw') },
      { id: 'e', ago: ago + 200_000_000, outcome: 'would block', waf: to('web') },
    ]);
    await store.close();
    const { out } = await as('lead', 'explain', 'web', '-n', namespace, '--hub', `sqlite:${path}`);
    expect(out).toContain('Since now-1d: 1 blocked, 2 would have been.\n');
    expect(out).toContain('Rules of those: 942100 (2)\n');
    const { recent } = JSON.parse(
      (await as('lead', 'explain', 'web', '-n', namespace, '--hub', `sqlite:${path}`, '--json')).out,
    );
    expect(recent.events.map((each: { readonly event: { readonly id: string } }) => each.event.id)).toEqual([
      'b',
      'a',
    ]);
  });

  it('with --watch tells each change, and ends when it is told to', async () => {
    const child = spawn(
      process.execPath,
      [MAIN, 'status', '-n', namespace, '--watch', '--json', '--kubeconfig', server.kubeconfig()],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = new Promise((done) => child.once('exit', done));
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async (): Promise<Look> => JSON.parse((await lines.next()).value ?? 'null');
    expect(service(await next(), 'web')?.verdict).toBe('PartlyEnforced');
    await nodeSays(server, 'node-b');
    for (let look = await next(); service(look, 'web')?.verdict !== 'Enforced'; look = await next());
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    await nodesSay();
  });
});

suiteWithApiServer('sluice status where Sluice is not installed', () => {
  it('says so, and what installs it', async () => {
    const server = await ApiServer.start();
    const { out, status } = await sluiceProcess(['status', '--kubeconfig', server.kubeconfig()]);
    await server.stop();
    expect(status).toBe(0);
    expect(out).toContain('0 Services selected');
    expect(out).toMatch(/not installed: .*Sluice.*sluice crds apply\.\n/);
  });

  it('ends with a coded error where nobody answers', async () => {
    const server = await ApiServer.start();
    const kubeconfig = server.kubeconfig(undefined, 'https://127.0.0.1:9');
    const { err, status } = await sluiceProcess(['status', '--kubeconfig', kubeconfig]);
    await server.stop();
    expect([status, err]).toEqual([1, expect.stringContaining('[KUBERNETES_UNREACHABLE]')]);
  });
});
