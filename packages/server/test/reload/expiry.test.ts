import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { ExclusionExpiry } from '../../src/reload/expiry.ts';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const TEXT = `policies: {default: {exclusions: [{rules: [942100], expires: '2026-11-23T14:30:00Z'}]}}`;

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

it('reads the configuration again when an exclusion ends, and then no more', async () => {
  let config = parseConfig(TEXT, 'sluice.yaml');
  const reload = vi.fn(async () => {
    config = parseConfig(TEXT, 'sluice.yaml');
  });
  const expiry = new ExclusionExpiry({ config: () => config, reload });
  expiry.follow();
  await vi.advanceTimersByTimeAsync(150 * 60_000 - 1);
  expect(reload).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(reload).toHaveBeenCalledTimes(1);
  expect(config.policies.default.exclusions).toEqual([]);
  await vi.advanceTimersByTimeAsync(86_400_000);
  expect(reload).toHaveBeenCalledTimes(1);
});

it('tries again where the files cannot be taken over', async () => {
  const config = parseConfig(TEXT, 'sluice.yaml');
  const reload = vi.fn(async () => undefined);
  const expiry = new ExclusionExpiry({ config: () => config, reload });
  expiry.follow();
  await vi.advanceTimersByTimeAsync(153 * 60_000);
  expect(reload.mock.calls.length).toBeGreaterThan(2);
  expiry.close();
});
