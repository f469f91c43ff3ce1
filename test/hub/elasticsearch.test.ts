/** A hub over a real Elasticsearch. */
import { rmSync } from 'node:fs';
import { type EventStore, HubClient, parseHubConfig } from '@sluice/hub';
import { openSink, sinkSchema } from '@sluice/shipper/sinks';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openHubStore } from '../../packages/cli/src/hub/open-store.ts';
import { freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { recordsOf } from './documents.ts';
import { soon } from './soon.ts';
import { startHub } from './stack.ts';

let certificates: Certificates;
let store: EventStore;

beforeAll(async () => {
  certificates = makeCertificates();
  const url = await sharedElasticsearch('8.19.8');
  const text = `store: {type: elasticsearch, nodes: ['${url}'], namespace: ${freshNamespace()}, retentionDays: null}`;
  store = await openHubStore(parseHubConfig(text, 'hub.yaml').store, {
    error: () => undefined,
    info: () => undefined,
  });
});
afterAll(async () => {
  await store.close();
  rmSync(certificates.directory, { recursive: true });
});

it('keeps what nodes deliver once, and finds it', async () => {
  const { hub, nodesUrl, queriesUrl } = await startHub({ store, certificates });
  const client = new HubClient({ url: queriesUrl });
  for (const node of ['node-a', 'node-b']) {
    const sink = openSink(sinkSchema.parse({ type: 'hub', url: nodesUrl, tls: certificates.of(node) }));
    for (let attempt = 0; attempt < 2; attempt++) {
      const outcomes = await sink.deliver(recordsOf(node, 0, 100), new AbortController().signal);
      expect(outcomes.every(({ kind }) => kind === 'stored')).toBe(true);
    }
    await sink.close();
  }
  const all = { dataSet: 'waf', query: { kind: 'all' } } as const;
  await soon(() => client.count(all)).toBe(200);
  const { buckets } = await client.aggregate({ ...all, kind: 'terms', field: 'observer.name', size: 5 });
  expect(buckets.map(({ key, count }) => [...key, count])).toEqual([
    ['node-a', 100],
    ['node-b', 100],
  ]);
  await client.close();
  await hub.close();
});
