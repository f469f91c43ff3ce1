/** The files that are meant by what stands on the command line. */
import { globSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { RulesCheckError } from './errors.ts';

export interface CheckedFiles {
  /** Rule files, each once, in the order given; those of a directory sorted. */
  readonly rules: readonly string[];
  /** Data files of the directories: each is there for a rule. */
  readonly data: readonly string[];
}

/** A path that is no directory is a rule file, whatever its name. Directories are searched to their depth. */
export function filesOf(paths: readonly string[]): CheckedFiles {
  // By whole path: a file may be named by itself and by its directory.
  const rules = new Map<string, string>();
  const data = new Map<string, string>();
  const add = (to: Map<string, string>, file: string) => {
    if (!to.has(resolve(file))) to.set(resolve(file), file);
  };
  for (const path of paths) {
    if (!isDirectory(path)) {
      add(rules, path);
      continue;
    }
    const found = list(path, '**/*.conf');
    if (found.length === 0) throw new RulesCheckError('NO_RULE_FILES', path);
    for (const file of found) add(rules, file);
    for (const file of list(path, '**/*.data')) add(data, file);
  }
  return { rules: [...rules.values()], data: [...data.values()] };
}

const list = (directory: string, pattern: string): readonly string[] =>
  globSync(pattern, { cwd: directory })
    .sort()
    .map((file) => join(directory, file));

const isDirectory = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
