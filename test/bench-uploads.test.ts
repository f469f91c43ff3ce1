import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { UploadsReport } from '../bench/uploads/run.ts';
import { parseUploadOptions } from '../bench/uploads/run.ts';
import { coresFor } from '../bench/uploads/stand.ts';
import { renderUploads } from '../bench/uploads/table.ts';
import { repositoryRoot } from '../packages/cli/src/setup/paths.ts';

const UPLOADS = 20;

describe('sluice bench uploads', () => {
  it('has all GETs answered while uploads are open, through a real Envoy, and refuses no upload', () => {
    const argv = ['--uploads', String(UPLOADS), '--huge', '1', '--connections', '2', '--seconds', '0.3'];
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [
        join(repositoryRoot(), 'bench/main.ts'),
        // Tests share their machine: no verdict may be late.
        ...['uploads', ...argv, '--rounds', '1', '--deadline-millis', '60000', '--json'],
      ],
      { encoding: 'utf8' },
    );
    expect(status, stderr + stdout).toBe(0);
    const report: UploadsReport = JSON.parse(stdout);
    expect(report.phases.map(({ phase, open }) => [phase, open])).toEqual([
      ['alone', 0],
      ['beside slow uploads', UPLOADS],
      ['beside huge uploads', 1],
      ['no filter: alone', 0],
      ['no filter: beside slow uploads', UPLOADS],
    ]);
    for (const each of report.phases) {
      expect(each.requests, each.phase).toBeGreaterThan(0);
      expect(each, each.phase).toMatchObject({ failed: 0, failures: {}, refused: 0, refusals: {} });
      expect(each.p99Us).toBeGreaterThanOrEqual(each.p50Us);
    }
    // Each upload has sent what it sends at once: half are files, half forms.
    expect(report.phases[1]?.sentBytes).toBeGreaterThan((UPLOADS / 2) * (65_536 + 32_768));
    const text = renderUploads(report);
    expect(text).toContain('beside slow uploads');
    expect(text).not.toMatch(/FAILED|REFUSED/);
    expect(
      renderUploads({ ...report, phases: report.phases.map((one) => ({ ...one, refused: 3 })) }),
    ).toMatch(/3 uploads were REFUSED/);
  });

  it('refuses what is no number', () => {
    expect(() => parseUploadOptions(['--uploads', '0'])).toThrow(/--uploads/);
    expect(() => parseUploadOptions(['--seconds', 'x'])).toThrow(/--seconds/);
    expect(() => parseUploadOptions(['--rate', '1'])).toThrow(/BENCH_OPTION/);
    expect(parseUploadOptions([]).options).toMatchObject({ uploads: 1_000, connections: 4 });
  });

  it('gives the server two cores where there are four, so that its worker is not its own neighbour', () => {
    expect(coresFor([3, 1, 0, 2])).toEqual({ server: [3, 1], envoy: [0], load: [2] });
    expect(coresFor([1, 0])).toEqual({ server: [1, 0], envoy: [1, 0], load: [1, 0] });
  });
});
