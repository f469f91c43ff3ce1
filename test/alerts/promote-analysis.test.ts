/** What `sluice promote` finds in a day of a shop, and what becomes of that day with the exclusions that it proposes. */
import { ElasticsearchStore, type EventStore, SqliteStore } from '@sluice/hub';
import { type Analysis, analyse } from '@sluice/hub/promote';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TemporaryDirectory } from '../../packages/cli/src/envoy/temporary.ts';
import { parseConfig } from '../../packages/server/src/index.ts';
import { freshNamespace, sharedElasticsearch } from '../elasticsearch.ts';
import { DAY_MILLIS, day, MORNING } from './promote-day.ts';
import { Gateway } from './promote-traffic.ts';

const directory = new TemporaryDirectory('sluice-promote-');

const STORES: Readonly<Record<string, () => Promise<EventStore>>> = {
  SQLite: () => SqliteStore.open({ path: directory.join('events.db') }),
  Elasticsearch: async () => {
    const node = await sharedElasticsearch('8.19.8');
    return new ElasticsearchStore({ client: { node }, namespace: freshNamespace() });
  },
};

const configOf = (exclusions: readonly object[]) =>
  parseConfig(
    JSON.stringify({
      policies: { shop: { mode: 'Detect', exclusions } },
      select: { destinations: [{ policy: 'shop', ports: [8080] }] },
    }),
    'sluice.yaml',
  );

const window = { workload: 'shop', from: MORNING, to: MORNING + DAY_MILLIS };

/** Where the groups of one verdict are. */
const placesOf = ({ groups }: Analysis, verdict: string): readonly string[] => [
  ...new Set(
    groups
      .filter(({ judgement }) => judgement.verdict === verdict)
      .map(({ target, path }) => `${target} at ${path}`),
  ),
];

afterAll(() => directory.remove());

describe.each(Object.entries(STORES))(
  'on %s, a day with three false positives and 200 attacks',
  (_, open) => {
    let store: EventStore;
    let analysis: Analysis;

    beforeAll(async () => {
      store = await open();
      const outcomes = await new Gateway(configOf([])).serve(day(), store);
      const stopped = outcomes.filter(({ wouldBlock }) => wouldBlock);
      expect(stopped.filter(({ visit }) => visit.isAttack)).toHaveLength(200);
      expect(stopped.filter(({ visit }) => !visit.isAttack)).toHaveLength(180);
    });

    afterAll(() => store.close());

    it('finds the three, and no other', async () => {
      // Elasticsearch shows what it has stored within a second.
      await expect.poll(() => analyse(store, window).then(({ events }) => events)).toBe(380);
      analysis = await analyse(store, window);
      expect(placesOf(analysis, 'false positive').toSorted()).toEqual([
        'ARGS:comment at /posts/{id}/comments',
        'ARGS:json.blocks.{n}.html at /api/pages',
        'ARGS:url at /settings/hooks',
      ]);
      expect(placesOf(analysis, 'unclear')).toEqual([]);
    });

    it('says why, with examples and numbers', () => {
      const group = analysis.groups.find(({ rule }) => rule === '934110');
      expect(group).toMatchObject({ target: 'ARGS:url', path: '/settings/hooks', requests: 60, sources: 20 });
      expect(group?.judgement.because.map(({ rule }) => rule)).toEqual([
        'many users',
        'no other signal',
        'few rules',
        'low score',
      ]);
      expect(group?.examples).toHaveLength(3);
      expect(new Set(group?.examples.map(({ source }) => source)).size).toBe(3);
    });

    it('proposes exclusions with which the three pass and no attack does', async () => {
      const { proposed, refused, notCleared } = analysis.exclusions;
      expect(proposed.map(({ arithmetic, policy }) => [arithmetic, policy])).toEqual(
        Array.from({ length: 3 }, () => ['exact', 'shop']),
      );
      expect([refused, notCleared]).toEqual([[], 0]);
      const next = new Gateway(configOf(proposed.map(({ exclusion }) => exclusion)));
      const outcomes = await next.serve(day({ from: MORNING + DAY_MILLIS }), store);
      expect(outcomes.filter(({ visit, wouldBlock }) => !visit.isAttack && wouldBlock)).toEqual([]);
      expect(outcomes.filter(({ visit, wouldBlock }) => visit.isAttack && wouldBlock)).toHaveLength(200);
    });
  },
);
