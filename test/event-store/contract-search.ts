/** The part of the contract that finds documents, page by page. */
import { type EventStore, HubError, parseQuery, type Query, type SearchRequest, schemaOf } from '@sluice/hub';
import type { Json } from '@sluice/spool';
import { describe, expect, it } from 'vitest';
import { allDocuments, allIds, record, wellFormedJson } from './fixtures.ts';
import { BASE_MILLIS, TEXTS } from './generate.ts';

type Given = () => EventStore;

const ALL: Query = { kind: 'all' };
const asked = (text: string, more: Partial<SearchRequest> = {}): SearchRequest => ({
  dataSet: 'waf',
  query: parseQuery(text, schemaOf('waf')),
  size: 100,
  ...more,
});

export function describeSearch(given: Given): void {
  describeOrder(given);
  describePages(given);
  describeLimits(given);
  describeTexts(given);
}

function describeOrder(given: Given): void {
  describe('search: order', () => {
    it('gives the newest first, and by their ids those of one time', async () => {
      await given().append([
        record('b'),
        record('c', {}, { at: -1 }),
        record('a'),
        record('d', {}, { at: 1 }),
      ]);
      expect(await allIds(given(), asked(''))).toEqual(['d', 'a', 'b', 'c']);
      expect(await allIds(given(), asked('', { size: 1 }))).toEqual(['d', 'a', 'b', 'c']);
      const sort = { field: '@timestamp', order: 'asc' } as const;
      expect(await allIds(given(), asked('', { size: 2, sort }))).toEqual(['c', 'a', 'b', 'd']);
    });

    it('ends with a page whose cursor is null', async () => {
      await given().append([record('a'), record('b')]);
      expect((await given().search(asked('', { size: 2 }))).cursor).toBeNull();
      expect((await given().search(asked('', { size: 1 }))).cursor).not.toBeNull();
      expect(await given().search(asked('host = nobody'))).toEqual({ documents: [], cursor: null });
    });

    it.each<[string, readonly Json[]]>([
      ['host', ['', 'A', 'a', 'ab', '\uff5e', '\u{1f600}']],
      ['source.port', [Number.MIN_SAFE_INTEGER, -1, 0, 1, 10, Number.MAX_SAFE_INTEGER]],
      ['source.ip', ['::', '10.0.0.2', '10.0.0.10', '2001:db8::1']],
      ['waf.would_block', [false, true]],
      ['waf.flood.from', ['1969-12-31T23:59:59.999Z', '2026-11-23T06:00:00.000Z']],
    ])('sorts by %s, what lacks it last', async (field, values) => {
      const ids = values.map((_, at) => `v${at}`);
      await given().append([
        record('none'),
        ...values.map((value, at) => record(`v${at}`, { [field]: value })).reverse(),
      ]);
      for (const size of [1, 100]) {
        const rising = asked('', { sort: { field, order: 'asc' }, size });
        expect(await allIds(given(), rising)).toEqual([...ids, 'none']);
        const falling = asked('', { sort: { field, order: 'desc' }, size });
        expect(await allIds(given(), falling)).toEqual([...ids.toReversed(), 'none']);
      }
    });

    it('sorts by the least of several values, or falling by the greatest', async () => {
      await given().append([
        record('wide', { waf: { rules: [{ line: 9 }, { line: 1 }] } }),
        record('low', { waf: { rules: [{ line: 2 }] } }),
        record('high', { waf: { rules: { line: 8 } } }),
      ]);
      const by = (order: 'asc' | 'desc') =>
        allIds(given(), asked('', { sort: { field: 'waf.rules.line', order } }));
      expect(await by('asc')).toEqual(['wide', 'low', 'high']);
      expect(await by('desc')).toEqual(['wide', 'high', 'low']);
    });
  });
}

