/** docs/envoy.md explains what the generator writes: every setting, and nothing that it does not write. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { covers, ENVOY_DOCUMENT, envoyDocument } from '../scripts/envoy-doc.ts';
import { SECTIONS } from '../scripts/envoy-reasons.ts';
import { settings } from '../scripts/envoy-samples.ts';
import { repositoryRoot } from '../scripts/tidy.ts';

const reasons = SECTIONS.flatMap((section) => section.reasons);

it('has one reason for each setting', () => {
  const wrong = settings().filter(
    ({ path }) => reasons.filter((reason) => covers(reason.path, path)).length !== 1,
  );
  expect(wrong.map(({ path }) => path)).toEqual([]);
});

it('has no reason for what is not there', () => {
  const all = settings();
  const idle = reasons.filter((reason) => !all.some(({ path }) => covers(reason.path, path)));
  expect(idle.map(({ path }) => path)).toEqual([]);
});

it('is what node scripts/envoy-doc.ts writes', () => {
  const text = readFileSync(join(repositoryRoot, ENVOY_DOCUMENT), 'utf8');
  expect(envoyDocument(text)).toBe(text);
});
