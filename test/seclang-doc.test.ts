import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { SECLANG_DOCUMENT, seclangDocument } from '../scripts/seclang-doc.ts';
import { repositoryRoot } from '../scripts/tidy.ts';

it('docs/seclang.md says what the engine does: run node scripts/seclang-doc.ts', () => {
  expect(readFileSync(join(repositoryRoot, SECLANG_DOCUMENT), 'utf8')).toBe(seclangDocument());
});

it('docs/seclang.md tells of each kind, and of what is refused', () => {
  const page = seclangDocument();
  for (const line of [
    '| `SecRule` | works |  |',
    '| `SecAuditEngine` | ignored |',
    '| `SecHashEngine` | refused, but for Off |',
    '| `SecRuleScript` | refused |',
    '| `ARGS` | works |  |',
    '| `PERF_ALL` | refused |',
    '| `@rx` | works |  |',
    '| `@fuzzyHash` | refused |',
    '| `@rbl` | ignored |',
    '| `t:cmdLine` | works |  |',
    '| `setvar` | works |  |',
    '| `pause` | refused |',
    '| `exec` | refused |',
    '| `ctl:ruleRemoveTargetById` | works |  |',
    '| `ctl:auditEngine` | ignored |',
    '| `ctl:hashEngine` | refused |',
  ]) {
    expect(page).toContain(line);
  }
});
