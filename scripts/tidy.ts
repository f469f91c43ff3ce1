/** Holds the tree to the house's laws (tidy-laws.ts). Run it by itself, or as test/tidy.test.ts. */
import { resolve } from 'node:path';
import { bannedConstructs } from './tidy-constructs.ts';
import { errorCodes } from './tidy-errors.ts';
import { deadFiles, packageLaw, stageLaw } from './tidy-imports.ts';
import { parseTree, readTree, type Tree, type Violation } from './tidy-source.ts';
import { fileLengths, forbiddenText, longFiles } from './tidy-text.ts';

/** Everything in the tree that breaks a law, by path and line. */
export function tidy(tree: Tree): readonly Violation[] {
  const sources = parseTree(tree);
  const found = [
    ...sources.flatMap((source) => [...packageLaw(source), ...stageLaw(source), ...bannedConstructs(source)]),
    ...deadFiles(sources, tree),
    ...errorCodes(sources, tree),
    ...fileLengths(tree),
    ...forbiddenText(tree),
  ];
  return found.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}

/** `path:line: message [rule]`, as compilers print. */
export function formatViolation({ rule, path, line, message }: Violation): string {
  return `${path}${line === 0 ? '' : `:${line}`}: ${message} [${rule}]`;
}

export const repositoryRoot = resolve(import.meta.dirname, '..');

if (import.meta.main) {
  const tree = readTree(repositoryRoot);
  for (const [path, lines] of longFiles(tree)) console.log(`${path}: ${lines} lines, due for a look`);
  const found = tidy(tree);
  for (const violation of found) console.log(formatViolation(violation));
  process.exitCode = found.length > 0 ? 1 : 0;
}
