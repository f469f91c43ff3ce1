/** What people do with alerts: over the hub's interface, by `sluice alerts`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AlertsClient, HUB_DEFAULT_LIMITS, Hub } from '@sluice/hub';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runAcknowledge, runSilence } from '../../packages/cli/src/alerts/change.ts';
import { runDeliveries, runList, runShow } from '../../packages/cli/src/alerts/list.ts';
import { runPreview } from '../../packages/cli/src/alerts/preview.ts';
import type { AlertsEnvironment } from '../../packages/cli/src/alerts/session.ts';
import { BASE_MILLIS } from '../event-store/generate.ts';
import { MemoryStore } from '../event-store/memory-store.ts';
import { AlertStand, MINUTE } from './stand.ts';

const SPEC = {
  ...{ description: 'd', summary: `seen \${count} times`, severity: 50, dataSet: 'waf' },
  ...{ period: '1m', lookback: '5m', owner: 'shop team' },
};
const WEB = { 'waf.destination.namespace': 'shop', 'waf.destination.owner': 'Deployment/web' };
const CART = { ...WEB, 'waf.destination.owner': 'Deployment/cart' };

let stand: AlertStand;
let hub: Hub;
let environment: AlertsEnvironment;
let flags: { readonly hub: string };
let output = '';

beforeEach(async () => {
  output = '';
  stand = new AlertStand(new MemoryStore());
  hub = new Hub({
    store: stand.store,
    alerts: stand.desk,
    log: pino({ level: 'silent' }),
    config: {
      ...{ nodes: false, admin: false, limits: HUB_DEFAULT_LIMITS },
      queries: { listen: { host: '127.0.0.1', port: 0 } },
    },
  });
  const { queries } = await hub.start();
  flags = { hub: `http://127.0.0.1:${queries}` };
  environment = {
    stdout: { write: (text: string) => (output += text) },
    ...{ variables: {}, now: () => BASE_MILLIS + stand.time, user: 'ada' },
    connect: (url) => new AlertsClient({ url }),
  };
});
afterEach(async () => {
  await hub.close();
  stand.close();
});

const json = async (run: (more: { readonly hub: string; readonly json: true }) => Promise<unknown>) => {
  output = '';
  await run({ ...flags, json: true });
  return JSON.parse(output);
};
const list = () => json((more) => runList(more, environment));

async function firing(): Promise<void> {
  stand.use({ sqli: SPEC });
  await stand.event({ ...WEB, 'source.ip': '192.0.2.1' });
  await stand.event(CART);
  await stand.pass(MINUTE);
}

describe('sluice alerts list', () => {
  it('says what there is, what fires, for whom, and what cannot be used', async () => {
    expect(await runList(flags, environment)).toBe(4);
    await firing();
    expect(await list()).toMatchObject({
      alerts: [{ name: 'sqli', owner: 'shop team', firing: 2, status: { active: true, healthy: true } }],
      instances: [
        { state: 'firing', key: CART },
        { state: 'firing', key: WEB, sample: { source: { ip: '192.0.2.1' } } },
      ],
      faults: [],
    });
    output = '';
    expect(await runList(flags, environment)).toBe(0);
    expect(output).toContain('shop/Deployment/web');
  });

  it('shows an alert with all its keys, and says where there is none', async () => {
    await firing();
    expect(await runShow('sqli', flags, environment)).toBe(0);
    expect(output).toMatch(/^owner +shop team$/m);
    await expect(runShow('none', flags, environment)).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' });
  });
});

describe('sluice alerts ack', () => {
  it('is of one key, which need not be named whole; who did it is shown', async () => {
    await firing();
    const key = ['waf.destination.owner=Deployment/web'];
    expect(await runAcknowledge('sqli', { ...flags, key }, environment)).toBe(0);
    const { instances } = await list();
    expect(
      instances.map(({ state, acknowledgedBy }: Record<string, unknown>) => [state, acknowledgedBy]),
    ).toEqual([
      ['firing', null],
      ['acknowledged', 'ada'],
    ]);
    const several = { ...flags, key: ['waf.destination.namespace=shop'] };
    await expect(runAcknowledge('sqli', several, environment)).rejects.toThrow('2 keys are so');
    await expect(runAcknowledge('sqli', { ...flags, key: ['x=y'] }, environment)).rejects.toThrow(
      'no such key',
    );
  });

  it('lets nobody be told when a silence ends, and ends with what it was about', async () => {
    stand.use({ sqli: SPEC });
    await runSilence('sqli', { ...flags, for: '3m' }, environment);
    await stand.event(WEB);
    await stand.pass(MINUTE);
    await runAcknowledge('sqli', flags, environment);
    await stand.event(WEB);
    await stand.pass(3 * MINUTE);
    expect(stand.told()).toEqual([]);
    await stand.pass(10 * MINUTE);
    await stand.event(WEB);
    await stand.pass(MINUTE);
    expect(stand.states).toEqual(['firing']);
  });
});

describe('sluice alerts silence', () => {
  it('lets nobody be told until it is over; then of what fires still', async () => {
    stand.use({ sqli: SPEC });
    expect(await runSilence('sqli', { ...flags, for: '3m' }, environment)).toBe(0);
    expect(output).toBe(`silent until ${stand.isoAt(3 * MINUTE)}\n`);
    await stand.event(WEB);
    await stand.pass(2 * MINUTE);
    expect(stand.told()).toEqual([]);
    expect((await list()).instances).toMatchObject([{ state: 'silenced' }]);
    await stand.pass(MINUTE);
    expect(stand.states).toEqual(['firing']);
  });

  it('is of one key alone where one is named, and can be ended', async () => {
    await firing();
    stand.told();
    const key = ['waf.destination.owner=Deployment/web'];
    await runSilence('sqli', { ...flags, key, for: '1d' }, environment);
    await stand.pass(10 * MINUTE);
    expect(stand.states).toEqual(['resolved', 'resolved']);
    await stand.event(WEB);
    await stand.event(CART);
    await stand.pass(MINUTE);
    expect(stand.told().map((notice) => notice.key['waf.destination.owner'])).toEqual(['Deployment/cart']);
    await runSilence('sqli', { ...flags, key, end: true }, environment);
    await stand.pass(MINUTE);
    expect(stand.told().map((notice) => notice.key['waf.destination.owner'])).toEqual(['Deployment/web']);
  });

  it('needs a time', async () => {
    await expect(runSilence('sqli', { ...flags, for: 'long' }, environment)).rejects.toMatchObject({
      code: 'ALERTS_OPTION',
    });
  });
});

describe('a cooldown', () => {
  it('lets the same be told again only when it is over, if it fires then', async () => {
    stand.use({ sqli: { ...SPEC, lookback: '1m', cooldown: '10m' } });
    for (const minute of [1, 3, 5]) {
      await stand.event(WEB);
      await stand.pass(MINUTE);
      await stand.pass(MINUTE);
      expect([minute, stand.states]).toEqual([minute, minute === 1 ? ['firing', 'resolved'] : []]);
    }
    for (let minute = 0; minute < 8; minute++) {
      await stand.event(WEB);
      await stand.pass(MINUTE);
    }
    expect(stand.told()).toMatchObject([{ state: 'firing', at: stand.isoAt(11 * MINUTE) }]);
  });
});

describe('sluice alerts deliveries', () => {
  it('is the log of who was told what', async () => {
    expect(await runDeliveries(undefined, { ...flags, size: '10' }, environment)).toBe(4);
    await firing();
    const waiting = await json((more) => runDeliveries('sqli', { ...more, size: '10' }, environment));
    expect(waiting.deliveries).toHaveLength(2);
    expect(waiting.deliveries[0]).toMatchObject({
      alert: 'sqli',
      told: 'firing',
      target: '@store',
      state: 'waiting',
    });
    stand.told();
    const told = await json((more) => runDeliveries('sqli', { ...more, size: '10' }, environment));
    expect(told.deliveries[0]).toMatchObject({ state: 'told', attempts: 1, nextAt: null });
    expect(await runDeliveries('another', { ...flags, size: '10' }, environment)).toBe(4);
  });
});

describe('sluice alerts preview', () => {
  const file = (spec: object): string => {
    const path = join(stand.folder, 'alert.json');
    const alert = { apiVersion: 'sluice.dev/v1alpha1', kind: 'Alert', metadata: { name: 'mine' }, spec };
    writeFileSync(path, JSON.stringify(alert));
    return path;
  };

  it('says how often it would have fired in the last day, and for what; and tells nobody', async () => {
    stand.time = 24 * 60 * MINUTE;
    for (const hour of [3, 9, 20]) await stand.event(WEB, { at: hour * 60 * MINUTE });
    await stand.event(WEB, { at: -60 * MINUTE });
    const answer = await json((more) => runPreview(file({ ...SPEC, cooldown: '1m' }), more, environment));
    expect(answer).toMatchObject({ alert: 'mine', firings: 3, evaluations: 1_440, shortened: false });
    expect(answer.shown[0]).toMatchObject({
      ...{ firedAt: stand.isoAt(181 * MINUTE), resolvedAt: stand.isoAt(186 * MINUTE) },
      ...{ key: WEB, count: 1, summary: 'seen 1 times' },
    });
    output = '';
    expect(await runPreview(file(SPEC), flags, environment)).toBe(0);
    expect(output).toContain('mine would have fired 3 times');
    expect(stand.told()).toEqual([]);
  });

  it('is of the time that is asked for, and 4 where there is nothing', async () => {
    stand.time = 24 * 60 * MINUTE;
    await stand.event(WEB, { at: 3 * 60 * MINUTE });
    expect(await runPreview(file(SPEC), { ...flags, from: '-2h' }, environment)).toBe(4);
  });

  it('finds what fires where there is nothing, too', async () => {
    stand.time = 60 * MINUTE;
    const none = { ...SPEC, metric: 'count', condition: 'lt', threshold: 1 };
    expect(await json((more) => runPreview(file(none), { ...more, from: '-1h' }, environment))).toMatchObject(
      {
        firings: 1,
      },
    );
  });

  it('says what is wrong with an alert', async () => {
    const wrong = { ...SPEC, query: '"source.ap" = 1' };
    await expect(runPreview(file(wrong), flags, environment)).rejects.toMatchObject({ code: 'QUERY_SYNTAX' });
    await expect(runPreview(file({ ...SPEC, metric: 'max' }), flags, environment)).rejects.toThrow(
      'non-count metrics require a field',
    );
  });
});
