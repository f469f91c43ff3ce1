import { type Document, type Field, type Json, L7_SCHEMA, type SpoolRecord } from '@sluice/spool';
import fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { L7Request } from '../../src/l7/groups.ts';
import { type L7Options, L7View } from '../../src/l7/l7-view.ts';
import { DEFAULT_L7 } from '../../src/l7/limits.ts';
import { createLog } from '../../src/log.ts';
import { anyRequest, REQUEST } from './support.ts';

let records: SpoolRecord[];
let lines: string[];
let registry: Registry;

beforeEach(() => {
  records = [];
  lines = [];
  registry = new Registry();
});

afterEach(() => {
  vi.useRealTimers();
});

const viewOf = (options: Partial<L7Options> = {}): L7View =>
  new L7View({
    settings: DEFAULT_L7,
    sink: { append: (record) => records.push(record) > 0 },
    observer: { hostname: 'node-1', version: '1.2.3', process: '0' },
    registry: new Registry(),
    log: createLog('info', { write: (line: string) => void lines.push(line) }),
    ...options,
  });

const tell = async (requests: readonly L7Request[], options: Partial<L7Options> = {}) => {
  records = [];
  const view = viewOf(options);
  for (const request of requests) view.add(request);
  await view.close();
  return records.map(({ document }) => document);
};

/** Values by their paths, as queries name them. */
function leaves(value: Json, path = ''): [string, Json][] {
  if (Array.isArray(value)) return value.flatMap((element: Json) => leaves(element, path));
  if (value === null || typeof value !== 'object') return [[path, value]];
  return Object.entries(value).flatMap(([name, child]) =>
    leaves(child, path === '' ? name : `${path}.${name}`),
  );
}

const FITS: Readonly<Record<Field['type'], (value: Json) => boolean>> = {
  keyword: (value) => typeof value === 'string' && value !== '' && value.length <= 8_191,
  ip: (value) => typeof value === 'string' && /^[0-9a-fA-F:.]+$/.test(value),
  date: (value) => typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value),
  long: (value) => Number.isSafeInteger(value),
  boolean: (value) => typeof value === 'boolean',
};

const EVERYTHING: L7Request = {
  ...REQUEST,
  responseBytes: 10,
  requestBytes: 5,
  latencyMicros: 7_000.5,
  inspectionMicros: 20.25,
};

const SHOP = { namespace: 'shop', pod: 'shop-1', owner: 'Deployment/shop' };

describe('a document of the L7 view', () => {
  it('has the fields of its schema, with their types, and no others', async () => {
    const known = new Map(L7_SCHEMA.fields.map((field) => [field.path, field]));
    await fc.assert(
      fc.asyncProperty(fc.array(anyRequest, { maxLength: 30 }), async (requests) => {
        const settings = { ...DEFAULT_L7, sourcesMax: 2, destinationsMax: 2 };
        for (const document of await tell(requests, { settings })) {
          for (const [path, value] of leaves(document)) {
            const field = known.get(path);
            expect([path, value, field !== undefined && FITS[field.type](value)]).toEqual([
              path,
              value,
              true,
            ]);
          }
        }
      }),
      { numRuns: 50 },
    );
  });

  it('can have each field of its schema', async () => {
    const settings = { ...DEFAULT_L7, sourcesMax: 1 };
    const documents = await tell([EVERYTHING, { ...EVERYTHING, client: '192.0.2.9' }], {
      settings,
      workloadOf: () => SHOP,
    });
    const seen = new Set(documents.flatMap((document) => leaves(document).map(([path]) => path)));
    // A hub adds the name of who delivered.
    const own = L7_SCHEMA.fields.filter(({ path }) => path !== 'observer.name');
    expect([...seen].sort()).toEqual(own.map(({ path }) => path).sort());
  });

  it('tells of requests that have client, workload, method, template and status in common', async () => {
    const slow = { ...EVERYTHING, latencyMicros: 30_000, wouldBlock: true, target: '/users/18' };
    const [document] = await tell([
      EVERYTHING,
      slow,
      { ...EVERYTHING, latencyMicros: -1, isUninspectable: true },
    ]);
    expect(document).toMatchObject({
      event: { kind: 'metric', dataset: 'sluice.l7' },
      observer: { hostname: 'node-1', version: '1.2.3' },
      source: { ip: '192.0.2.1' },
      destination: { ip: '10.0.0.1', port: 8080 },
      http: { request: { method: 'GET' }, response: { status_code: 200 } },
      l7: {
        schema: 1,
        process: '0',
        policy: 'default',
        route: 'shop',
        template: '/users/{id}',
        status_class: '2xx',
        count: 3,
        blocked: 0,
        would_block: 1,
        uninspectable: 1,
        unjudged: 0,
        request_bytes: 15,
        response_bytes: 30,
        responses: 2,
        latency_us: { sum: 37_001, max: 30_000, le_5000: 0, le_25000: 1, le_100000: 2, le_2500000: 2 },
        inspection_us: { sum: 61, max: 20 },
      },
      host: 'node-1',
      count: 3,
      bytes_in: 15,
      bytes_out: 30,
      duration_mean: 18_500_250,
      duration_max: 30_000_000,
      url: '/users/{id}',
      response_code: '200',
      dest_port_num: 8080,
    });
  });

  it('shows nothing of queries, and of paths no secret', async () => {
    const planted = [
      '/a?token=PLANTEDplanted1',
      '/a#PLANTEDplanted1',
      '/a;s=PLANTEDplanted1/b',
      '/PLANTEDplanted1PLANTED',
      '/reset-password/PLANTEDplanted',
      '/a/token=PLANTEDplanted1',
      '/a/user:PLANTEDplanted1',
      '/a/jane.PLANTEDplanted1@example.com',
      '/a/PLANTEDplanted1%20',
    ];
    const documents = await tell(planted.map((target) => ({ ...REQUEST, target })));
    expect(documents.reduce((sum, { count }) => sum + Number(count), 0)).toBe(planted.length);
    expect(JSON.stringify(documents)).not.toMatch(/planted/i);
  });

  it('says nothing of a client or a workload that is not known', async () => {
    const [document] = await tell([{ ...REQUEST, client: '', address: '', port: 0, route: '', status: 0 }]);
    expect(document).not.toHaveProperty('source');
    expect(document).not.toHaveProperty('destination');
    expect(document?.l7).toMatchObject({ status_class: 'unknown' });
    expect(document?.l7).not.toHaveProperty('route');
  });
});

