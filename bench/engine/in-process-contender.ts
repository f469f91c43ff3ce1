/** Sluice in this process: for profilers, and where there is nobody to compare with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../../packages/cli/src/setup/paths.ts';
import type { Contender } from './contender.ts';
import type { RuleChoice } from './rules.ts';
import { openSluice } from './sluice.ts';

export function openInProcess(choice: RuleChoice): Contender {
  const started = performance.now();
  const inspector = openSluice(choice);
  const loadMillis = performance.now() - started;
  return {
    name: 'sluice',
    version: sluiceVersion(),
    loadMillis,
    inspect: async (requests, lead) => inspector.time(requests, lead),
    rssBytes: () => process.memoryUsage().rss,
    close: async () => undefined,
  };
}

export function sluiceVersion(): string {
  const manifest = readFileSync(join(repositoryRoot(), 'packages/engine/package.json'), 'utf8');
  return `${/"version": "([^"]+)"/.exec(manifest)?.[1]} on Node ${process.versions.node}`;
}
