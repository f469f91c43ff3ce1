import { describe, expect, it } from 'vitest';
import { OTHER_IDLE_MILLIS_MAX } from '../src/limits.ts';
import { restOf } from '../src/pods/rest.ts';

const NONE = { requests: 0, connections: 0, otherBytes: 0 };

describe('the connections of a released pod', () => {
  it.each([
    ['idle ones of HTTP', { ...NONE, connections: 2 }, 2, null],
    ['a request', { ...NONE, requests: 1, connections: 1 }, 1, '1 request'],
    ['ones without HTTP', { ...NONE, connections: 1 }, 3, '2 connections without HTTP'],
    ['both', { ...NONE, requests: 2, connections: 1 }, 2, '2 requests and 1 connection without HTTP'],
    ['fewer than Envoy counts, which looked earlier', { ...NONE, connections: 3 }, 2, null],
  ])('wait for what is under way: %s', (_, activity, redirected, waitsFor) => {
    expect(restOf(activity, redirected, null, 0).waitsFor).toBe(waitsFor);
  });

  it('are at rest without HTTP when they have moved nothing for long, and not before', () => {
    const at = (otherBytes: number, former: Parameters<typeof restOf>[2], now: number) =>
      restOf({ ...NONE, otherBytes }, 1, former, now);
    const first = at(10, null, 1_000);
    const moved = at(11, first.quiet, 2_000);
    const almost = at(11, moved.quiet, 1_999 + OTHER_IDLE_MILLIS_MAX);
    expect(almost.waitsFor).toBe('1 connection without HTTP');
    expect(at(11, almost.quiet, 2_000 + OTHER_IDLE_MILLIS_MAX).waitsFor).toBeNull();
    expect(at(12, almost.quiet, 2_000 + OTHER_IDLE_MILLIS_MAX).waitsFor).not.toBeNull();
  });
});
