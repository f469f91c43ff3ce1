import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askAdmin, proxyBootstrap } from '@sluice/envoy-config';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EnvoyProcess, startEnvoy } from '../src/envoy/process.ts';

const temporary = mkdtempSync(join(tmpdir(), 'sluice-test-'));
beforeAll(() => {
  process.env.TMPDIR = temporary;
});
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

const started: EnvoyProcess[] = [];
afterEach(async () => {
  for (const envoy of started.splice(0)) await envoy.stop();
});

const bootstrapFor = (port: number) =>
  proxyBootstrap({
    listeners: [
      {
        name: 'shop',
        host: '127.0.0.1',
        port,
        upstream: { host: '127.0.0.1', port: 9 },
        policy: { name: 'default', mode: 'Block', unavailable: 'Closed' },
      },
    ],
    sluiceSockets: ['/nonexistent/sluice.sock'],
  });

async function start(): Promise<EnvoyProcess> {
  const envoy = await startEnvoy({ bootstrap: bootstrapFor(0), concurrency: 1 });
  started.push(envoy);
  return envoy;
}

/** What is in the folder for temporary things, which these tests have for themselves. */
const folders = (): readonly string[] => readdirSync(temporary);

const isAlive = (pid: number): boolean =>
  existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

describe('an Envoy', () => {
  it('is ready when it is given, on a port that it found', async () => {
    const envoy = await start();
    expect(envoy.listener('shop').port).toBeGreaterThan(0);
    expect((await askAdmin(envoy.adminAddress, '/ready')).status).toBe(200);
    expect(() => envoy.listener('other')).toThrow(
      expect.objectContaining({ code: 'ENVOY_LISTENER_UNKNOWN' }),
    );
  });

  it('leaves nothing when it is stopped, and can be stopped again', async () => {
    const envoy = await start();
    const { pid } = envoy;
    expect(isAlive(pid)).toBe(true);
    await envoy.stop();
    expect(isAlive(pid)).toBe(false);
    await envoy.stop();
    expect(folders()).toEqual([]);
  });

  it('says how it ended when somebody kills it', async () => {
    const envoy = await start();
    process.kill(envoy.pid, 'SIGKILL');
    expect(await envoy.exited).toBe('signal SIGKILL');
  });

  it('lives beside others', async () => {
    const [one, other] = await Promise.all([start(), start()]);
    expect(one.listener('shop').port).not.toBe(other.listener('shop').port);
  });

  it('ends with the process that started it, even when that is killed', async () => {
    const program = `
      import { startEnvoy } from ${JSON.stringify(new URL('../src/envoy/process.ts', import.meta.url).href)};
      const envoy = await startEnvoy({ bootstrap: ${JSON.stringify(bootstrapFor(0))} });
      console.log(envoy.pid);
      setInterval(() => {}, 1_000);
    `;
    const owner = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line]: Buffer[] = await once(owner.stdout, 'data');
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    owner.kill('SIGKILL');
    while (isAlive(pid)) await sleep(20);
    // Nobody was left to remove its folder.
    for (const name of folders()) rmSync(join(temporary, name), { recursive: true });
  });
});

describe('an Envoy that does not come up', () => {
  it('is told with its own words, and leaves nothing', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const address = taken.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(startEnvoy({ bootstrap: bootstrapFor(port) })).rejects.toMatchObject({
      code: 'ENVOY_EXITED',
      message: expect.stringContaining('Address already in use'),
    });
    expect(folders()).toEqual([]);
    taken.close();
  });

  it('is told where its configuration is none', async () => {
    await expect(startEnvoy({ bootstrap: { no_such_field: 1 } })).rejects.toMatchObject({
      code: 'ENVOY_EXITED',
      message: expect.stringContaining('no_such_field'),
    });
  });

  it('is told where its binary is missing', async () => {
    await expect(
      startEnvoy({ bootstrap: bootstrapFor(0), binary: '/nonexistent/envoy' }),
    ).rejects.toMatchObject({
      name: 'EnvoyError',
      message: expect.stringContaining('/nonexistent/envoy'),
    });
  });

  it('is ended when its time is over', async () => {
    const bootstrap = bootstrapFor(0);
    await expect(startEnvoy({ bootstrap, startMillisMax: 1 })).rejects.toMatchObject({
      code: 'ENVOY_NOT_READY',
    });
    expect(folders()).toEqual([]);
  });
});
