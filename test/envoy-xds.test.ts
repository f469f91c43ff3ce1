/** A real Envoy that reads its listeners and clusters from files: what it takes up, what it refuses, and who is told. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type InterceptedPod,
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
    // Connections that are being drained still need it.
    const read = () => readFileSync(join(xds, 'cds.json'), 'utf8');
    expect(read()).toContain('pod/u1/IPv4/plain');
    const pruned = files.prune();
    await until((now) => isAccepted(now, pruned));
    expect(read()).not.toContain('pod/u1');
  });

  it('is told nothing where nothing has changed', async () => {
    const versions = files.write(table(POD));
    const before = await until((now) => isAccepted(now, versions));
    expect(files.write(table(POD))).toEqual(versions);
    await sleep(200);
    expect((await readXdsState(admin)).listeners.succeeded).toBe(before.listeners.succeeded);
  });

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
