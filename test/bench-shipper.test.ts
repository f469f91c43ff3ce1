import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCpuLimit } from '../bench/shipper/cpu-limit.ts';
import type { ShipperReport } from '../bench/shipper/suite.ts';
import { repositoryRoot } from '../packages/cli/src/setup/paths.ts';

describe('sluice bench shipper', () => {
  it('brings all events to a server by each contender, those made before the clock ran included', () => {
    const main = join(repositoryRoot(), 'bench/main.ts');
    const argv = ['shipper', '--servers', 'null', '--events', '2500', '--rounds', '1', '--json'];
    const { stdout, stderr, status } = spawnSync(process.execPath, [main, ...argv], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const { rows }: ShipperReport = JSON.parse(stdout);
    expect(rows.map(({ contender, stored }) => `${contender} ${stored}`)).toEqual([
      'sluice 2500',
      'helpers 2500',
      'helpers-text 2500',
      'prepared 2500',
    ]);
  });

  it('gives a process a part of a core where it may', ({ skip }) => {
    const limit = openCpuLimit(100);
    if (limit === null) {
      skip('this process may make no control group of the CPU');
      return;
    }
    const busy =
      'const until = performance.now() + 1000; while (performance.now() < until); const { user, system } = process.cpuUsage(); console.log(user + system)';
    const [file = '', ...argv] = limit.within([process.execPath, '-e', busy]);
    const { stdout, stderr } = spawnSync(file, argv, { encoding: 'utf8' });
    limit.close();
    // A tenth of the second, and of the time that Node took to begin.
    expect(Number(stdout), stderr).toBeGreaterThan(0);
    expect(Number(stdout), stderr).toBeLessThan(500_000);
  });
});
