/** What comes behind a place: each document once, in the order in which it came. */
import { type Arrivals, type EventStore, parseQuery, schemaOf } from '@sluice/hub';
import { describe, expect, it } from 'vitest';
import { record } from './fixtures.ts';

const ALL = { dataSet: 'waf', query: { kind: 'all' } } as const;
const APPENDERS = 6;
const BATCHES = 8;
const BATCH = 20;

/** Of a store that keeps an order of arrival. */
export function describeArrivals(given: () => EventStore): void {
  const ask = async (after: string | null, size = 100, query = ALL.query as Selected): Promise<Arrivals> => {
    const answer = await given().arrivals?.({ dataSet: 'waf', query, after, size });
    if (answer === undefined || answer === null) throw new TypeError('the store keeps no order of arrival');
    return answer;
  };
  const idsOf = ({ documents }: Arrivals): readonly string[] => documents.map(({ id }) => id);

  describe('arrivals', () => {
    it('begin behind what is there, and come in their order whatever their times are', async () => {
      await given().append([record('before', {}, { at: 1_000 })]);
      const begun = await ask(null);
      expect(idsOf(begun)).toEqual([]);
      await given().append([record('b', {}, { at: 50 }), record('c', {}, { at: -86_400_000 })]);
      await given().append([record('a', {}, { at: 2_000 }), record('before')]);
      const next = await ask(begun.place);
      expect(idsOf(next)).toEqual(['b', 'c', 'a']);
      expect(idsOf(await ask(next.place))).toEqual([]);
    });

    it('are told of a store that had nothing', async () => {
      const begun = await ask(null);
      await given().append([record('a'), record('l7', {}, { dataSet: 'l7' })]);
      expect(idsOf(await ask(begun.place))).toEqual(['a']);
    });

    it('come in pages, and only those that are asked for', async () => {
      await given().append([record('z')]);
      let { place, more }: Arrivals = await ask(null);
      const records = Array.from({ length: 25 }, (_, at) =>
        record(`d${at}`, { host: at % 2 === 0 ? 'x' : 'y' }),
      );
      await given().append(records);
      const query = parseQuery('host = x', schemaOf('waf'));
      const told: string[] = [];
      do {
        const page = await ask(place, 5, query);
        expect(page.documents.length).toBeLessThanOrEqual(5);
        told.push(...idsOf(page));
        ({ place, more } = page);
      } while (more);
      expect(told).toEqual(records.filter((_, at) => at % 2 === 0).map(({ id }) => id));
      expect(idsOf(await ask(place, 5, query))).toEqual([]);
    });

    it('are each told once while many come at once', async () => {
      await given().append([record('first')]);
      let { place }: Arrivals = await ask(null);
      const told: string[] = [];
      const look = async (): Promise<void> => {
        for (let more = true; more; ) {
          const page = await ask(place, 50);
          told.push(...idsOf(page));
          ({ place, more } = page);
        }
      };
      let isOver = false;
      const looking = (async () => {
        while (!isOver) await look();
      })();
      const appender = async (name: number): Promise<void> => {
        for (let batch = 0; batch < BATCHES; batch++)
          await given().append(
            Array.from({ length: BATCH }, (_, at) =>
              record(`${name}-${batch}-${at}`, {}, { at: at * 1_000 - batch }),
            ),
          );
      };
      await Promise.all(Array.from({ length: APPENDERS }, (_, name) => appender(name)));
      isOver = true;
      await looking;
      await look();
      expect(new Set(told).size).toBe(told.length);
      expect(told).toHaveLength(APPENDERS * BATCHES * BATCH);
    });

    it('refuse a place that is none', async () => {
      await expect(ask('not a place')).rejects.toMatchObject({ code: 'QUERY_CURSOR' });
    });
  });
}

type Selected = Parameters<EventStore['search']>[0]['query'];