describe('the L7 view', () => {
  it('tells of each interval at its end, on the clock, and of the last one when it is closed', async () => {
    vi.useFakeTimers({ now: 1_700_000_030_000 });
    const view = viewOf();
    view.add(REQUEST);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(records).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    expect(records.map(intervalOf)).toEqual([['2023-11-14T22:13:50.000Z', '2023-11-14T22:14:00.000Z', 1]]);
    view.add(REQUEST);
    view.add(REQUEST);
    await view.close();
    expect(records.slice(1).map(intervalOf)).toEqual([
      ['2023-11-14T22:14:00.000Z', '2023-11-14T22:14:00.001Z', 2],
    ]);
    await vi.advanceTimersByTimeAsync(200_000);
    await view.close();
    expect(records).toHaveLength(2);
  });

  it('gives each document an id of its own', async () => {
    await tell([80, 81, 82].map((port) => ({ ...REQUEST, port })));
    expect(new Set(records.map(({ id }) => id)).size).toBe(3);
    for (const { id, document, dataSet, source } of records) {
      expect([dataSet, source, (document.event as Document).id]).toEqual(['l7', '', id]);
    }
  });

  it('counts and logs documents that the sink does not take, and goes on', async () => {
    const sink = {
      append(record: SpoolRecord): boolean {
        if (records.length === 1) throw new TypeError('broken');
        return records.push(record) > 0;
      },
    };
    await tell(
      [80, 81].map((port) => ({ ...REQUEST, port })),
      { sink, registry },
    );
    expect(records).toHaveLength(1);
    expect(lines.join('')).toContain('something of l7 was not kept');
    expect(await registry.metrics()).toContain('sluice_l7_documents_total{outcome="lost"} 1');
  });

  it('counts documents that the spool drops', async () => {
    await tell([REQUEST], { sink: { append: () => false }, registry });
    expect(await registry.metrics()).toContain('sluice_l7_documents_total{outcome="lost"} 1');
  });

  it('counts what a verdict says that comes behind the end', async () => {
    const view = viewOf();
    view.add(REQUEST);
    view.addLate(REQUEST, true, true);
    await view.close();
    expect(records.map(({ document }) => document.l7)).toMatchObject([
      { count: 1, would_block: 1, uninspectable: 1 },
    ]);
  });

  it('says in its metrics which bounds were reached', async () => {
    const settings = { ...DEFAULT_L7, sourcesMax: 1 };
    await tell([REQUEST, { ...REQUEST, client: '192.0.2.9' }], { settings, registry });
    const metrics = await registry.metrics();
    expect(metrics).toContain('sluice_l7_folded_total{bound="sources"} 1');
    expect(metrics).toContain('sluice_l7_folded_total{bound="groups"} 0');
    expect(metrics).toContain('sluice_l7_groups 0');
    expect(metrics).toContain('sluice_l7_documents_total{outcome="told"} 2');
  });
});

const intervalOf = ({ document }: SpoolRecord): readonly unknown[] => [
  document.start_time,
  document.end_time,
  document.count,
];
