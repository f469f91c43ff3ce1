/** Users while one of their passwords is hashed: that takes a while, in which others change them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Users } from '../../packages/console/src/identity/users.ts';
import { PASSWORD } from './stand.ts';

const NEXT = 'another horse battery';
let directory: string;
let users: Users;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-users-'));
  users = new Users(join(directory, 'users.json'));
  await users.put({ name: 'root', role: 'admin', namespaces: null }, PASSWORD);
  await users.put({ name: 'mia', role: 'operator', namespaces: ['shop'] }, PASSWORD);
});

afterEach(() => rmSync(directory, { recursive: true }));

it('another password changes nothing else', async () => {
  const mia = { name: 'mia', role: 'operator', namespaces: ['shop'] };
  expect(await users.setPassword('mia', NEXT)).toEqual(mia);
  const kept = new Users(join(directory, 'users.json'));
  expect([await kept.signIn('mia', PASSWORD), await kept.signIn('mia', NEXT)]).toEqual([null, mia]);
});

it('who is removed meanwhile does not come back with a new password', async () => {
  const changing = users.setPassword('mia', NEXT);
  users.remove('mia');
  await expect(changing).rejects.toMatchObject({ code: 'CONSOLE_USER' });
  expect(users.find('mia')).toBeNull();
});

it('who has lost a role meanwhile does not get it back with a new password', async () => {
  const changing = users.setPassword('mia', NEXT);
  const viewer = { name: 'mia', role: 'viewer', namespaces: ['shop'] } as const;
  await users.put(viewer, null);
  await expect(changing).rejects.toMatchObject({ code: 'CONSOLE_USER' });
  expect([users.find('mia'), await users.signIn('mia', PASSWORD)]).toEqual([viewer, viewer]);
});
