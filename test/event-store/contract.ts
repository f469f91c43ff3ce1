/** What every store of events does, told of whatever `open` gives. */
import { type EventStore, parseQuery, type Query, schemaOf } from '@sluice/hub';
import type { Json } from '@sluice/spool';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeAggregates } from './contract-aggregates.ts';
import { describeAgreement } from './contract-agreement.ts';
import { describeArrivals } from './contract-arrivals.ts';
import { describeSearch } from './contract-search.ts';
import { allIds, record } from './fixtures.ts';

/** A store that is empty, and shows what was appended as soon as `append` has resolved. */
export type OpenStore = () => Promise<EventStore>;

export interface ContractOptions {
  /** Queries that are compared with the reference, for each data set. */
  readonly queries: number;
  /** Whether it keeps the order in which documents come. */
  readonly arrivals?: true;
}

const ALL: Query = { kind: 'all' };
const parse = (text: string): Query => parseQuery(text, schemaOf('waf'));

export function describeEventStore(name: string, open: OpenStore, options: ContractOptions): void {
  describe(`${name} as a store of events`, () => {
    let store: EventStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());
    const given = (): EventStore => store;
    describeAppend(given);
    describeRefusals(given);
    describeSearch(given);
    describeAggregates(given);
    if (options.arrivals === true) describeArrivals(given);
  });
  describeAgreement(name, open, options);
}

function describeAppend(given: () => EventStore): void {
  describe('append', () => {
    it('keeps a document once, however often it comes', async () => {
      const first = record('a', { host: 'first' });
      expect(await given().append([first, record('a', { host: 'second' }), record('b')])).toEqual([
        { kind: 'stored' },
        { kind: 'duplicate' },
        { kind: 'stored' },
      ]);
      expect(await given().append([record('b', { host: 'third' }), record('c')])).toEqual([
        { kind: 'duplicate' },
        { kind: 'stored' },
      ]);
      expect((await given().get('waf', 'a'))?.document).toEqual(first.document);
      expect(await given().count({ dataSet: 'waf', query: ALL })).toBe(3);
    });

    it('keeps data sets apart', async () => {
      await given().append([record('a'), record('a', {}, { dataSet: 'l7' })]);
      expect(await allIds(given(), { dataSet: 'l7', query: ALL, size: 10 })).toEqual(['a']);
      expect((await given().stats()).documents).toEqual({ waf: 1, l7: 1, alert: 0 });
      expect(await given().get('l7', 'b')).toBeNull();
    });

    it('takes fields that the schema does not know, and gives them back', async () => {
      const strange = { strange: { deep: [1, { er: null }] }, ['x'.repeat(300)]: true, 'waf.unknown': 'a' };
      expect(await given().append([record('a', strange)])).toEqual([{ kind: 'stored' }]);
      expect((await given().get('waf', 'a'))?.document).toEqual(record('a', strange).document);
    });

    it('refuses what is no object, or as deep as no parser goes, and takes the rest', async () => {
      let deep: Json = 1;
      for (let depth = 0; depth < 50_000; depth += 1) deep = [deep];
      const records = [
        record('a'),
        { ...record('x'), document: [record('x').document] as never },
        record('y', { deep }),
        record('b'),
      ];
      const outcomes = await given().append(records);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['stored', 'refused', 'refused', 'stored']);
    });

    it('takes nothing, and a thousand at once', async () => {
      expect(await given().append([])).toEqual([]);
      const many = Array.from({ length: 1_000 }, (_, at) => record(`n${at}`, { host: `h${at % 7}` }, { at }));
      const outcomes = await given().append(many);
      expect(outcomes.filter(({ kind }) => kind === 'stored')).toHaveLength(1_000);
      expect(await given().count({ dataSet: 'waf', query: parse('host = h3') })).toBe(143);
    });
  });
}

function describeRefusals(given: () => EventStore): void {
  describe('append', () => {
    it.each<[string, string, { readonly [name: string]: Json }]>([
      ['no time', 'x', { '@timestamp': null }],
      ['a time that is none', 'x', { '@timestamp': 'yesterday' }],
      ['two times', 'x', { '@timestamp': ['2026-11-23T06:00:00.000Z', '2026-11-23T06:00:00.001Z'] }],
      ['several values where one belongs', 'x', { host: ['a', 'b'] }],
      ['a number where text belongs', 'x', { host: 5 }],
      ['text where a number belongs', 'x', { source: { port: '80' } }],
      ['a number that a double cannot hold', 'x', { source: { port: 2 ** 60 } }],
      ['a fraction', 'x', { source: { port: 1.5 } }],
      ['a text that is no address', 'x', { source: { ip: '10.0.0' } }],
      ['an object where a value belongs', 'x', { host: { name: 'a' } }],
      ['a value where an object belongs', 'x', { waf: 'a' }],
      ['a value that no index takes', 'x', { host: 'x'.repeat(8_192) }],
      ['a score that is no number', 'x', { waf: { scores: { a: 'high' } } }],
      ['a name without characters', 'x', { '': 1 }],
      ['a name that is empty between dots', 'x', { 'a..b': 1 }],
      ['an empty id', '', {}],
      ['an id with control characters', 'a\nb', {}],
      ['an id that is too long', 'x'.repeat(513), {}],
      ["another document's event.id", 'x', { 'event.id': 'y' }],
    ])('refuses %s, and takes the rest of the batch', async (_, id, fields) => {
      const outcomes = await given().append([record('a'), record(id, fields), record('b')]);
      expect(outcomes).toEqual([
        { kind: 'stored' },
        { kind: 'refused', reason: expect.stringMatching(/./) },
        { kind: 'stored' },
      ]);
      expect(await given().count({ dataSet: 'waf', query: ALL })).toBe(2);
    });
  });
}
