/** The stages of a move, taken over by a running server and seen through Envoy, whose configuration stays as it is for Detect. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Json } from '@sluice/envoy-config';
import { SqliteStore } from '@sluice/hub';
import type { StagedMode } from '@sluice/hub/promote';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EnvoyProcess, startEnvoy } from '../../packages/cli/src/envoy/process.ts';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { runEnvoyConfig } from '../../packages/cli/src/envoy-config/command.ts';
import type { StoreAddress } from '../../packages/cli/src/events/address.ts';
import { openStore } from '../../packages/cli/src/events/open-store.ts';
import { editConfig, withExclusions, withMode } from '../../packages/cli/src/promote/edit.ts';
import { runExclusions } from '../../packages/cli/src/promote/exclusions.ts';
import { freePort } from '../../packages/cli/test/serve/free-port.ts';
import { call } from '../envoy-client.ts';
import { SluiceProcess } from '../envoy-stack.ts';
import { type StreamWorkload, startStreamWorkload } from '../ext-proc-workload.ts';

/** Tests share their machine: no verdict may be late. */
const DEADLINE_MILLIS = 20_000;
const ATTACK = `q=${encodeURIComponent("' UNION SELECT username,password FROM users--")}`;

describe.each(['ext_authz', 'ext_proc'] as const)('a policy in Detect behind Envoy by %s', (dataPath) => {
  const directory = new TemporaryDirectory('sluice-stages-');
  const config = directory.join('sluice.yaml');
  let workload: StreamWorkload;
  let sluice: SluiceProcess;
  let envoy: EnvoyProcess;

  beforeAll(async () => {
    const socket = directory.join('sluice.sock');
    const limits = { verdictMillisMax: DEADLINE_MILLIS, callMillisMax: DEADLINE_MILLIS };
    const admin = `127.0.0.1:${await freePort()}`;
    const settings = { listen: [`unix:${socket}`], admin, limits, policies: { shop: { mode: 'Detect' } } };
    writeFileSync(config, JSON.stringify(settings));
    sluice = new SluiceProcess(config, socket, true);
    workload = await startStreamWorkload();
    await sluice.ready();
    let text = '';
    runEnvoyConfig(
      {
        ...{ for: 'proxy', config, policy: 'shop', dataPath, listen: '127.0.0.1:0', admin: '127.0.0.1:0' },
        ...{ upstream: `${workload.host}:${workload.port}`, context: 'GATEWAY', maxRequestBytes: '262144' },
        ...{ verdictMillis: String(DEADLINE_MILLIS), json: true },
      },
      { stdout: { write: (piece) => (text += piece) } },
    );
    const bootstrap: Json = JSON.parse(text);
    envoy = await startEnvoy({ bootstrap });
  });

  afterAll(async () => {
    await envoy?.stop();
    await sluice?.kill('SIGKILL');
    await workload?.close();
    directory.remove();
  });

  const change = (mode: StagedMode): Promise<boolean> =>
    editConfig(config, withMode('shop', mode), { awaitServer: true });

  const statusOf = async (path: string, headers = {}): Promise<number> =>
    (await call(envoy.listener('workload').port, { path, headers })).status;

  const statuses = async (): Promise<readonly number[]> => [
    await statusOf(`/api/items?${ATTACK}`),
    await statusOf(`/search?${ATTACK}`),
    await statusOf('/api/items?q=lamp'),
  ];

  it('passes everything', async () => {
    expect(await statuses()).toEqual([200, 200, 200]);
  });

  it('blocks at a route, and at what may be read as it', async () => {
    await change({ mode: 'Detect', staged: { paths: ['/api/*'], percent: 0 } });
    expect(await statuses()).toEqual([403, 200, 200]);
    expect(await statusOf(`/x/../api/items?${ATTACK}`)).toBe(403);
  });

  it('blocks for the clients of a share', async () => {
    await change({ mode: 'Detect', staged: { paths: [], percent: 100 } });
    expect(await statuses()).toEqual([403, 403, 200]);
  });

  it('blocks for all, and lets what is excluded pass', async () => {
    await change({ mode: 'Block', staged: null });
    expect(await statuses()).toEqual([403, 403, 200]);
    const rules = [942_100, 942_190, 942_270, 942_360];
    const exclusion = { rules, targets: ['ARGS:q'], paths: ['/search'], reason: 'a test', owner: 'test' };
    const edit = withExclusions('shop', [{ ...exclusion, expires: '2099-12-31' }]);
    await editConfig(config, edit, { awaitServer: true });
    expect(await statuses()).toEqual([403, 200, 200]);
  });

  it('tells how often an exclusion is still needed', async () => {
    const store = directory.join('events.db');
    await (await SqliteStore.open({ path: store })).close();
    const told = async () => {
      let out = '';
      const flags = {
        config,
        policy: 'shop',
        since: '1d',
        wait: true,
        store: `sqlite:${store}`,
        json: true as const,
      };
      const stdout = { write: (text: string) => (out += text) };
      const open = (address: StoreAddress) => openStore(address, {});
      const environment = { stdout, stderr: process.stderr, variables: {}, now: Date.now, open };
      expect(await runExclusions('shop', flags, environment)).toBe(0);
      return JSON.parse(out);
    };
    // What is copied before the thread is there is not counted.
    await vi.waitFor(
      async () => {
        expect(await statusOf(`/search?${ATTACK}`)).toBe(200);
        expect((await told()).exclusions[0]).toMatchObject({
          ...{ id: expect.stringMatching(/^[0-9a-f]{12}$/), hits: 0, exclusion: { owner: 'test' } },
          inForce: { hits: expect.toSatisfy((hits: number) => hits > 0), last: expect.any(String) },
        });
      },
      { timeout: 30_000, interval: 200 },
    );
    const before = await told();
    expect(await statusOf('/search?q=lamp')).toBe(200);
    await vi.waitFor(async () => expect((await told()).looks.looked).toBe(before.looks.looked + 1), 30_000);
    expect((await told()).exclusions[0].inForce.hits).toBe(before.exclusions[0].inForce.hits);
  }, 60_000);

  it('is in Detect again after a fall back', async () => {
    await change({ mode: 'Detect', staged: null });
    expect(await statuses()).toEqual([200, 200, 200]);
  });

  it('leaves the file as it was where the server refuses it', async () => {
    const before = readFileSync(config, 'utf8');
    const edit = editConfig(
      config,
      (document) => document.setIn(['policies', 'shop', 'ruleFiles', 'after'], ['nowhere.conf']),
      { awaitServer: true },
    );
    await expect(edit).rejects.toMatchObject({ code: 'PROMOTE_NOT_IN_FORCE' });
    expect(readFileSync(config, 'utf8')).toBe(before);
    expect(await statuses()).toEqual([200, 200, 200]);
  });
});
