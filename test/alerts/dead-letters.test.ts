/** Records that the hub refuses for good: told once an interval, so that an alert can ask for it. */

import { join } from 'node:path';
import { HUB_DEFAULT_LIMITS, Hub, OWN_EVENT_MILLIS, preview, readAlerts } from '@sluice/hub';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { repositoryRoot } from '../../scripts/tidy.ts';
import { isoOf, record } from '../event-store/fixtures.ts';
import { BASE_MILLIS } from '../event-store/generate.ts';
import { MemoryStore } from '../event-store/memory-store.ts';
import { AlertStand } from './stand.ts';

const WRONG = { ...record('wrong'), document: { '@timestamp': 'never' } };

it('are an event, and the ready alert fires', async () => {
  const stand = new AlertStand(new MemoryStore());
  const { store } = stand;
  let now = BASE_MILLIS;
  const config = {
    ...({ nodes: false, admin: false, limits: HUB_DEFAULT_LIMITS } as const),
    queries: { listen: { host: '127.0.0.1', port: 0 } },
  } as const;
  const hub = new Hub({ store, alerts: stand.desk, config, log: pino({ level: 'silent' }), now: () => now });
  expect(await hub.append([record('good'), WRONG])).toMatchObject([{ kind: 'stored' }, { kind: 'refused' }]);
  await hub.append([WRONG]);
  now += OWN_EVENT_MILLIS;
  await hub.append([WRONG]);
  const { documents } = await store.search({ dataSet: 'waf', query: { kind: 'all' }, size: 10 });
  const own = documents.filter(({ id }) => id.startsWith('dead-letters-'));
  expect(own.map(({ document }) => document)).toMatchObject([
    { '@timestamp': isoOf(now), event: { kind: 'event', action: 'dead-letters', outcome: 'failure' } },
    { event: { reason: expect.stringContaining('1 of 2 records of a spool of the hub are refused: ') } },
  ]);
  const { definitions } = readAlerts([join(repositoryRoot, 'rules/alerts/dead-letters.yaml')]);
  const [alert] = definitions;
  expect(alert?.name).toBe('dead-letters');
  const window = { from: BASE_MILLIS - 60_000, to: now + 600_000 };
  expect((await preview(alert!, store, window)).firings).toBe(1);
  stand.close();
});
