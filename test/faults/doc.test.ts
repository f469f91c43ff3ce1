import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repositoryRoot } from '../../scripts/tidy.ts';
import { renderFaults } from './render.ts';

it('docs/faults.md shows what the tests hold Sluice to', () => {
  const page = readFileSync(join(repositoryRoot, 'docs/faults.md'), 'utf8');
  expect(page.slice(page.indexOf('\n## ') + 1)).toBe(renderFaults());
});
