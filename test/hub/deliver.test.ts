/** What nodes deliver: who may, what is taken, and what becomes of it. */
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Sink } from '@sluice/shipper';
import { joinRecords, packRecord } from '@sluice/shipper/hub-wire';
import { openSink, sinkSchema } from '@sluice/shipper/sinks';
import { Packr } from 'msgpackr';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, makeCertificates, type TlsPaths } from './certificates.ts';
import { recordOf, recordsOf } from './documents.ts';
import { soon } from './soon.ts';
import { type HubStack, post, type StackOptions, startHub } from './stack.ts';
import { TestStore } from './test-store.ts';

let certificates: Certificates;
let store: TestStore;
let stack: HubStack;
const sinks: Sink[] = [];

const start = async (options: Partial<StackOptions> = {}): Promise<void> => {
  store = new TestStore();
  stack = await startHub({ store, certificates, ...options });
};

const sinkOf = (tls: TlsPaths, more: object = {}): Sink => {
  const sink = openSink(sinkSchema.parse({ type: 'hub', url: stack.nodesUrl, tls, ...more }));
  sinks.push(sink);
  return sink;
};

const never = new AbortController().signal;
const records = (url: string): string => `${url}/v1/records`;
const body = (count: number): Buffer => joinRecords(recordsOf('node-a', 0, count).map(packRecord));

beforeAll(() => {
  certificates = makeCertificates();
});
afterEach(async () => {
  await Promise.all(sinks.splice(0).map((sink) => sink.close()));
  await stack.hub.close();
});
afterAll(() => {
  rmSync(certificates.directory, { recursive: true });
});

