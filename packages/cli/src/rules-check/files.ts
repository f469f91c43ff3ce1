/** The files that are meant by what stands on the command line. */
import { globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RulesCheckError } from './errors.ts';

export interface CheckedFiles {
  /** Rule files, each once, in the order given; those of a directory sorted. */
  readonly rules: readonly string[];
  /** Data files of the directories: each is there for a rule. */
  readonly data: readonly string[];
}

/** A path that is no directory is a rule file, whatever its name. Directories are searched to their depth. */
export function filesOf(paths: readonly string[]): CheckedFiles {
  const rules = new Set<string>();
  const data = new Set<string>();
  for (const path of paths) {
    if (!isDirectory(path)) {
      rules.add(path);
      continue;
    }
    const found = list(path, '**/*.conf');
    if (found.length === 0) throw new RulesCheckError('NO_RULE_FILES', path);
    for (const file of found) rules.add(file);
    for (const file of list(path, '**/*.data')) data.add(file);
  }
  return { rules: [...rules], data: [...data] };
}

const list = (directory: string, pattern: string): readonly string[] =>
  globSync(pattern, { cwd: directory })
    .sort()
    .map((file) => join(directory, file));

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
