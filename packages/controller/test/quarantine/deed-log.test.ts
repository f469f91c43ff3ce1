import type { Document } from '@sluice/spool';
import { expect, it } from 'vitest';
import { DeedLog, type Held } from '../../src/quarantine/deed-log.ts';
import { QUARANTINE_LIMITS } from '../../src/quarantine/limits.ts';
import { readPod } from '../../src/quarantine/pod.ts';

const NOW = Date.parse('2026-11-01T12:00:00Z');
const held = (name: string): Held => ({
  pod: readPod({ metadata: { namespace: 'shop', name, uid: `uid-${name}` }, spec: {}, status: {} }),
  record: {
    ...{ uid: `uid-${name}`, since: NOW, until: NOW + 600_000, reason: 'a test' },
    ...{ actor: 'jane', origin: 'person', event: '' },
  },
});

/** A store that is away while `away` says so, and keeps what it gets. */
function store() {
  const told: Document[] = [];
  const state = { away: false, clock: 0, millis: 0 };
  const record = (documents: readonly Document[]): Promise<void> => {
    if (state.away) return Promise.reject(new RangeError('away'));
    told.push(...documents);
    state.clock += state.millis;
    return Promise.resolve();
  };
  const acts = (): readonly unknown[] => told.map(({ waf }) => Reflect.get(Object(waf), 'quarantine').act);
  return { told, state, acts, log: new DeedLog(record, '1', () => state.clock) };
}

it('keeps what nobody took, in order and with its own time, until somebody does', async () => {
  const { log, state, told, acts } = store();
  state.away = true;
  await expect(log.compare([held('web-1')], NOW)).rejects.toThrow('away');
  await expect(log.compare([], NOW + 1_000)).rejects.toThrow('away');
  await expect(log.compare([held('web-2')], NOW + 9_000)).rejects.toThrow('away');
  state.away = false;
  await log.compare([held('web-2')], NOW + 10_000);
  expect(acts()).toEqual(['quarantined', 'released', 'quarantined']);
  expect(told[1]?.['@timestamp']).toBe(new Date(NOW + 1_000).toISOString());
  await log.compare([held('web-2')], NOW + 11_000);
  expect(acts()).toHaveLength(3);
});

it('keeps no more than so many', async () => {
  const { log, state, told } = store();
  const many = Array.from({ length: QUARANTINE_LIMITS.deedsWaitingMax + 5 }, (_, at) => held(`web-${at}`));
  state.away = true;
  await expect(log.compare(many, NOW)).rejects.toThrow('away');
  state.away = false;
  await log.compare(many, NOW);
  expect(told).toHaveLength(QUARANTINE_LIMITS.deedsWaitingMax);
});

it('leaves for the next time what a slow store has not taken within a few seconds', async () => {
  const { log, state, told } = store();
  const { deedsPerDelivery, deliveryMillis } = QUARANTINE_LIMITS;
  const many = Array.from({ length: 5 * deedsPerDelivery }, (_, at) => held(`web-${at}`));
  state.millis = 0.6 * deliveryMillis;
  await log.compare(many, NOW);
  expect(told).toHaveLength(2 * deedsPerDelivery);
  state.millis = 0;
  await log.compare(many, NOW);
  expect(told.map(({ waf }) => Reflect.get(Object(waf), 'quarantine').pod)).toEqual(
    many.map(({ pod }) => pod.name),
  );
});
