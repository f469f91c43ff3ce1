/** Records, a sink and questions to Elasticsearch, for tests of the shipper. */

import { type ElasticsearchOptions, ElasticsearchSink, type PipelineLog } from '@sluice/shipper';
import type { SpoolRecord } from '@sluice/spool';

export const SILENT: PipelineLog = { info: () => undefined, warn: () => undefined };

export const record = (number: number, fields: SpoolRecord['document'] = {}): SpoolRecord => ({
  dataSet: 'waf',
  id: `event-${String(number).padStart(9, '0')}`,
  source: '192.0.2.1',
  document: {
    '@timestamp': new Date(1_700_000_000_000 + number).toISOString(),
    event: { id: `event-${String(number).padStart(9, '0')}`, dataset: 'sluice.waf' },
    url: { original: `/shop/item?number=${number}&q=ünïcode ☃` },
    ...fields,
  },
});

export const records = (count: number, from = 0): readonly SpoolRecord[] =>
  Array.from({ length: count }, (_, index) => record(from + index));

export const streamOf = (namespace: string): string => `logs-sluice.waf-${namespace}`;

export function optionsFor(
  nodes: readonly string[],
  namespace: string,
  more: Partial<ElasticsearchOptions> = {},
): ElasticsearchOptions {
  return {
    name: 'elasticsearch',
    nodes,
    auth: { kind: 'none' },
    tls: { ca: null, caFingerprint: null, certificate: null, key: null },
    compressionLevel: 1,
    requestBytesMax: 8_388_608,
    requestMillisMax: 30_000,
    streams: {
      waf: streamOf(namespace),
      l7: `logs-sluice.l7-${namespace}`,
      alert: `logs-sluice.alert-${namespace}`,
    },
    askBeforeRepeat: true,
    ...more,
  };
}

export const sinkOn = (
  nodes: readonly string[],
  namespace: string,
  more: Partial<ElasticsearchOptions> = {},
): ElasticsearchSink =>
  new ElasticsearchSink({
    options: optionsFor(nodes, namespace, more),
    identity: `test-${namespace}`,
    log: SILENT,
    inFlightMax: 4,
  });

/** A data stream as the shipper's own template makes it, as far as these tests need it. */
export async function makeStream(url: string, namespace: string, settings: object = {}): Promise<void> {
  const stream = streamOf(namespace);
  await ask(url, 'PUT', `/_index_template/${stream}`, {
    index_patterns: [stream],
    data_stream: {},
    priority: 500,
    template: {
      settings: { 'index.number_of_replicas': 0, 'index.number_of_shards': 1, ...settings },
      mappings: {
        dynamic: false,
        properties: { '@timestamp': { type: 'date' }, source: { properties: { ip: { type: 'ip' } } } },
      },
    },
  });
}

export const rollover = (url: string, namespace: string): Promise<unknown> =>
  ask(url, 'POST', `/${streamOf(namespace)}/_rollover?wait_for_active_shards=0`);

export interface Counted {
  readonly documents: number;
  readonly distinct: number;
  /** Backing indices that hold some. */
  readonly indices: number;
}

/** How many documents the stream has, and of how many records. */
export async function count(url: string, namespace: string): Promise<Counted> {
  const stream = streamOf(namespace);
  await ask(url, 'POST', `/${stream}/_refresh`);
  const ids: string[] = [];
  const indices = new Set<string>();
  let after: readonly unknown[] | undefined;
  for (;;) {
    const page = (await ask(url, 'POST', `/${stream}/_search`, {
      size: 10_000,
      _source: false,
      sort: [{ '@timestamp': 'asc' }, { _index: 'asc' }, '_doc'],
      ...(after === undefined ? {} : { search_after: after }),
    })) as { hits: { hits: { _id: string; _index: string; sort: unknown[] }[] } };
    const { hits } = page.hits;
    for (const { _id, _index } of hits) {
      ids.push(_id);
      indices.add(_index);
    }
    after = hits.at(-1)?.sort;
    if (hits.length < 10_000) break;
  }
  return { documents: ids.length, distinct: new Set(ids).size, indices: indices.size };
}

export async function ask(url: string, method: string, path: string, body?: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const answer = await fetch(`${url}${path}`, init);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return JSON.parse(text);
}
