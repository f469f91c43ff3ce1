/** A hub whose store is of an older layout: it lives while the store is brought to that of now, and is ready then. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartingAdmin } from '@sluice/hub';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort } from '../../packages/cli/test/serve/free-port.ts';
import { older } from '../../packages/hub/test/store/older.ts';
import { startHubProcess } from './child.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-hub-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const at = async (port: number, path: string): Promise<readonly [number, string]> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return [answer.status, await answer.text()];
};

it('answers probes while its store is opened: it lives, and is not ready', async () => {
  const starting = new StartingAdmin(pino({ level: 'silent' }));
  const port = await starting.listen({ host: '127.0.0.1', port: 0 });
  try {
    starting.say('3 of 12 steps');
    expect(await at(port, '/healthz')).toEqual([200, 'ok\n']);
    expect(await at(port, '/readyz')).toEqual([503, 'not ready\n3 of 12 steps\n']);
  } finally {
    await starting.close();
  }
  await expect(at(port, '/healthz')).rejects.toThrow('fetch failed');
});

it('says how far it is, and listens at the same address once it is done', async () => {
  await older(join(directory, 'events.db'));
  const port = await freePort();
  const hub = await startHubProcess(directory, {
    ...{ queries: { listen: '127.0.0.1:0' }, admin: { listen: `127.0.0.1:${port}` } },
    store: { type: 'sqlite', path: 'events.db' },
  });
  try {
    expect(hub.log()).toContain('"done":0,"of":12');
    expect(hub.log()).toContain('until then the admin address says how far');
    expect(await at(port, '/readyz')).toEqual([200, 'ready\nstore: sqlite\n']);
  } finally {
    expect(await hub.stop()).toBe(0);
  }
});
