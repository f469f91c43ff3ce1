/** docs/pool.md names every limit of the pool, with its default, and every metric. */
import { readFileSync } from 'node:fs';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { addPoolMetrics } from '../../src/pool/pool-metrics.ts';
import { startPool } from './support.ts';

const page = readFileSync(new URL('../../../../docs/pool.md', import.meta.url), 'utf8');

const OF_POOL = /^(pool|slab|inline|retired)/;

/** As the page writes numbers of bytes. */
const shown = (value: number): string => {
  if (value >= 1_073_741_824 && value % 1_073_741_824 === 0) return `${value / 1_073_741_824} GiB`;
  if (value >= 1_048_576 && value % 1_048_576 === 0) return `${value / 1_048_576} MiB`;
  return value >= 65_536 && value % 1_024 === 0 ? `${value / 1_024} KiB` : String(value);
};

describe('docs/pool.md', () => {
  const limits = Object.entries(DEFAULT_LIMITS).filter(([name]) => OF_POOL.test(name));

  it.each(limits)('tells of %s and its default', (name, value) => {
    const row = page.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${name}\``)) ?? '';
    expect(row).not.toBe('');
    // That one depends on the machine.
    if (name !== 'poolThreads') expect(row.split('|')[2]).toContain(shown(value));
  });

  it('names every metric', async () => {
    const registry = new Registry();
    addPoolMetrics(registry, await startPool());
    for (const { name } of await registry.getMetricsAsJSON()) {
      expect(page.includes(name) || page.includes(`\`${name.replace('sluice_pool', '')}\``), name).toBe(true);
    }
  });
});
