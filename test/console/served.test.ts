/** How the console is reached behind what stands before it: the first user's address, proxies, certificates, the time of sessions. */
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { Sessions } from '../../packages/console/src/identity/sessions.ts';
import { makeCertificates } from '../hub/certificates.ts';
import {
  admin,
  type ConsoleStand,
  PASSWORD,
  type StandOptions,
  startConsoleStand,
  Visitor,
} from './stand.ts';

async function withStand(
  options: StandOptions,
  body: (stand: ConsoleStand) => Promise<void> | void,
): Promise<void> {
  const stand = await startConsoleStand(options);
  try {
    await body(stand);
  } finally {
    await stand.close();
  }
}

describe('the address for the first user', () => {
  it('is in a file of the owner, as browsers have it, until there is one', () =>
    withStand({ console: { welcome: 'welcome', address: 'https://waf.example.org' } }, async (stand) => {
      const path = join(stand.directory, 'welcome');
      expect(readFileSync(path, 'utf8')).toBe(`https://waf.example.org/#${stand.token}\n`);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      expect(stand.log()).not.toContain(stand.token);
      await admin(stand);
      expect(existsSync(path)).toBe(false);
    }));

  it('goes with the console', async () => {
    let path = '';
    await withStand({ console: { welcome: 'welcome' } }, (stand) => {
      path = join(stand.directory, 'welcome');
      expect(readFileSync(path, 'utf8')).toBe(`${stand.url}/#${stand.token}\n`);
      writeFileSync(`${path}.next`, 'of a process that was ended');
      return stand.console.close(0).then(() => expect(existsSync(path)).toBe(false));
    });
  });

  it('is needed: a folder that is not there is told', async () => {
    await expect(startConsoleStand({ console: { welcome: 'not/there' } })).rejects.toMatchObject({
      code: 'CONSOLE_WELCOME',
    });
  });
});

describe('behind a proxy', () => {
  const guess = async (url: string, from: string): Promise<unknown> => {
    const visitor = new Visitor(url);
    const body = { name: `nobody of ${from}`, password: 'a guess of many' };
    return visitor.codeOf(await visitor.ask('POST', '/api/session', body, { 'x-forwarded-for': from }));
  };
  /** Five that fail, and another's first. */
  const guesses = async ({ url }: ConsoleStand): Promise<unknown> => {
    for (let count = 0; count < 6; count += 1) await guess(url, '203.0.113.1');
    return guess(url, '203.0.113.2');
  };

  it('that is trusted, who guesses passwords keeps nobody else out', () =>
    withStand({ console: { trustedProxies: ['127.0.0.0/8'] } }, async (stand) => {
      expect(await guesses(stand)).toBe('CONSOLE_CREDENTIALS');
    }));

  it('that is not, nobody chooses an address', () =>
    withStand({ console: { trustedProxies: ['10.0.0.0/8'] } }, async (stand) => {
      expect(await guesses(stand)).toBe('CONSOLE_ATTEMPTS');
    }));
});

it('who guesses at the door keeps nobody from changing their own password', () =>
  withStand({}, async (stand) => {
    const root = await admin(stand);
    const guess = () => new Visitor(stand.url).signIn('root', 'a guess of many');
    const answers: unknown[] = [];
    for (let count = 0; count < 6; count += 1) answers.push((await guess()).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 429]);
    const change = (current: string) =>
      root.ask('PUT', '/api/password', { current, next: 'another horse battery' });
    expect((await change(PASSWORD)).status).toBe(200);
    // Who has somebody's session guesses no better than at the door.
    const own: unknown[] = [];
    for (let count = 0; count < 6; count += 1) own.push((await change('a guess of many')).status);
    expect(own).toEqual([401, 401, 401, 401, 401, 429]);
  }));

describe('a certificate', () => {
  const nameAt = (url: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const { hostname, port } = new URL(url);
      const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.once('error', reject);
    });

  it('that is renewed is taken without a restart, and one that is broken is not', async () => {
    const certificates = makeCertificates();
    const { cert, key } = certificates.hub;
    const { directory } = certificates;
    const ours = { cert: join(directory, 'console.crt'), key: join(directory, 'console.key') };
    copyFileSync(cert, ours.cert);
    copyFileSync(key, ours.key);
    await withStand({ console: { tls: ours } }, async (stand) => {
      const before = await nameAt(stand.url);
      const other = certificates.make('other', 1);
      copyFileSync(other.key, ours.key);
      copyFileSync(other.cert, ours.cert);
      await expect.poll(() => nameAt(stand.url), { timeout: 60_000, interval: 200 }).toBe('other');
      expect(before).not.toBe('other');
      writeFileSync(ours.cert, 'not a certificate');
      stand.console.refreshTls();
      expect(await nameAt(stand.url)).toBe('other');
      expect(stand.log()).toContain('cannot be used');
    });
  });
});

describe('a session', () => {
  it('ends as console.sessions says: without use, and in any case', () => {
    let now = 0;
    const minute = 60_000;
    const sessions = new Sessions({ idleMinutes: 5, hours: 1 }, () => now);
    const goesOn = (): boolean => sessions.use(id) !== null;
    const { id } = sessions.begin('jane');
    for (now = 0; now <= 60 * minute; now += 5 * minute) expect(goesOn()).toBe(true);
    expect(goesOn()).toBe(false);
    now = 0;
    const idle = sessions.begin('jane');
    now = 5 * minute + 1;
    expect(sessions.use(idle.id)).toBeNull();
  });

  it('has the times of hub.yaml', () =>
    withStand({ console: { sessions: { idleMinutes: 1 } } }, async (stand) => {
      const root = await admin(stand);
      expect((await root.ask('GET', '/api/users')).status).toBe(200);
      const real = performance.now.bind(performance);
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => real() + 61_000);
      try {
        expect((await root.ask('GET', '/api/users')).status).toBe(401);
      } finally {
        clock.mockRestore();
      }
    }));
});
