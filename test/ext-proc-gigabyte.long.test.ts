/** A GiB through the window: Sluice's memory does not grow with it, and its last kilobyte counts like its first. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statusesIn } from './envoy-client.ts';
import { type StreamStack, startStreamStack } from './ext-proc-stack.ts';
import { upload } from './ext-proc-upload.ts';

const SQLI = "1' UNION SELECT password FROM users--";
const GIBIBYTE = 1_073_741_824;
const GROWTH_BYTES_MAX = 33_554_432;
/** Less than the limit of files, by what else is in the body. */
const FILE_BYTES = GIBIBYTE - 4_096;

const residentBytes = (stack: StreamStack): number => {
  const status = readFileSync(`/proc/${stack.sluice.child.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
};

/** The most that it grew while the action ran. */
async function growthDuring(stack: StreamStack, action: () => Promise<void>): Promise<number> {
  const before = residentBytes(stack);
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, residentBytes(stack) - before);
  }, 100);
  try {
    await action();
  } finally {
    clearInterval(timer);
  }
  return most;
}

describe('1 GiB', () => {
  let stack: StreamStack;
  beforeAll(async () => {
    stack = await startStreamStack({
      profile: 'window',
      policy: { body: { filesBytesMax: GIBIBYTE } },
    });
    // What every upload needs once: code, caches, worker.
    for (let warm = 0; warm < 3; warm++) await upload(stack.port, { fileBytes: 104_857_600, field: 'hose' });
  });
  afterAll(() => stack?.stop());

  it('goes through as it came, at a resident growth under 32 MiB', async () => {
    const growth = await growthDuring(stack, async () => {
      expect(statusesIn(await upload(stack.port, { fileBytes: FILE_BYTES, field: 'hose' }))).toEqual([200]);
    });
    const last = stack.workload.arrivals.at(-1);
    expect(last?.complete).toBe(true);
    expect(last?.bytes).toBeGreaterThan(FILE_BYTES);
    expect(growth).toBeLessThan(GROWTH_BYTES_MAX);
  });
  it('with an attack in its last kilobyte is denied, and the workload has no complete request', async () => {
    const growth = await growthDuring(stack, async () => {
      expect(statusesIn(await upload(stack.port, { fileBytes: FILE_BYTES, field: SQLI }))).toEqual([403]);
    });
    const last = stack.workload.arrivals.at(-1);
    await last?.over;
    expect(last?.complete).toBe(false);
    expect(last?.tail.toString('latin1')).not.toContain('UNION');
    expect(growth).toBeLessThan(GROWTH_BYTES_MAX);
  });
});