function describePages(given: Given): void {
  describe('search: pages and times', () => {
    it('goes on behind the last page whatever is stored meanwhile', async () => {
      await given().append([10, 20, 30].map((at) => record(`t${at}`, {}, { at })));
      const first = await given().search(asked('', { size: 2 }));
      expect(first.documents.map(({ id }) => id)).toEqual(['t30', 't20']);
      await given().append([5, 25, 40].map((at) => record(`t${at}`, {}, { at })));
      const rest = asked('', { size: 100, cursor: String(first.cursor) });
      expect(await allIds(given(), rest)).toEqual(['t10', 't5']);
    });

    it('has a time that includes its beginning and excludes its end', async () => {
      await given().append([0, 1, 2].map((at) => record(`t${at}`, {}, { at })));
      const range = { from: BASE_MILLIS, to: BASE_MILLIS + 2 };
      expect(await allIds(given(), asked('', range))).toEqual(['t1', 't0']);
      expect(await given().count({ dataSet: 'waf', query: ALL, ...range })).toBe(2);
      expect(
        await given().count({ dataSet: 'waf', query: ALL, from: BASE_MILLIS + 2, to: BASE_MILLIS }),
      ).toBe(0);
    });

    it('gives whole documents', async () => {
      const fields = {
        waf: { rules: [{ id: '942100', targets: [{ value: 'a', score: 5 }] }], would_block: true },
      };
      await given().append([record('a', fields)]);
      const { document } = record('a', fields);
      expect(await allDocuments(given(), asked(''))).toEqual([{ id: 'a', document }]);
      expect(await given().get('waf', 'a')).toEqual({ id: 'a', document });
      expect(await given().get('waf', 'A')).toBeNull();
    });
  });
}

function describeLimits(given: Given): void {
  describe('search: sums and refusals', () => {
    it('counts, and tells how much it holds', async () => {
      expect(await given().stats()).toMatchObject({
        documents: { waf: 0, l7: 0 },
        oldest: null,
        newest: null,
      });
      await given().append([record('a', {}, { at: 5 }), record('b', {}, { at: -5, dataSet: 'l7' })]);
      const stats = await given().stats();
      expect(stats).toMatchObject({
        documents: { waf: 1, l7: 1 },
        oldest: BASE_MILLIS - 5,
        newest: BASE_MILLIS + 5,
      });
      expect(stats.bytes).toBeGreaterThan(0);
    });

    it.each<[string, Partial<SearchRequest>, string]>([
      ['a field that is not there', { sort: { field: 'hsot', order: 'asc' } }, 'QUERY_FIELD'],
      ['a page of none', { size: 0 }, 'QUERY_SIZE'],
      ['a page without bounds', { size: 1e9 }, 'QUERY_SIZE'],
      ['a time that is no number', { from: Number.NaN }, 'QUERY_SIZE'],
      ['a cursor that is none', { cursor: 'garbage' }, 'QUERY_CURSOR'],
      [
        'a cursor of its own making',
        { cursor: Buffer.from('[{"a":1},2]').toString('base64url') },
        'QUERY_CURSOR',
      ],
    ])('refuses %s', async (_, more, code) => {
      await expect(given().search(asked('', more))).rejects.toSatisfy(
        (error) => error instanceof HubError && error.code === code,
      );
    });
  });
}

function describeTexts(given: Given): void {
  describe('texts', () => {
    it('come back as they were, half surrogate pairs as U+FFFD at most', async () => {
      await given().append(
        TEXTS.map((text, at) => record(`t${at}`, { 'waf.rules': [{ message: text }], strange: text })),
      );
      for (const [at, text] of TEXTS.entries()) {
        const found = await given().get('waf', `t${at}`);
        expect(wellFormedJson(found?.document ?? null)).toEqual(
          wellFormedJson(record(`t${at}`, { 'waf.rules': [{ message: text }], strange: text }).document),
        );
      }
    });

    it.each(['url.path', 'waf.rules.message', 'rule_info'])(
      'are found in %s by what they are',
      async (field) => {
        await given().append(
          TEXTS.map((text, at) => record(`t${String(at).padStart(2, '0')}`, { [field]: text })),
        );
        for (const text of TEXTS) {
          const value = text.toWellFormed();
          const expected = TEXTS.flatMap((each, at) =>
            each.toWellFormed() === value ? [`t${String(at).padStart(2, '0')}`] : [],
          );
          const sameText: Query = {
            kind: 'compare',
            field: { path: field, type: 'keyword' },
            operator: '=',
            value,
          };
          expect(await allIds(given(), { dataSet: 'waf', query: sameText, size: 100 })).toEqual(expected);
          const [head = '', ...tail] = value;
          const begins: Query = {
            kind: 'in',
            field: { path: field, type: 'keyword' },
            patterns: [
              [
                { kind: 'text', text: head },
                { kind: 'any' },
                ...(tail.length > 0 ? [{ kind: 'text' as const, text: tail.at(-1) ?? '' }] : []),
              ],
            ],
          };
          const matching = await allIds(given(), { dataSet: 'waf', query: begins, size: 100 });
          expect(matching).toEqual(expect.arrayContaining(expected));
        }
      },
    );
  });
}
