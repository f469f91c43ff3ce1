/** `sluice hub` with the alert that people who come from Calico have, as it is written, and a receiver that fails at first. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ElasticsearchStore,
  type EventStore,
  HubClient,
  SqliteStore,
  type StoredDocument,
} from '@sluice/hub';
import { SpoolWriter } from '@sluice/spool';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { type HubProcess, startHubProcess } from '../hub/child.ts';
import { type Receiver, startReceiver } from './receiver.ts';

const EXAMPLE = join(import.meta.dirname, 'global-alert-942100.yaml');
const NAME = 'waf-new-alert-rule-info';
const KEY = 'a key that only hub and receiver have';
const HITS = 10_000;
const PERIOD_MILLIS = 60_000;
const LOOKBACK_MILLIS = 3_600_000;
/** Until the events are behind the lookback: the first evaluation, or the second, still finds them. */
const LEFT_MILLIS = 100_000;
const SLACK_MILLIS = 45_000;

const info = "[1] Host:'' File:'x.conf' Line:'45' ID:'942100' Data:''";

interface Kind {
  readonly name: string;
  readonly settings: (folder: string) => Promise<object>;
  readonly open: (settings: object) => Promise<EventStore>;
}

const KINDS: readonly Kind[] = [
  {
    name: 'SQLite',
    settings: async (folder) => ({ type: 'sqlite', path: join(folder, 'events.db') }),
    open: async (settings) =>
      SqliteStore.open({ path: (settings as { readonly path: string }).path, readOnly: true }),
  },
  {
    name: 'Elasticsearch',
    settings: async () => ({
      type: 'elasticsearch',
      nodes: [await sharedElasticsearch('8.19.8')],
      namespace: freshNamespace(),
    }),
    open: async (settings) => {
      const { nodes, namespace } = settings as {
        readonly nodes: readonly string[];
        readonly namespace: string;
      };
      return new ElasticsearchStore({ client: { node: nodes[0] ?? '' }, namespace });
    },
  },
];

async function spoolHits(directory: string): Promise<void> {
  const writer = await SpoolWriter.open({ directory });
  const time = new Date(Date.now() - LOOKBACK_MILLIS + LEFT_MILLIS).toISOString();
  for (let index = 0; index < HITS; index++) {
    const id = `hit-${index}`;
    const document = {
      '@timestamp': time,
      event: { id },
      rule_info: info,
      source: { ip: '192.0.2.7' },
      waf: {
        rules: [{ id: '942100' }],
        source: { namespace: 'lab', pod: 'tester-1', owner: 'Deployment/tester', labels: ['app=tester'] },
        destination: { namespace: 'shop', pod: 'web-1', owner: 'Deployment/web', labels: ['app=web'] },
      },
    };
    while (!writer.append({ dataSet: 'waf', id, source: '192.0.2.7', document })) {
      await new Promise((next) => setTimeout(next, 5));
    }
  }
  await writer.close();
}

describe.concurrent.each(KINDS)('sluice hub on $name', ({ settings, open }) => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-hub-alerts-'));
  let receiver: Receiver;
  let hub: HubProcess;
  let store: object;
  beforeAll(async () => {
    receiver = await startReceiver([500, 503], KEY);
    writeFileSync(join(folder, 'key'), `${KEY}\n`);
    cpSync(EXAMPLE, join(folder, 'alert.yaml'));
    await spoolHits(join(folder, 'spool'));
    store = await settings(folder);
    hub = await startHubProcess(folder, {
      queries: { listen: '127.0.0.1:0' },
      admin: false,
      ...{ store, spools: ['spool'], state: 'state' },
      alerts: {
        files: ['alert.yaml'],
        webhooks: {
          people: { kind: 'generic', url: receiver.url, secretFile: 'key', allowLocal: true },
        },
      },
    });
  }, 120_000);
  afterAll(async () => {
    await hub?.stop();
    receiver?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('tells once of ten thousand hits, to a receiver that fails twice, and that they are over', async () => {
    const began = Date.now();
    const within = { timeout: PERIOD_MILLIS + SLACK_MILLIS, interval: 100 };
    await vi.waitFor(() => expect(receiver.taken.size).toBeGreaterThan(0), within);
    expect(Date.now() - began).toBeLessThan(PERIOD_MILLIS + SLACK_MILLIS);
    const [firing] = receiver.taken.values();
    expect(firing).toMatchObject({
      ...{ alert: NAME, state: 'firing', severity: 1, summary: 'WAF new waf-alert-942100', count: HITS },
      ...{ description: 'Test WAF Global Alert', rules: ['942100'] },
      source: { ip: '192.0.2.7', namespace: 'lab', owner: 'Deployment/tester', labels: ['app=tester'] },
      destination: { namespace: 'shop', pod: 'web-1', owner: 'Deployment/web', labels: ['app=web'] },
    });
    await vi.waitFor(() => expect(receiver.taken.size).toBe(2), {
      timeout: LEFT_MILLIS + PERIOD_MILLIS + SLACK_MILLIS,
      interval: 200,
    });
    expect([...receiver.taken.values()].map(({ state }) => state)).toEqual(['firing', 'resolved']);
    // Three of them were of what fires: two were refused.
    expect(receiver.seen).toHaveLength(4);
    expect(hub.log()).not.toContain(KEY);
    expect(hub.log()).not.toContain('/hook');
    await expectDocuments(await open(store), new HubClient({ url: hub.queriesUrl }));
  }, 400_000);
});

async function expectDocuments(store: EventStore, client: HubClient): Promise<void> {
  const all = { dataSet: 'alert', query: { kind: 'all' }, size: 10 } as const;
  const stateOf = ({ document }: StoredDocument): unknown =>
    (document.alert as Readonly<Record<string, unknown>>).state;
  await vi.waitFor(
    async () => expect((await client.search(all)).documents.map(stateOf)).toEqual(['resolved', 'firing']),
    { timeout: SLACK_MILLIS, interval: 100 },
  );
  const { documents } = await client.search(all);
  expect(documents[0]?.document.event).toMatchObject({ kind: 'alert', dataset: 'sluice.alert' });
  await client.close();
  await store.close();
}
