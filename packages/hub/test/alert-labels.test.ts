/** Labels of both ends of a finding come from what the alert may see, and from nothing else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withLabels } from '../src/alerts/labels.ts';
import { SqliteStore } from '../src/store/sqlite/sqlite-store.ts';

const AT = Date.UTC(2026, 10, 23);
const folder = mkdtempSync(join(tmpdir(), 'sluice-labels-'));
let store: SqliteStore;

const end = (namespace: string, name: string, labels: readonly string[] = []) => ({
  ...{ namespace, owner: `Deployment/${name}`, labels: [...labels] },
});
const sampleEnd = (namespace: string, name: string) => ({
  ...{ ip: null, pod: null, uid: null },
  ...end(namespace, name),
});
const event = (id: string, source: ReturnType<typeof end>, destination: ReturnType<typeof end>) => ({
  ...{ dataSet: 'waf' as const, id, source: '' },
  document: { '@timestamp': new Date(AT).toISOString(), event: { id }, waf: { source, destination } },
});

beforeAll(async () => {
  store = await SqliteStore.open({ path: join(folder, 'events.db') });
  await store.append([
    event('inside', end('bank', 'teller'), end('bank', 'vault', ['door=steel'])),
    event('between', end('shop', 'web', ['app=web']), end('bank', 'front', ['app=front'])),
  ]);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const labelsFor = async (namespace: string | null, destination: string): Promise<readonly unknown[]> => {
  const ends = { source: sampleEnd('shop', 'web'), destination: sampleEnd('bank', destination) };
  const window = { from: AT - 1_000, to: AT + 1_000 };
  const found = await withLabels({ event: null, rules: [], ...ends }, store, window, { namespace });
  return [found.source.labels, found.destination.labels];
};

it('an alert of a namespace gets none of another that no request of its own has told', async () => {
  expect(await labelsFor('shop', 'vault')).toEqual([['app=web'], []]);
  expect(await labelsFor('shop', 'front')).toEqual([['app=web'], ['app=front']]);
});

it('one that sees everything gets them', async () => {
  expect(await labelsFor(null, 'vault')).toEqual([['app=web'], ['door=steel']]);
});
