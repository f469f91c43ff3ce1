/** All warnings of checked files, in the order of their places. */
import { resolve } from 'node:path';
import type { RuleCheck } from '@sluice/engine';
import { duplicateRules } from './duplicates.ts';
import { exclusionWarnings } from './exclusions.ts';
import { expensiveRules } from './expensive.ts';
import { unreachableRules } from './unreachable.ts';
import type { Warning } from './warning.ts';

/** @param dataFiles data files that lie beside the rules */
export function warningsOf(check: RuleCheck, dataFiles: readonly string[]): readonly Warning[] {
  const own = new Set(check.rules.map(({ id }) => id));
  const read = new Set([...check.filesRead].map((path) => resolve(path)));
  const warnings: readonly Warning[] = [
    ...check.program.warnings.map(
      ({ position, message }): Warning => ({
        kind: 'ignored',
        position,
        message,
        remedy: 'Remove the directive, or leave it for other engines: it changes nothing here.',
      }),
    ),
    ...expensiveRules(check.program),
    ...(check.ruleSet === null ? [] : unreachableRules(check.ruleSet, (id) => own.has(id))),
    ...duplicateRules(check.program, check.base),
    ...exclusionWarnings(check),
    ...dataFiles
      .filter((path) => !read.has(resolve(path)))
      .map(
        (path): Warning => ({
          kind: 'unused-data-file',
          position: null,
          message: `${path} is read by no rule`,
          remedy: 'Delete it, or name it in a rule (@pmFromFile, @ipMatchFromFile).',
        }),
      ),
  ];
  return inOrder(warnings);
}

function inOrder(warnings: readonly Warning[]): readonly Warning[] {
  const files = [...new Set(warnings.map(({ position }) => position?.file ?? ''))];
  const key = ({ position }: Warning): number =>
    position === null ? Number.MAX_SAFE_INTEGER : files.indexOf(position.file) * 1e7 + position.line;
  return [...warnings].sort((a, b) => key(a) - key(b));
}
