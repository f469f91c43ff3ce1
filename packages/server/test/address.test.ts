import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { formatAddress, isLocal, parseAddress } from '../src/address.ts';
import { Sockets } from '../src/transport/sockets.ts';

describe('parseAddress', () => {
  it.each(['unix:/run/sluice/s.sock', 'tcp:127.0.0.1:9191', 'tcp:[::1]:0', 'tcp:host.example:65535'])(
    'reads %s and writes it back',
    (text) => {
      expect(formatAddress(parseAddress(text))).toBe(text);
    },
  );

  it.each([
    '',
    '/run/s.sock',
    'unix:',
    'unix:relative.sock',
    `unix:/${'a'.repeat(107)}`,
    'unix:/a\0b',
    'tcp:',
    'tcp:host',
    'tcp::80',
    'tcp:host:65536',
    'tcp:host:-1',
    'tcp:host:1x',
    'tcp:::1:80',
    'http:host:80',
  ])('refuses %j', (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'ADDRESS_INVALID' }));
  });

  it('knows what only this machine reaches', () => {
    expect(
      ['unix:/s', 'tcp:127.0.0.1:1', 'tcp:[::1]:1', 'tcp:localhost:1'].map(parseAddress).every(isLocal),
    ).toBe(true);
    expect(['tcp:0.0.0.0:1', 'tcp:10.0.0.1:1', 'tcp:[::]:1'].map(parseAddress).some(isLocal)).toBe(false);
  });
});

describe('a Unix socket', () => {
  let folder: string;
  let path: string;
  const open: Sockets[] = [];
  const sockets = (): Sockets => {
    const made = new Sockets(10, (socket) => socket.destroy());
    open.push(made);
    return made;
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    path = join(folder, 's.sock');
  });

  afterEach(() => {
    for (const made of open.splice(0)) made.stopAccepting();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes the place of one that a killed process left', async () => {
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    expect(existsSync(path)).toBe(true);
    await expect(sockets().listen({ kind: 'unix', path })).resolves.toEqual({ kind: 'unix', path });
  });

  it('leaves one alone that answers', async () => {
    await sockets().listen({ kind: 'unix', path });
    await expect(sockets().listen({ kind: 'unix', path })).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    expect(existsSync(path)).toBe(true);
  });

  it('never removes a file of another kind', async () => {
    writeFileSync(path, 'precious');
    await expect(sockets().listen({ kind: 'unix', path })).rejects.toMatchObject({ code: 'LISTEN_FAILED' });
    expect(existsSync(path)).toBe(true);
  });

  it('says why it cannot listen', async () => {
    const missing = join(folder, 'no', 's.sock');
    await expect(sockets().listen({ kind: 'unix', path: missing })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
    });
    chmodSync(folder, 0o700);
  });

  it('is removed when accepting stops', async () => {
    const made = sockets();
    await made.listen({ kind: 'unix', path });
    made.stopAccepting();
    await made.idle(1_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(existsSync(path)).toBe(false);
  });

  it('refuses a TCP port that is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const bound = other.address();
    const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
    const address = { kind: 'tcp', host: '127.0.0.1', port } as const;
    await expect(sockets().listen(address)).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    other.close();
  });
});
