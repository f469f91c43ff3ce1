/** `sluice events stats`. */
import { describe, expect, it } from 'vitest';
import { intervalFor } from '../../packages/cli/src/events/measure.ts';
import { runStats } from '../../packages/cli/src/events/stats.ts';
import { type EventParts, SELECT, speaking, storeWith } from './support.ts';

const EVENTS: readonly EventParts[] = [
  { id: 'a', ago: 3 * 3_600_000 },
  { id: 'b', ago: 3 * 3_600_000 },
  { id: 'c', ago: 3_600_000, outcome: 'would block', more: { source: { ip: '203.0.113.8' } } },
  {
    id: 'd',
    outcome: 'cut short',
    waf: {
      coverage: { request_bytes_seen: 100, request_bytes_passed: 60, skipped: ['request_body: limit'] },
    },
  },
  { id: 'e', outcome: 'allowed' },
  { id: 'f', outcome: 'allowed', waf: { flood: { count: 1_000 } } },
];

async function stats(events: readonly EventParts[], query = '', flags: { json?: true } = {}) {
  const spoken = speaking(await storeWith(events));
  const status = await runStats(query, { ...SELECT, top: '3', ...flags }, spoken);
  return { status, out: spoken.out(), err: spoken.err() };
}

describe('stats', () => {
  it('counts as a person would', async () => {
    const { status, out } = await stats(EVENTS, '', { json: true });
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      count: 6,
      blocked: 2,
      wouldBlock: 1,
      cutShort: 1,
      flood: 1_000,
      intervalMillis: 600_000,
      actions: [
        { key: 'deny', count: 3 },
        { key: 'allow', count: 2 },
        { key: 'uninspectable', count: 1 },
      ],
      rules: [
        { key: '942100', count: 3 },
        { key: '949110', count: 3 },
      ],
      sources: [
        { key: '203.0.113.7', count: 5 },
        { key: '203.0.113.8', count: 1 },
      ],
      destinations: [{ key: '10.0.0.1:80', count: 6 }],
      coverage: {
        requestBytesSeen: 150,
        requestBytesPassed: 90,
        skipped: [{ key: 'request_body: limit', count: 1 }],
      },
    });
    const { volume } = JSON.parse(out);
    expect(volume).toHaveLength(19);
    expect([volume[0], volume[12], volume[18]]).toMatchObject([
      { count: 2, blocked: 2, wouldBlock: 0 },
      { count: 1, blocked: 0, wouldBlock: 1 },
      { count: 3, blocked: 0, wouldBlock: 0 },
    ]);
  });

  it('counts what a query finds, and workloads where they are known', async () => {
    const owner = { destination: { owner: 'Deployment/shop' } };
    const { out } = await stats([...EVENTS, { id: 'g', waf: owner }], '"event.type" = "denied"', {
      json: true,
    });
    expect(JSON.parse(out)).toMatchObject({
      count: 3,
      wouldBlock: 0,
      destinations: [{ key: 'Deployment/shop', count: 1 }],
    });
  });

  it('draws it', async () => {
    const { out } = await stats(EVENTS);
    for (const line of [
      '6 events, 2026-11-23T09:00:00.000Z to 2026-11-23T12:00:00.000Z',
      '2 blocked, 1 would be blocked, 1 not inspected to their end',
      '1000 more that summaries of floods stand for, in no other number here',
      'Volume every 10 m (█ blocked, ▓ would be, ░ others)',
      `  2026-11-23T09:00:00  2  ${'█'.repeat(27)}`,
      `  2026-11-23T11:00:00  1  ${'▓'.repeat(13)}`,
      '  3  942100',
      '  request bodies: 150 bytes came, 90 went on',
    ]) {
      expect(out.split('\n')).toContain(line);
    }
  });

  it('ends with 4 where there is nothing', async () => {
    expect(await stats([])).toEqual({ status: 4, out: '', err: 'nothing found\n' });
  });
});

it('takes the shortest interval of which a screen has room', () => {
  expect([0, 10_000, 3_600_000, 86_400_000, 365 * 86_400_000].map(intervalFor)).toEqual([
    1_000,
    1_000,
    300_000,
    10_800_000,
    30 * 86_400_000,
  ]);
});
