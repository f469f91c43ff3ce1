import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { medianInterval } from '../bench/events/interval.ts';
import type { EventsReport } from '../bench/events/run.ts';
import { parseEventsOptions } from '../bench/events/run.ts';
import { SINKS } from '../bench/events/sinks.ts';
import { renderEvents } from '../bench/events/table.ts';
import { repositoryRoot } from '../packages/cli/src/setup/paths.ts';

describe('sluice bench events', () => {
  it('finds an event for each attack that Envoy was told to refuse, kept or summed up', () => {
    const main = join(repositoryRoot(), 'bench/main.ts');
    const argv = [
      'events',
      // Requests begin at random times: in a shorter turn, on a machine that has much to do, none might.
      ...['--parts', '50', '--connections', '2', '--seconds', '1', '--rounds', '1', '--json'],
    ];
    const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...argv], { encoding: 'utf8' });
    expect(status, stderr + stdout).toBe(0);
    const report: EventsReport = JSON.parse(stdout);
    expect(report.missing).toEqual([]);
    expect(report.rows.map(({ sink, traffic }) => `${traffic.kind} ${sink}`)).toEqual(
      ['open', 'closed'].flatMap((kind) => SINKS.map((sink) => `${kind} ${sink}`)),
    );
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
    expect(() => parseEventsOptions(['--connections', '-1'])).toThrow(/--connections/);
    expect(() => parseEventsOptions(['--parts', '100'])).toThrow(/--parts/);
    expect(() => parseEventsOptions(['--kept', 'spool,none'])).toThrow(/--kept: none is none of/);
    expect(() => parseEventsOptions(['--rate', '1'])).toThrow(/BENCH_OPTION/);
    expect(parseEventsOptions([])).toMatchObject({
      parts: [0.25, 0.5],
      connections: [8],
      kept: ['spool', 'every', 'synced'],
      seconds: 1,
      rounds: 20,
    });
    expect(parseEventsOptions(['--connections', '0'])).toMatchObject({ connections: [] });
  });

  it('says how far a median is to be trusted: by ranks, and not at all where rounds are few', () => {
    const rounds = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
    // The ranks of tables of the binomial distribution.
    expect(medianInterval(rounds(20))).toEqual({ median: 10, from: 6, to: 15 });
    expect(medianInterval(rounds(9))).toEqual({ median: 5, from: 2, to: 8 });
    expect(medianInterval([3, 1])).toEqual({ median: 1, from: 1, to: 3 });
  });
});
