/** How the token for a first user comes to who may have it, and SIGHUP: `sluice hub` as a process, whose output is no terminal. */
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Bootstrap } from '../../packages/console/src/identity/bootstrap.ts';
import { CONSOLE_LIMITS } from '../../packages/console/src/limits.ts';
import { type Certificates, makeCertificates } from '../hub/certificates.ts';
import { type HubProcess, startHubProcess } from '../hub/child.ts';
import { PASSWORD, Visitor } from './stand.ts';

let certificates: Certificates;
let directory: string;
let hub: HubProcess | null = null;

beforeAll(() => {
  certificates = makeCertificates();
});
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-first-'));
});
afterEach(async () => {
  await hub?.stop();
  hub = null;
  rmSync(directory, { recursive: true });
});
afterAll(() => rmSync(certificates.directory, { recursive: true }));

async function start(console: object): Promise<HubProcess> {
  hub = await startHubProcess(directory, {
    ...{ queries: { listen: '127.0.0.1:0' }, admin: false },
    console: { listen: '127.0.0.1:0', ...console },
    store: { type: 'sqlite', path: 'events.db' },
  });
  return hub;
}

const tokenFile = (): string => join(directory, 'hub-state', 'console-welcome');
const tokenIn = (): string => readFileSync(tokenFile(), 'utf8').trim().split('#')[1] ?? '';
const urlOf = ({ log }: HubProcess): string => /"url":"(https?:[^"]+?)\/"/.exec(log())?.[1] ?? '';

const make = (url: string, token: string) =>
  new Visitor(url).ask('POST', '/api/bootstrap', { token, name: 'root', password: PASSWORD });

describe('the token for the first user', () => {
  it('is in a file of the hub alone, not in what it prints; SIGHUP makes another; used, it is gone', async () => {
    const running = await start({});
    const first = tokenIn();
    expect(statSync(tokenFile()).mode & 0o777).toBe(0o600);
    expect(first).toMatch(/^[\w-]{43}$/);
    expect(running.log()).toContain(tokenFile());
    expect(running.output() + running.log()).not.toContain(first);
    running.child.kill('SIGHUP');
    await expect.poll(tokenIn).not.toBe(first);
    const next = tokenIn();
    const url = urlOf(running);
    expect((await make(url, first)).status).toBe(401);
    expect((await make(url, next)).status).toBe(200);
    await expect.poll(() => existsSync(tokenFile()), { timeout: 20_000 }).toBe(false);
  });

  it('is not issued where there is another way in, unless it is asked for', async () => {
    const oidc = {
      ...{ issuer: 'http://localhost:1', clientId: 'sluice', address: 'http://localhost:7470' },
      groups: [{ group: 'all', role: 'viewer' }],
    };
    const running = await start({ oidc });
    const session = await new Visitor(urlOf(running)).ask('GET', '/api/session');
    expect([running.output(), existsSync(tokenFile()), session.body.bootstrap]).toEqual(['', false, false]);
    running.child.kill('SIGHUP');
    await expect.poll(running.log).toContain('alerts were read again');
    expect(existsSync(tokenFile())).toBe(false);
    await running.stop();
    const asked = await start({ oidc, firstUser: true });
    expect((await make(urlOf(asked), tokenIn())).status).toBe(200);
  });

  it('holds for an hour', () => {
    let now = 0;
    const bootstrap = new Bootstrap(() => now);
    const token = bootstrap.issue();
    now = CONSOLE_LIMITS.bootstrapMillis;
    expect([bootstrap.isOpen, bootstrap.use(token)]).toEqual([false, false]);
    const next = bootstrap.issue();
    now += CONSOLE_LIMITS.bootstrapMillis - 1;
    expect([bootstrap.use(token), bootstrap.use(next), bootstrap.use(next)]).toEqual([false, true, false]);
  });
});

it('SIGHUP with a certificate of the console that cannot be used ends nothing', async () => {
  const [cert, key] = [join(directory, 'tls.crt'), join(directory, 'tls.key')];
  copyFileSync(certificates.hub.cert, cert);
  copyFileSync(certificates.hub.key, key);
  const running = await start({ tls: { cert, key } });
  writeFileSync(cert, 'not a certificate\n');
  running.child.kill('SIGHUP');
  await expect.poll(running.log).toContain('cannot be used');
  expect(await running.stop()).toBe(0);
});
