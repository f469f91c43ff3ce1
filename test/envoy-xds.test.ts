/** A real Envoy that reads its listeners and clusters from files: what it takes up, what it refuses, and who is told. */
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type InterceptedPod,
  type InterceptedPort,
  isAccepted,
  nodeBootstrap,
  nodeConfig,
  readXdsState,
  rejectionBetween,
  XdsFiles,
  type XdsState,
} from '@sluice/envoy-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EnvoyProcess, startEnvoy } from '../packages/cli/src/envoy/process.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-xds-'));
const admin = join(directory, 'admin.sock');
const xds = join(directory, 'xds');
const files = new XdsFiles(xds);

/** The test's own network namespace: Envoy opens a path like any other. */
const POD: InterceptedPod = {
  namespace: 'shop',
  name: 'web-1',
  uid: 'u1',
  networkNamespacePath: '/proc/self/ns/net',
  ports: [{ number: 8_080, protocol: 'http' }],
  policy: 'shop',
  mode: 'Block',
  unavailable: 'Closed',
  ipFamilies: ['IPv4'],
};
const table = (...pods: readonly InterceptedPod[]) =>
  nodeConfig(
    {
      settings: { sluiceSockets: [join(directory, '0.sock')], redirectPort: 15_871, originalSourceMark: 7 },
      pods,
    },
    xds,
  );

const PORTS = 300;
/** Listeners, clusters, and a table of routes for each way to read requests. */
const WATCHERS_MAX = 6;
const OTHER: InterceptedPort = {
  number: 8_081,
  protocol: 'http',
  policy: { name: 'shop', mode: 'Block', unavailable: 'Closed', dataPath: 'ext_proc' },
};

/** Until Envoy has looked at the files; the test's own time bounds it. */
async function until(holds: (state: XdsState) => boolean): Promise<XdsState> {
  for (;;) {
    const state = await readXdsState(admin);
    if (holds(state)) return state;
    await sleep(20);
  }
}

// Envoy enters network namespaces, for which it needs CAP_SYS_ADMIN.
describe.skipIf(process.getuid?.() !== 0)('an Envoy with files', () => {
  let envoy: EnvoyProcess;
  beforeAll(async () => {
    files.write(table());
    envoy = await startEnvoy({
      bootstrap: nodeBootstrap({ node: 'test', xdsDirectory: xds, adminSocketPath: admin }),
    });
  });
  afterAll(async () => {
    await envoy?.stop();
    rmSync(directory, { recursive: true });
  });

  it('takes up a pod, and lets it go', async () => {
    const added = files.write(table(POD));
    const state = await until((now) => isAccepted(now, added));
    expect(state.rejections).toEqual([]);
    const removed = files.write(table());
    await until((now) => isAccepted(now, removed));
    // Connections that are being drained still need them.
    const read = (file: string) => readFileSync(join(xds, file), 'utf8');
    expect(read('cds.json')).toContain('pod/u1/IPv4/plain');
    const routes = readdirSync(join(xds, 'routes')).map((name) => join('routes', name));
    for (const file of routes) expect(read(file)).toContain('"domains"');
    // As they do where another process goes on.
    new XdsFiles(xds, true).write(table());
    for (const file of routes) expect(read(file)).toContain('"domains"');
    const pruned = files.prune();
    await until((now) => isAccepted(now, pruned));
    expect(read('cds.json')).not.toContain('pod/u1');
    for (const file of routes) expect(read(file)).not.toContain('"domains"');
  });

  it('is told nothing where nothing has changed', async () => {
    const versions = files.write(table(POD));
    const before = await until((now) => isAccepted(now, versions));
    expect(files.write(table(POD))).toEqual(versions);
    await sleep(200);
    expect((await readXdsState(admin)).listeners.succeeded).toBe(before.listeners.succeeded);
  });

  it('watches a few files however many ports there are, for the kernel gives all of a user 128 watchers', async () => {
    const ports = Array.from({ length: PORTS }, (_, at) => ({
      number: 20_000 + at,
      protocol: 'http' as const,
    }));
    for (const mode of ['Block', 'Detect'] as const) {
      const versions = files.write(table({ ...POD, mode, ports }));
      const state = await until((now) => isAccepted(now, versions) && now.listeners.rejected === 0);
      expect(state.rejections).toEqual([]);
    }
    const opened = readdirSync(`/proc/${envoy.pid}/fd`).map((fd) =>
      readlinkSync(`/proc/${envoy.pid}/fd/${fd}`),
    );
    const watchers = opened.filter((to) => to === 'anon_inode:inotify').length;
    expect(watchers).toBeGreaterThan(2);
    expect(watchers).toBeLessThanOrEqual(WATCHERS_MAX);
  });

  it.each(['a b', 'Ä"\\\n', '100%', '*', '%REQ(x)%', 'a'.repeat(253), '\u0000'])(
    'takes a policy called %j, and none of its neighbours suffers',
    async (policy) => {
      const versions = files.write(table({ ...POD, policy, ports: [...POD.ports, OTHER] }));
      const state = await until((now) => isAccepted(now, versions));
      expect(state.rejections).toEqual([]);
    },
  );

  it('says which listener it refused and why, and goes on with the others', async () => {
    const before = await until((now) => isAccepted(now, files.write(table(POD))));
    const gone = { ...POD, uid: 'u2', networkNamespacePath: '/var/run/netns/no-such-namespace' };
    const versions = files.write(table({ ...POD, name: 'web-2' }, gone));
    const after = await until((now) => now.listeners.rejected > before.listeners.rejected);
    expect(isAccepted(after, versions)).toBe(false);
    expect(after.rejections).toMatchObject([
      { resource: 'pod/u2/IPv4', details: expect.stringContaining('no-such-namespace') },
    ]);
    expect(rejectionBetween(before, after)).toMatchObject({
      code: 'ENVOY_XDS_REJECTED',
      message: expect.stringContaining('pod/u2/IPv4'),
    });
    expect(rejectionBetween(after, after)).toBeNull();
  });
});
