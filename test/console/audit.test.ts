/** The audit log says of each change that it was asked for, and of one that was refused that it was. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FileDesk } from '../../packages/cli/src/console/desk.ts';
import { admin, type ConsoleStand, PASSWORD, startConsoleStand, type Visitor } from './stand.ts';

let stand: ConsoleStand;
let root: Visitor;

beforeAll(async () => {
  stand = await startConsoleStand({
    alerts: {},
    deskOf: (store, directory) => {
      const file = join(directory, 'sluice.yaml');
      writeFileSync(file, 'policies: { shop: { mode: Block } }\n');
      return new FileDesk({
        ...{ file, store, log: pino({ level: 'silent' }) },
        awaitReload: async () => ({
          ...{ outcome: 'refused', reason: 'no memory', atMillis: Date.now(), revision: null },
        }),
      });
    },
  });
  root = await admin(stand);
});

afterAll(() => stand?.close());

const plan = { policy: 'shop', paths: ['/cart'], percents: [], holdMinutes: 1, tolerated: 0 };
const CHANGES: readonly (readonly [string, string, string, object | undefined])[] = [
  ['user.put', 'PUT', '/api/users/mia', { role: 'viewer', namespaces: null, password: 'short' }],
  ['user.remove', 'DELETE', '/api/users/nobody', undefined],
  ['user.password', 'PUT', '/api/password', { current: PASSWORD, next: 'short' }],
  ['move.begin', 'POST', '/api/moves', plan],
  ['move.stop', 'POST', '/api/moves/stop', { policy: 'shop', back: true, confirm: 'shop' }],
  ['alert.acknowledge', 'POST', '/v1/alerts/acknowledge', { alert: 'nobody', key: {}, until: null }],
];

it.each(CHANGES)('%s that is refused has a second line', async (action, method, path, body) => {
  const { status } = await root.ask(method, path, body);
  expect(status).toBeGreaterThanOrEqual(400);
  const { entries } = (await root.ask('GET', '/api/audit')).body as {
    readonly entries: readonly { readonly action: string; readonly outcome: string; readonly user: string }[];
  };
  const told = entries.filter((entry) => entry.action === action);
  expect(told.slice(0, 2)).toMatchObject([
    { outcome: 'refused', user: 'root' },
    { outcome: 'done', user: 'root' },
  ]);
});

it('what is done has one', async () => {
  const body = { role: 'viewer', namespaces: null, password: PASSWORD };
  expect((await root.ask('PUT', '/api/users/vera', body)).status).toBe(200);
  const { entries } = (await root.ask('GET', '/api/audit')).body as {
    readonly entries: readonly { readonly target: string; readonly outcome: string }[];
  };
  expect(entries.filter(({ target }) => target === 'vera')).toMatchObject([{ outcome: 'done' }]);
});