describe('a node', () => {
  it('delivers each record once, however often it sends it', async () => {
    await start();
    const sink = sinkOf(certificates.of('node-a'));
    const batch = recordsOf('node-a', 0, 100);
    expect(await sink.deliver(batch, never)).toEqual(batch.map(() => ({ kind: 'stored' })));
    expect(await sink.deliver(batch, never)).toEqual(batch.map(() => ({ kind: 'stored' })));
    expect([...store.records.values()].map(({ id }) => id)).toEqual(batch.map(({ id }) => id));
    const metrics = await (await fetch(`${stack.adminUrl}/metrics`)).text();
    expect(metrics).toContain('sluice_hub_records_total{data_set="waf",outcome="duplicate"} 100');
  });

  it('is who its certificate says, whatever its documents say', async () => {
    await start();
    await sinkOf(certificates.of('node-a')).deliver(
      [recordOf('node-b', 1, { observer: { name: 'node-b' } })],
      never,
    );
    const [stored] = store.records.values();
    expect(stored?.document.observer).toEqual({ name: 'node-a' });
    const stats = await (await fetch(`${stack.queriesUrl}/v1/stats`)).json();
    expect(stats).toMatchObject({
      nodes: [{ node: 'node-a', stored: 1, watermark: Date.UTC(2026, 10, 23) + 1 }],
    });
  });

  it('sends what is too much for one request in several', async () => {
    await start({ limits: { batchPlainBytesMax: 65_536, batchBytesMax: 65_536 } });
    const batch = recordsOf('node-a', 0, 1_000);
    for (const compress of [true, false]) {
      const outcomes = await sinkOf(certificates.of('node-a'), { compress }).deliver(batch, never);
      expect(outcomes).toEqual(batch.map(() => ({ kind: 'stored' })));
    }
    expect(store.records.size).toBe(1_000);
  });

  it('is told which record is too large, and loses no other', async () => {
    await start({ limits: { batchPlainBytesMax: 65_536 } });
    const batch = recordsOf('node-a', 0, 9).map((record, index) =>
      index === 4 ? { ...record, document: { ...record.document, path: 'x'.repeat(70_000) } } : record,
    );
    const outcomes = await sinkOf(certificates.of('node-a')).deliver(batch, never);
    expect(outcomes.map(({ kind }) => kind)).toEqual(
      batch.map((_, index) => (index === 4 ? 'dead' : 'stored')),
    );
    expect(outcomes[4]).toMatchObject({ reason: expect.stringContaining('HUB_TOO_LARGE') });
  });

  it('is told which record no store is shown, and loses no other', async () => {
    await start();
    const good = recordOf('node-a', 1);
    const batch = [
      good,
      { ...good, id: 'a\nb' },
      { ...good, dataSet: 'other' as 'waf' },
      { ...good, document: {} },
      { ...good, id: 'x'.repeat(600) },
    ];
    const outcomes = await sinkOf(certificates.of('node-a')).deliver(batch, never);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['stored', 'dead', 'dead', 'dead', 'dead']);
    expect(store.records.size).toBe(1);
  });

  it('is told to come again where the store is away, and where there is no room', async () => {
    await start({ limits: { batchesMax: 1 } });
    store.away = true;
    const sink = sinkOf(certificates.of('node-a'));
    const again = { kind: 'again', reason: expect.stringContaining('STORE_UNAVAILABLE') };
    expect(await sink.deliver([recordOf('node-a', 1)], never)).toEqual([again]);
    store.away = false;
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gate = () => promise;
    const first = sink.deliver([recordOf('node-a', 1)], never);
    await soon(() => metric('sluice_hub_batches_in_flight')).toBe(1);
    const busy = { kind: 'again', reason: expect.stringContaining('HUB_BUSY') };
    expect(await sink.deliver([recordOf('node-a', 2)], never)).toEqual([busy]);
    resolve();
    expect(await first).toEqual([{ kind: 'stored' }]);
    expect(await sink.deliver([recordOf('node-a', 2)], never)).toEqual([{ kind: 'stored' }]);
  });

  it('gives its place back when it breaks off in the middle', async () => {
    await start({ limits: { batchesMax: 1 } });
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gate = () => promise;
    const gone = new AbortController();
    const sink = sinkOf(certificates.of('node-a'));
    const first = sink.deliver([recordOf('node-a', 1)], gone.signal);
    await soon(() => metric('sluice_hub_batches_in_flight')).toBe(1);
    gone.abort();
    await expect(first).rejects.toMatchObject({ code: 'SINK_AWAY' });
    resolve();
    await soon(() => metric('sluice_hub_batches_in_flight')).toBe(0);
  });

  it('takes no place when it has gone before it was known who it is', async () => {
    const { promise: known, resolve: tell } = Promise.withResolvers<string>();
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const nameOf = (): Promise<string> => {
      ask();
      return known;
    };
    await start({ limits: { batchesMax: 1 }, nodeTokens: { nameOf } });
    const tokenFile = join(certificates.directory, 'token');
    writeFileSync(tokenFile, 'a-token');
    const sink = sinkOf(certificates.make('nodes', 2), { tokenFile });
    const gone = new AbortController();
    const first = sink.deliver([recordOf('node-a', 1)], gone.signal);
    await asked;
    gone.abort();
    await expect(first).rejects.toMatchObject({ code: 'SINK_AWAY' });
    // The hub has heard of the end by the time it answers somebody else.
    expect(await metric('sluice_hub_batches_in_flight')).toBe(0);
    tell('node-a');
    await soon(() => sink.deliver([recordOf('node-a', 2)], never)).toEqual([{ kind: 'stored' }]);
    expect(await metric('sluice_hub_batches_in_flight')).toBe(0);
  });
});

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${stack.adminUrl}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
};

