/** `sluice events` says the same of every store, reached by its address. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ElasticsearchStore, SqliteStore } from '@sluice/hub';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExplain } from '../../packages/cli/src/events/explain.ts';
import { runExport } from '../../packages/cli/src/events/export.ts';
import { openStore } from '../../packages/cli/src/events/open-store.ts';
import { runSearch } from '../../packages/cli/src/events/search.ts';
import { runShow } from '../../packages/cli/src/events/show.ts';
import { runStats } from '../../packages/cli/src/events/stats.ts';
import { ELASTICSEARCH_VERSIONS, freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { MemoryStore } from '../event-store/memory-store.ts';
import { makeCertificates } from '../hub/certificates.ts';
import { startHub } from '../hub/stack.ts';
import { add, type EventParts, EXPORT, SEARCH, SELECT, type Spoken, speaking, storeWith } from './support.ts';

const EVENTS: readonly EventParts[] = [
  { id: 'a', ago: 3_600_000, outcome: 'allowed' },
  { id: 'b', ago: 2_000, outcome: 'would block', more: { source: { ip: '203.0.113.8' } } },
  { id: 'c', ago: 1_000 },
];

const folder = mkdtempSync(join(tmpdir(), 'sluice-events-'));
const certificates = makeCertificates();
let expected: string;
beforeAll(async () => {
  expected = await said(speaking(await storeWith(EVENTS)));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(certificates.directory, { recursive: true });
});

async function said(spoken: Spoken): Promise<string> {
  const statuses = [
    await runSearch('"rule_info" IN {"*942100*"}', SEARCH, spoken),
    await runSearch('"source.ip" = "203.0.113.8"', { ...SEARCH, json: true }, spoken),
    await runSearch('', { ...SEARCH, size: '2', json: true, sort: 'event.id:asc', all: true }, spoken),
    await runShow('b', SELECT, spoken),
    await runExplain('request-c', {}, spoken),
    await runStats('', { ...SELECT, top: '5', json: true }, spoken),
    await runExport('', EXPORT, spoken),
    await runSearch('"waf.policy" = "none"', SEARCH, spoken),
  ];
  return `${spoken.out()}\n${statuses}`;
}

function reaching(store: string, variables: NodeJS.ProcessEnv = {}): Spoken {
  const all = { SLUICE_STORE: store, ...variables };
  return { ...speaking(new MemoryStore()), variables: all, open: (address) => openStore(address, all) };
}

describe('says the same of', () => {
  it('a file of SQLite', async () => {
    const path = join(folder, 'events.db');
    const store = await SqliteStore.open({ path });
    await add(store, EVENTS);
    expect(await said(reaching(`sqlite:${path}`))).toBe(expected);
    await store.close();
    expect(await said(reaching(`sqlite:${path}`))).toBe(expected);
  });

  it('a hub', async () => {
    const stack = await startHub({ store: await storeWith(EVENTS), certificates });
    try {
      expect(await said(reaching(stack.queriesUrl))).toBe(expected);
    } finally {
      await stack.hub.close();
    }
  });

  it.each(ELASTICSEARCH_VERSIONS)('Elasticsearch %s', async (version) => {
    const node = await sharedElasticsearch(version);
    const namespace = freshNamespace();
    const store = new ElasticsearchStore({ client: { node }, namespace, refresh: true });
    await add(store, EVENTS);
    await store.close();
    const variables = { SLUICE_ELASTICSEARCH_NAMESPACE: namespace };
    expect(await said(reaching(`elasticsearch:${node}`, variables))).toBe(expected);
  });
});

it.each(['http://127.0.0.1:1', 'elasticsearch:http://elastic:secret@127.0.0.1:1'])(
  'says that %s is away',
  async (address) => {
    const failure = runSearch('', SEARCH, reaching(address));
    await expect(failure).rejects.toThrow(/127\.0\.0\.1:1.*STORE_UNAVAILABLE/);
    await expect(failure).rejects.not.toThrow(/secret/);
  },
);
