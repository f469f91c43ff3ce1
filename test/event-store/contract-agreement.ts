/** The part of the contract that compares a store with the reference: generated queries over generated documents. */
import {
  type AggregateRequest,
  type Bucket,
  type EventStore,
  parseQuery,
  printQuery,
  type SearchRequest,
  type Selection,
  schemaOf,
} from '@sluice/hub';
import { DATA_SETS, type DataSet, type SpoolRecord } from '@sluice/spool';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContractOptions, OpenStore } from './contract.ts';
import { allIds } from './fixtures.ts';
import { BASE_MILLIS, queryArbitrary, queryFields, recordArbitrary } from './generate.ts';
import { MemoryStore } from './memory-store.ts';

const DOCUMENTS = 150;

function documents(dataSet: DataSet): readonly SpoolRecord[] {
  const made = recordArbitrary(dataSet, schemaOf(dataSet));
  const ids = Array.from({ length: DOCUMENTS }, (_, at) => `id${String(at).padStart(4, '0')}`);
  const [sample = []] = fc.sample(fc.tuple(...ids.map(made)), { numRuns: 1, seed: 1_133_757 });
  return sample;
}

const selectionArbitrary = (dataSet: DataSet): fc.Arbitrary<Selection> =>
  fc
    .record({
      query: queryArbitrary(queryFields(schemaOf(dataSet))),
      from: fc.option(fc.constantFrom(BASE_MILLIS, BASE_MILLIS + 1)),
      to: fc.option(fc.constantFrom(BASE_MILLIS + 1, BASE_MILLIS + 60_000)),
    })
    .map(({ query, from, to }) => ({
      dataSet,
      query,
      ...(from === null ? {} : { from }),
      ...(to === null ? {} : { to }),
    }));

function searchArbitrary(dataSet: DataSet): fc.Arbitrary<SearchRequest> {
  const paths = queryFields(schemaOf(dataSet)).map(({ path }) => path);
  const often = ['@timestamp', 'source.ip', 'http.request.method'].filter((path) => paths.includes(path));
  const field = fc.oneof(fc.constantFrom(...often), fc.constantFrom(...paths));
  return fc
    .tuple(
      selectionArbitrary(dataSet),
      fc.record({ field, order: fc.constantFrom('asc' as const, 'desc' as const) }),
      fc.constantFrom(25, 1_000),
    )
    .map(([selection, sort, size]) => ({ ...selection, sort, size }));
}

function aggregateArbitrary(dataSet: DataSet): fc.Arbitrary<AggregateRequest> {
  const fields = queryFields(schemaOf(dataSet));
  const path = fc.constantFrom(...fields.map((field) => field.path));
  const numeric = fc.constantFrom(...fields.filter(({ type }) => type === 'long').map((field) => field.path));
  const metric = fc.option(
    fc.record({ kind: fc.constantFrom('avg' as const, 'max' as const, 'min' as const), field: numeric }),
  );
  const shape = fc.oneof(
    path.map((field) => ({ kind: 'terms' as const, field, size: 1_000 })),
    fc
      .array(path, { minLength: 1, maxLength: 2 })
      .map((each) => ({ kind: 'composite' as const, fields: [...new Set(each)], size: 9 })),
    fc.constant({ kind: 'date_histogram' as const, intervalMillis: 600_000 }),
  );
  return fc
    .tuple(selectionArbitrary(dataSet), shape, metric)
    .map(([selection, kind, of]) => ({ ...selection, ...kind, ...(of === null ? {} : { metric: of }) }));
}

/** A metric of large numbers is a sum of doubles, whose order stores choose. */
function close(a: readonly Bucket[], b: readonly Bucket[]): void {
  expect(a.map(({ key, count }) => ({ key, count }))).toEqual(b.map(({ key, count }) => ({ key, count })));
  for (const [at, { metric }] of a.entries()) {
    const other = b[at]?.metric ?? null;
    if (metric === null || other === null) expect(metric).toBe(other);
    else expect(Math.abs(metric - other)).toBeLessThanOrEqual(Math.max(1e-9, Math.abs(other) * 1e-9, 64));
  }
}

export function describeAgreement(name: string, open: OpenStore, { queries }: ContractOptions): void {
  describe.each(DATA_SETS)(`${name} and the reference, on %s`, (dataSet) => {
    const reference = new MemoryStore();
    let store: EventStore;
    beforeAll(async () => {
      store = await open();
      const records = documents(dataSet);
      await reference.append(records);
      expect(await store.append(records)).toEqual(records.map(() => ({ kind: 'stored' })));
    });
    afterAll(() => store.close());

    it('find the same documents in the same order', async () => {
      await fc.assert(
        fc.asyncProperty(searchArbitrary(dataSet), async (request) => {
          const text = printQuery(request.query);
          // The parser has a bound on what a client may send; the stores have none.
          if (text.length <= 65_536) expect(parseQuery(text, schemaOf(dataSet))).toEqual(request.query);
          const expected = await allIds(reference, request);
          expect(await allIds(store, request)).toEqual(expected);
          expect(await store.count(request)).toBe(expected.length);
        }),
        { numRuns: queries },
      );
    });

    it('group them alike', async () => {
      await fc.assert(
        fc.asyncProperty(aggregateArbitrary(dataSet), async (request) => {
          const expected = await reference.aggregate(request);
          const found = await store.aggregate(request);
          close(found.buckets, expected.buckets);
          expect(found.cursor === null).toBe(expected.cursor === null);
          if (found.cursor === null || expected.cursor === null || request.kind !== 'composite') return;
          const next = await store.aggregate({ ...request, cursor: found.cursor });
          close(next.buckets, (await reference.aggregate({ ...request, cursor: expected.cursor })).buckets);
        }),
        { numRuns: Math.ceil(queries / 3) },
      );
    });
  });
}