describe('who may not deliver', () => {
  it('has no certificate, one of another authority, or one that has run out', async () => {
    await start();
    const { ca } = certificates.of('node-a');
    const stranger = makeCertificates();
    await expect(post(records(stack.nodesUrl), { ca }, body(1))).rejects.toThrow();
    const other = { ...stranger.of('node-a'), ca };
    await expect(post(records(stack.nodesUrl), other, body(1))).rejects.toThrow();
    await expect(post(records(stack.nodesUrl), certificates.make('late', -1), body(1))).rejects.toThrow();
    // A certificate of the hub's own kind says that it is for servers.
    const server = { ca, cert: certificates.hub.cert, key: certificates.hub.key };
    await expect(post(records(stack.nodesUrl), server, body(1))).rejects.toThrow();
    expect(store.records.size).toBe(0);
    await soon(() => metric('sluice_hub_refused_connections_total')).toBe(4);
    await expect(sinkOf(other).deliver([recordOf('node-a', 1)], never)).rejects.toMatchObject({
      code: 'SINK_AWAY',
    });
    rmSync(stranger.directory, { recursive: true });
  });

  it('has a name that the hub does not take', async () => {
    await start({ allow: ['node-*'] });
    const { status, json } = await post(records(stack.nodesUrl), certificates.make('intruder', 1), body(1));
    expect([status, json]).toMatchObject([403, { error: { code: 'NODE_FORBIDDEN' } }]);
    const sink = sinkOf(certificates.of('intruder'));
    await expect(sink.deliver([recordOf('intruder', 1)], never)).rejects.toMatchObject({
      code: 'SINK_REFUSED',
    });
    expect(await sinkOf(certificates.of('node-a')).deliver([recordOf('node-a', 1)], never)).toHaveLength(1);
  });

  it('has a certificate that has run out since the connection was made', async () => {
    let now = Date.now();
    await start({ now: () => now });
    const sink = sinkOf(certificates.of('node-a'));
    expect(await sink.deliver([recordOf('node-a', 1)], never)).toEqual([{ kind: 'stored' }]);
    now += 366 * 86_400_000;
    const refused = sink.deliver([recordOf('node-a', 2)], never);
    await expect(refused).rejects.toThrow(/NODE_FORBIDDEN.*|its certificate ended/);
    await expect(refused).rejects.toMatchObject({ code: 'SINK_REFUSED' });
  });

  it('takes a new certificate where the files change, without a new start', async () => {
    await start({ allow: ['node-new'] });
    certificates.make('changing', 1);
    const sink = sinkOf(certificates.of('changing'));
    await expect(sink.deliver([recordOf('a', 1)], never)).rejects.toMatchObject({ code: 'SINK_REFUSED' });
    const fresh = certificates.make('node-new', 1);
    copyFileSync(fresh.cert, certificates.of('changing').cert);
    copyFileSync(fresh.key, certificates.of('changing').key);
    expect(await sink.deliver([recordOf('a', 1)], never)).toEqual([{ kind: 'stored' }]);
  });

  it('is asked for queries nowhere on the address of nodes, nor the other way round', async () => {
    await start();
    const { status } = await post(
      `${stack.nodesUrl}/v1/events/count`,
      certificates.of('node-a'),
      Buffer.from('{}'),
    );
    expect(status).toBe(404);
    expect((await fetch(records(stack.queriesUrl), { method: 'POST' })).status).toBe(404);
  });
});

describe('what is not a batch', () => {
  const refused = async (sent: Buffer, headers: Readonly<Record<string, string>> = {}): Promise<unknown> => {
    const { status, json } = await post(records(stack.nodesUrl), certificates.of('node-a'), sent, headers);
    const { error } = json as { readonly error: { readonly code: string } };
    return [status, error.code];
  };
  const pack = (value: unknown): Buffer => new Packr({ useRecords: false }).pack(value);

  it('is refused with a code', async () => {
    await start({ limits: { batchRecordsMax: 3, batchPlainBytesMax: 100_000 } });
    const malformed = [400, 'BATCH_MALFORMED'];
    expect(await refused(Buffer.alloc(0))).toEqual(malformed);
    expect(await refused(Buffer.from('{}'))).toEqual(malformed);
    expect(await refused(body(1).subarray(0, -1))).toEqual(malformed);
    expect(await refused(Buffer.concat([body(1), Buffer.from([0])]))).toEqual(malformed);
    expect(await refused(pack(['1', []]))).toEqual(malformed);
    expect(await refused(pack([1, 'x']))).toEqual(malformed);
    expect(await refused(pack([2, []]))).toEqual([415, 'BATCH_TYPE']);
    expect(await refused(body(4))).toEqual([413, 'HUB_TOO_LARGE']);
    expect(await refused(body(1), { 'content-type': 'text/plain' })).toEqual([415, 'BATCH_TYPE']);
    expect(await refused(body(1), { 'content-encoding': 'br' })).toEqual([415, 'BATCH_TYPE']);
    expect(await refused(body(1), { 'content-encoding': 'gzip' })).toEqual(malformed);
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    expect(await refused(bomb, { 'content-encoding': 'gzip' })).toEqual([413, 'HUB_TOO_LARGE']);
    expect(store.records.size).toBe(0);
  });

  it('makes the hub reserve no memory for lengths that it only claims, and is not followed into any depth', async () => {
    await start();
    const malformed = [400, 'BATCH_MALFORMED'];
    const claims = Buffer.concat(
      Array.from({ length: 1_000 }, () => Buffer.from([0xdd, 0x00, 0xff, 0xff, 0xff])),
    );
    const before = process.memoryUsage.rss();
    expect(await refused(claims)).toEqual(malformed);
    expect(process.memoryUsage.rss() - before).toBeLessThan(200_000_000);
    expect(await refused(Buffer.alloc(1_000_000, 0x91))).toEqual(malformed);
    // An extension type, which a decoder would make an object of some class of.
    expect(await refused(Buffer.from([0x92, 0x01, 0x91, 0xd4, 0x72, 0x40]))).toEqual(malformed);
  });
});
