/** What alerts count, as Prometheus reads it of the hub. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AlertBook,
  AlertDesk,
  AlertRunner,
  defineAlert,
  HUB_DEFAULT_LIMITS,
  Hub,
  webhookSchema,
} from '@sluice/hub';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { record } from '../event-store/fixtures.ts';
import { MemoryStore } from '../event-store/memory-store.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { SILENT } from './stand.ts';

const SPEC = { description: 'd', severity: 1, dataSet: 'waf', period: '1m', lookback: '10m' };
const HOUR = 3_600_000;

const folder = mkdtempSync(join(tmpdir(), 'sluice-alert-metrics-'));
const store = new MemoryStore();
let receiver: Receiver;
let hub: Hub;
let runner: AlertRunner;
let book: AlertBook;
let port = 0;
let ahead = 0;

beforeAll(async () => {
  receiver = await startReceiver([500]);
  book = AlertBook.open(join(folder, 'alerts.db'));
  const webhook = webhookSchema.parse({ kind: 'generic', url: receiver.url, allowLocal: true });
  const now = (): number => Date.now() + ahead;
  runner = new AlertRunner({ store, book, log: SILENT, holder: 'a', webhooks: { people: webhook }, now });
  hub = new Hub({
    ...{ store, log: pino({ level: 'silent' }), alerts: new AlertDesk(runner, { book, store }) },
    config: {
      ...({ nodes: false, limits: HUB_DEFAULT_LIMITS } as const),
      queries: { listen: { host: '127.0.0.1', port: 0 } },
      admin: { listen: { host: '127.0.0.1', port: 0 } },
    },
  });
  port = (await hub.start()).admin ?? 0;
});

afterAll(async () => {
  await runner.stop();
  await hub.close();
  receiver.close();
  book.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Values of a metric by its labels. */
async function metric(name: string): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  return Object.fromEntries(
    lines.map((line) => [line.slice(name.length, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
  );
}

it('has alerts in force, what fires, who was told and what failed', async () => {
  const source = { '@timestamp': new Date(Date.now() - 5_000).toISOString() };
  await store.append([{ ...record('one'), document: { ...record('one').document, ...source } }]);
  const definitions = ['seen', 'never'].map((name) =>
    defineAlert(name, name === 'never' ? { ...SPEC, query: 'method = NONE' } : SPEC),
  );
  runner.use('test', { definitions, faults: [] });
  expect(await metric('sluice_hub_alerts')).toEqual({ '': 2 });
  runner.start();
  await vi.waitFor(() => expect(receiver.taken.size).toBe(1), { timeout: 30_000, interval: 50 });
  const told = { '{target="@store",outcome="told"}': 1 };
  await vi.waitFor(
    async () =>
      expect(await metric('sluice_hub_alert_deliveries_total')).toEqual({
        ...told,
        '{target="people",outcome="again"}': 1,
        '{target="people",outcome="told"}': 1,
      }),
    { timeout: 10_000 },
  );
  expect(await metric('sluice_hub_alert_firing')).toEqual({ '{alert="seen"}': 1, '{alert="never"}': 0 });
  expect(await metric('sluice_hub_alert_notices_total')).toEqual({ '{alert="seen",state="firing"}': 1 });
  expect(await metric('sluice_hub_alert_deliveries_waiting')).toEqual({ '': 0 });
  expect(await metric('sluice_hub_alert_evaluations_total')).toEqual({
    '{alert="seen",outcome="done"}': 1,
    '{alert="never",outcome="done"}': 1,
  });
  expect(await metric('sluice_hub_alert_evaluation_seconds_count')).toEqual({ '': 2 });
  expect(await metric('sluice_hub_alert_evaluation_lag_seconds')).toEqual({
    '{alert="seen"}': 0,
    '{alert="never"}': 0,
  });
}, 60_000);

it('says how late evaluations are, and forgets alerts that are gone', async () => {
  await runner.stop();
  ahead = HOUR;
  const [lag = 0] = Object.values(await metric('sluice_hub_alert_evaluation_lag_seconds'));
  // An hour, but for the minute after which it is due.
  expect(lag).toBeGreaterThanOrEqual(3_540);
  expect(lag).toBeLessThan(3_700);
  runner.use('test', { definitions: [], faults: [] });
  expect(await metric('sluice_hub_alert_firing')).toEqual({});
});
