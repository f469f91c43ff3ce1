import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EventsReport } from '../bench/events/run.ts';
import { parseEventsOptions } from '../bench/events/run.ts';
import { renderEvents } from '../bench/events/table.ts';
import { repositoryRoot } from '../packages/cli/src/setup/paths.ts';

describe('sluice bench events', () => {
  it('finds an event for each attack that Envoy was told to refuse, kept or summed up', () => {
    const main = join(repositoryRoot(), 'bench/main.ts');
    const argv = ['events', '--connections', '2', '--seconds', '0.3', '--rounds', '1', '--json'];
    const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...argv], { encoding: 'utf8' });
    expect(status, stderr + stdout).toBe(0);
    const report: EventsReport = JSON.parse(stdout);
    expect(report.missing).toEqual([]);
    expect(report.rows.map(({ sink }) => sink)).toEqual(['discarded', 'spool', 'every', 'synced']);
    for (const row of report.rows) {
      expect(row.requests, row.sink).toBeGreaterThan(0);
      expect(row, row.sink).toMatchObject({ denied: row.requests, failed: 0 });
    }
    expect(report.append.recordBytes).toBeGreaterThan(1_000);
    const text = renderEvents(report);
    expect(text).not.toMatch(/FAILED|MISSING/);
    const missing = [{ sink: 'every' as const, denied: 2, spooled: 1 }];
    expect(renderEvents({ ...report, missing })).toContain('every: 2 denials, but 1 events: MISSING');
  });

  it('refuses what is no number', () => {
    expect(() => parseEventsOptions(['--connections', '0'])).toThrow(/--connections/);
    expect(() => parseEventsOptions(['--rate', '1'])).toThrow(/BENCH_OPTION/);
    expect(parseEventsOptions([])).toMatchObject({ connections: [1, 8], seconds: 2, rounds: 5 });
  });
});
