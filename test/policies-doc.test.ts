import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseConfig } from '@sluice/server';
import { expect, it } from 'vitest';
import { policySchema } from '../packages/server/src/policies/policy-schema.ts';
import { selectSchema } from '../packages/server/src/policies/select-schema.ts';
import { settingPaths } from '../packages/server/src/policies/setting-paths.ts';
import { repositoryRoot } from '../scripts/tidy.ts';

const page = readFileSync(join(repositoryRoot, 'docs/policies.md'), 'utf8');

/** First cells of the table whose head begins so. */
function rowsBelow(head: string): readonly string[] {
  const [, table = ''] = page.split(`\n| ${head} |`);
  const [rows = ''] = table.split('\n\n');
  return [...rows.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name = '']) => name);
}

const keysOf = (schema: Parameters<typeof settingPaths>[0]): readonly string[] =>
  settingPaths(schema, { intoLists: true }).map((path) => path.join('.'));

it('docs/policies.md describes every setting of a policy, and no other', () => {
  expect(keysOf(policySchema)).toContain('blockPage.bodies[].template');
  expect(rowsBelow('setting')).toEqual(keysOf(policySchema));
});

it('docs/policies.md describes every setting of select, and no other', () => {
  expect(rowsBelow('of `select`')).toEqual(keysOf(selectSchema));
});

it('the example of docs/policies.md is good', () => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(page) ?? [];
  expect(parseConfig(example, 'sluice.yaml').policies.shop?.mode).toBe('Block');
});
