/** Bulk requests: against a server that speaks the interface, and one that breaks it. */

import type { Sink } from '@sluice/shipper';
import { openSink, sinkSchema } from '@sluice/shipper/sinks';
import { afterEach, describe, expect, it } from 'vitest';
import { freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { recordsOf } from '../hub/documents.ts';
import { type Receiver, type Reply, startReceiver } from './receiver.ts';

const never = new AbortController().signal;
const opened: Sink[] = [];
const open = (url: string, more: object = {}): Sink => {
  const sink = openSink(sinkSchema.parse({ type: 'opensearch', url, ...more }));
  opened.push(sink);
  return sink;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((sink) => sink.close()));
});

describe('a real server with the same interface', () => {
  it('keeps each record once, and refuses only what it cannot index', async () => {
    const url = await sharedElasticsearch('8.19.8');
    const index = `${freshNamespace()}-{dataSet}`;
    const sink = open(url, { index });
    const records = recordsOf('a', 0, 50);
    const stored = records.map(() => ({ kind: 'stored' }));
    expect(await sink.deliver(records, never)).toEqual(stored);
    expect(await sink.deliver(records, never)).toEqual(stored);
    const [first] = recordsOf('a', 60, 1);
    const bad = { ...first!, document: { ...first!.document, '@timestamp': 'no time' } };
    const outcomes = await sink.deliver([...recordsOf('a', 50, 2), bad, ...recordsOf('a', 52, 1)], never);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['stored', 'stored', 'dead', 'stored']);
    expect(outcomes[2]).toMatchObject({ reason: expect.stringContaining('document_parsing_exception') });
    const name = index.replace('{dataSet}', 'waf');
    await fetch(`${url}/${name}/_refresh`, { method: 'POST' });
    expect(await (await fetch(`${url}/${name}/_count`)).json()).toMatchObject({ count: 53 });
    await fetch(`${url}/${name}`, { method: 'DELETE' });
  });
});

describe('a server', () => {
  let receiver: Receiver;
  const start = async (answer: (ids: readonly string[], index: number) => Reply): Promise<Sink> => {
    receiver = await startReceiver(({ text, path, headers }, index) => {
      const lines = text.split('\n');
      const right = path.startsWith('/_bulk?') && headers['content-type'] === 'application/x-ndjson';
      if (!right || lines.pop() !== '') return { status: 400, body: 'no bulk request' };
      return answer(
        lines.filter((_, at) => at % 2 === 0).map((line) => JSON.parse(line).create._id as string),
        index,
      );
    });
    return open(receiver.url);
  };
  afterEach(() => receiver.close());
  const taken = (ids: readonly string[]): Reply => ({
    status: 200,
    body: { errors: false, items: ids.map(() => ({ create: { status: 201 } })) },
  });
  const kindsOf = async (sink: Sink, count: number): Promise<readonly string[]> =>
    (await sink.deliver(recordsOf('a', 0, count), never)).map(({ kind }) => kind);

  it('says of each record what became of it', async () => {
    const statuses = [201, 409, 429, 503, 400, 200];
    const sink = await start(() => ({
      status: 200,
      body: {
        errors: true,
        items: statuses.map((status) => ({ create: { status, error: { type: 'x', reason: 'y' } } })),
      },
    }));
    expect(await kindsOf(sink, 6)).toEqual(['stored', 'stored', 'again', 'again', 'dead', 'stored']);
  });

  it('that is busy gets them again, that takes less gets less, that says nothing of use gets all again', async () => {
    const sink = await start((ids, index) => {
      if (index === 0) return { status: 429, body: '' };
      if (index === 1) return { status: 200, body: { errors: false, items: [] } };
      if (index === 2) return { status: 403, body: 'no' };
      return ids.length > 2 ? { status: 413, body: '' } : taken(ids);
    });
    expect(await kindsOf(sink, 3)).toEqual(['again', 'again', 'again']);
    await expect(kindsOf(sink, 3)).rejects.toMatchObject({ code: 'SINK_ANSWER' });
    await expect(kindsOf(sink, 3)).rejects.toMatchObject({ code: 'SINK_REFUSED' });
    expect(await kindsOf(sink, 5)).toEqual(['stored', 'stored', 'stored', 'stored', 'stored']);
  });
});
