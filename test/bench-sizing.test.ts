import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { socketsOf } from '../bench/server/serve-command.ts';
import { parseSizingOptions } from '../bench/sizing/options.ts';
import { placesOf } from '../bench/sizing/places.ts';
import type { SizingReport } from '../bench/sizing/report.ts';
import { renderSizing } from '../bench/sizing/table.ts';
import type { TemporaryDirectory } from '../packages/cli/src/envoy/temporary.ts';
import { repositoryRoot } from '../packages/cli/src/setup/paths.ts';

describe('places', () => {
  it('leaves Envoy and the load cores of their own where there are enough', () => {
    const places = { sluice: [3, 1], envoy: [0], load: [2], shared: '' };
    expect(placesOf([3, 1, 0, 2], 2)).toEqual(places);
    expect(placesOf([3, 1, 0, 2], 1)).toEqual({ sluice: [3], envoy: [1, 0], load: [2], shared: '' });
  });

  it('says what shares, and refuses more cores than there are', () => {
    expect(placesOf([1, 0], 1)).toMatchObject({ sluice: [1], envoy: [0], load: [0] });
    expect(placesOf([1, 0], 1).shared).not.toBe('');
    expect(placesOf([1, 0], 2).shared).not.toBe('');
    expect(() => placesOf([1, 0], 3)).toThrow(/3 are asked for, and there are 2/);
  });
});

describe('options', () => {
  it('refuses what cannot be measured', () => {
    expect(() => parseSizingOptions(['--cases', 'sqli'])).toThrow(/there is no sqli/);
    expect(() => parseSizingOptions(['--paranoia', '5'])).toThrow(/--paranoia/);
    expect(() => parseSizingOptions(['--cores', '0'])).toThrow(/--cores/);
    expect(() => parseSizingOptions(['--seconds', ''])).toThrow(/--seconds/);
    expect(() => parseSizingOptions(['--rate', '1'])).toThrow(/BENCH_OPTION/);
    expect(parseSizingOptions(['--uploads', '0']).uploads).toBe(0);
  });
});

describe('several processes', () => {
  it('have a socket each', () => {
    const choice = { name: 'x', socket: '/run/a.b/x.sock', directory: {} as TemporaryDirectory };
    expect(socketsOf(choice)).toEqual(['/run/a.b/x.sock']);
    expect(socketsOf({ ...choice, processes: 2 })).toEqual(['/run/a.b/x-0.sock', '/run/a.b/x-1.sock']);
  });
});

describe('sluice bench sizing', () => {
  it('has a row for each cell, and memory beside uploads', () => {
    const argv = ['--cases', 'get,upload1m', '--seconds', '0.2', '--connections', '2'];
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [
        join(repositoryRoot(), 'bench/main.ts'),
        ...['sizing', ...argv, '--cores', '1,2', '--paranoia', '1', '--uploads', '4', '--json'],
      ],
      { encoding: 'utf8' },
    );
    expect(status, stderr).toBe(0);
    const report: SizingReport = JSON.parse(stdout);
    expect(report.rows.map((row) => [row.cores, row.paranoia, row.case])).toEqual([
      [1, 1, 'get'],
      [1, 1, 'upload1m'],
      [2, 1, 'get'],
      [2, 1, 'upload1m'],
    ]);
    for (const row of report.rows) {
      expect(row.failed).toBe(0);
      expect(row.requests).toBeGreaterThan(0);
      expect(row.p99Us).toBeGreaterThanOrEqual(row.p50Us);
      expect(row.sluiceCpuUs).toBeGreaterThan(0);
      expect(row.capacityPerSecond).toBeCloseTo((row.cores * 1e6) / row.sluiceCpuUs, 3);
    }
    const [one, , two] = report.rows;
    // A process each, and the one that starts them.
    expect(two?.peakBytes).toBeGreaterThan(1.5 * (one?.peakBytes ?? Number.NaN));
    for (const each of report.memory) {
      expect(each.statuses).toEqual({ 200: each.requests });
      expect(each.peakBytes).toBeGreaterThan(1e8);
    }
    expect(report.memory.map((each) => each.case)).toEqual(['upload1m', 'text1m']);
    const text = renderSizing(report);
    expect(text).toMatch(/^ +1 +1 +GET, 8 headers/m);
    expect(text).toMatch(/^4 at once, multipart upload of 1 MB/m);
    expect(text).not.toContain('FAILED');
  });
});
