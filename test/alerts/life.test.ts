import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../event-store/memory-store.ts';
import { AlertStand, MINUTE } from './stand.ts';

/** The example that people who come from Calico have, as it is written. */
const EXAMPLE = {
  summary: 'WAF new waf-alert-942100',
  description: 'Test WAF Global Alert',
  severity: 1,
  dataSet: 'waf',
  period: '1m',
  lookback: '1h',
  query: '"rule_info" IN {"*942100*"}',
  threshold: 0,
  condition: 'gt',
};

const SQLI = { rule_info: "[1] Host:'' File:'x.conf' Line:'45' ID:'942100' Data:''" };
const SHOP = { 'waf.destination.namespace': 'shop', 'waf.destination.owner': 'Deployment/web' };

let stand: AlertStand;
beforeEach(() => {
  stand = new AlertStand(new MemoryStore());
});
afterEach(() => stand.close());

describe('an alert', () => {
  it('fires once for one event, and is resolved when that is behind the lookback', async () => {
    stand.use({ sqli: EXAMPLE });
    await stand.pass(MINUTE);
    expect(stand.told()).toEqual([]);
    await stand.event(SQLI);
    await stand.pass(MINUTE);
    expect(stand.told()).toMatchObject([
      { alert: 'sqli', state: 'firing', severity: 1, count: 1, event: 'e1' },
    ]);
    await stand.pass(59 * MINUTE);
    expect(stand.told()).toEqual([]);
    await stand.pass(2 * MINUTE);
    expect(stand.states).toEqual(['resolved']);
    await stand.pass(60 * MINUTE);
    expect(stand.told()).toEqual([]);
  });

  it('makes one notification of ten thousand events', async () => {
    stand.use({ sqli: EXAMPLE });
    for (let index = 0; index < 10_000; index++) await stand.event(SQLI);
    await stand.pass(MINUTE);
    expect(stand.told()).toMatchObject([{ state: 'firing', count: 10_000 }]);
    await stand.event(SQLI);
    await stand.pass(MINUTE);
    expect(stand.told()).toEqual([]);
  });

  it('tells workloads apart, and those that are known from those that are not', async () => {
    stand.use({ sqli: EXAMPLE });
    await stand.event({ ...SQLI, ...SHOP });
    await stand.event({ ...SQLI, ...SHOP, 'waf.destination.owner': 'Deployment/cart' });
    await stand.event({ ...SQLI, ...SHOP });
    await stand.event(SQLI);
    await stand.pass(MINUTE);
    const told = stand.told().map(({ key, count }) => [key['waf.destination.owner'] ?? null, count]);
    expect(told).toEqual([
      ['Deployment/cart', 1],
      ['Deployment/web', 2],
      [null, 1],
    ]);
  });

  it('does not pass over what came late, but within the lag', async () => {
    stand.use({ sqli: { ...EXAMPLE, lookback: '1m' } });
    await stand.pass(MINUTE);
    await stand.event(SQLI, { at: stand.time - 20_000 });
    await stand.pass(MINUTE);
    expect(stand.told()).toMatchObject([
      { state: 'firing', at: stand.isoAt(MINUTE), count: 1 },
      { state: 'resolved', at: stand.isoAt(2 * MINUTE) },
    ]);
    await stand.pass(MINUTE);
    expect(stand.told()).toEqual([]);
  });

  it('does not pass over what came hours late, where that was seen to come; nor tells twice what was told', async () => {
    stand.use({ sqli: { ...EXAMPLE, lookback: '2m' } });
    await stand.pass(MINUTE);
    await stand.event({ ...SQLI, ...SHOP });
    await stand.pass(MINUTE);
    expect(stand.states).toEqual(['firing']);
    for (let minute = 0; minute < 180; minute++) await stand.pass(MINUTE);
    expect(stand.states).toEqual(['resolved']);
    await stand.event(SQLI, { at: 90 * MINUTE });
    stand.arrived(90 * MINUTE);
    await stand.pass(MINUTE);
    expect(stand.told()).toMatchObject([
      { state: 'firing', key: {}, at: stand.isoAt(91 * MINUTE) },
      { state: 'resolved', key: {}, at: stand.isoAt(93 * MINUTE) },
    ]);
    await stand.pass(MINUTE);
    expect(stand.told()).toEqual([]);
  });

  it('does not tell again of what was over, where something else comes late from that time', async () => {
    stand.use({ sqli: { ...EXAMPLE, lookback: '2m' } });
    await stand.pass(MINUTE);
    await stand.event({ ...SQLI, ...SHOP });
    for (let minute = 0; minute < 10; minute++) await stand.pass(MINUTE);
    expect(stand.states).toEqual(['firing', 'resolved']);
    await stand.event(SQLI, { at: MINUTE });
    stand.arrived(MINUTE);
    await stand.pass(MINUTE);
    expect(stand.told()).toMatchObject([
      { state: 'firing', key: {} },
      { state: 'resolved', key: {} },
    ]);
  });

  it('remembers what came late when it is killed', async () => {
    stand.use({ sqli: { ...EXAMPLE, lookback: '1m' } });
    for (let minute = 0; minute < 30; minute++) await stand.pass(MINUTE);
    await stand.event(SQLI, { at: 10 * MINUTE });
    stand.arrived(10 * MINUTE);
    stand.restart();
    await stand.pass(0);
    expect(stand.states).toEqual(['firing', 'resolved']);
  });

  it('looks again only at as many periods as are made up for, and says so', async () => {
    stand.use({ sqli: { ...EXAMPLE, lookback: '1m' } });
    await stand.pass(MINUTE);
    stand.time += 3_000 * MINUTE;
    await stand.pass(0);
    stand.arrived(2 * MINUTE);
    await stand.pass(MINUTE);
    expect(stand.status('sqli')).toMatchObject({ healthy: false, errorConditions: [{ type: 'TooLate' }] });
    await stand.pass(MINUTE);
    expect(stand.status('sqli')).toMatchObject({ healthy: true, errorConditions: [] });
  });

  it('makes up for the periods without a hub, and doubles nothing', async () => {
    stand.use({ sqli: { ...EXAMPLE, lookback: '1m' } });
    await stand.event(SQLI);
    await stand.pass(MINUTE);
    expect(stand.states).toEqual(['firing']);
    await stand.event(SQLI, { at: stand.time + 30 * MINUTE });
    stand.time += 60 * MINUTE;
    stand.restart();
    await stand.pass(0);
    expect(stand.states).toEqual(['resolved', 'firing', 'resolved']);
  });

  it('is left to the one with the lease', async () => {
    stand.use({ sqli: EXAMPLE });
    const now = stand.time;
    expect(stand.book.lease('another', 0, Number.MAX_SAFE_INTEGER)).toBe(true);
    await stand.event(SQLI);
    await stand.pass(MINUTE);
    expect(stand.told()).toEqual([]);
    stand.book.release('another');
    await stand.pass(0);
    expect(stand.states).toEqual(['firing']);
    expect(stand.time).toBe(now + MINUTE);
  });
});
