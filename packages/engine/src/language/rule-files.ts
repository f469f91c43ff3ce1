/** Rule files on disk: the default `FileReader`. */
import { globSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, normalize, relative, resolve, sep } from 'node:path';
import { fromBytes } from '../bytes.ts';
import { EngineError } from '../errors.ts';
import { LANGUAGE_LIMITS } from '../limits.ts';
import type { FileReader } from './file-reader.ts';

export interface RuleFilesOptions {
  /** A directory that no file may lie outside of, symbolic links followed. By default every file can be read. */
  readonly root?: string;
  /** Bytes of the largest file that is read. */
  readonly fileBytesMax?: number;
}

/** Reads rule and data files with node:fs, synchronously: rules are compiled before requests are served. */
export function makeRuleFiles(options: RuleFilesOptions = {}): FileReader {
  const { fileBytesMax = LANGUAGE_LIMITS.fileBytesMax } = options;
  const root =
    options.root === undefined ? null : guarded(options.root, () => realpathSync(options.root ?? ''));
  return {
    read: (path) =>
      guarded(path, () => {
        const real = root === null ? path : realpathSync(path);
        if (root !== null && !isWithin(root, real)) throw unreadable(path, `it lies outside of ${root}`);
        const stat = statSync(real);
        // A device or a pipe could be read forever.
        if (!stat.isFile()) throw unreadable(path, 'it is not a regular file');
        if (stat.size > fileBytesMax) {
          throw unreadable(path, `it has ${stat.size} bytes, the limit is ${fileBytesMax}`);
        }
        return fromBytes(readFileSync(real));
      }),
    list: (globPattern) =>
      guarded(globPattern, () => (listEnding(globPattern) ?? globSync(globPattern)).sort()),
    resolve: (from, path) => resolve(dirname(from), path),
  };
}

/** `/folder/*.conf` and the like: a star at the start of the name; `!`, `+` and `@` mean something before a ( only. */
const ENDING = /^((?:\/[^/*?[\]{}()\\]+)+)\/\*([^/*?[\]{}()\\]*)$/;

/**
 * What node:fs's glob gives for such a pattern, without loading it: that takes a tenth of the time in which compiled
 * rules are loaded. Null where it has to be asked.
 */
function listEnding(globPattern: string): string[] | null {
  const [, folder, ending] = ENDING.exec(globPattern) ?? [];
  if (folder === undefined || ending === undefined || normalize(globPattern) !== globPattern) return null;
  if (!(statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith(ending) && !name.startsWith('.'))
    .map((name) => `${folder}/${name}`);
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`);
}

const unreadable = (path: string, reason: string, cause?: unknown): EngineError =>
  new EngineError('RULE_FILE_UNREADABLE', { path, reason }, cause === undefined ? {} : { cause });

function guarded<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof EngineError) throw error;
    throw unreadable(path, reasonOf(error), error);
  }
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EISDIR', 'it is a directory'],
  ['ELOOP', 'too many symbolic links'],
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'a part of the path is no directory'],
]);

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return REASONS.get(code) ?? error.message;
}
