/** The base that RuleSets are judged on, and an engine that reads the base's files and no other. */
import { Engine, EngineError, type RuleUnit } from '@sluice/engine';
import { type FileReader, makeRuleFiles } from '@sluice/engine/anatomy';

export interface BaseOptions {
  /** Rule files of the base, in order, as the server is given them. */
  readonly baseFiles: readonly string[];
  /** Where compiled rules are kept; null compiles anew each time. */
  readonly cacheDirectory: string | null;
}

/** Reads files until it is shut. */
class BaseFiles implements FileReader {
  readonly #files = makeRuleFiles();
  isShut = false;

  read(path: string): string {
    if (!this.isShut) return this.#files.read(path);
    throw new EngineError('RULE_FILE_UNREADABLE', { path, reason: 'RuleSets may read no files' });
  }

  list(pattern: string): readonly string[] {
    return this.isShut ? [] : this.#files.list(pattern);
  }

  resolve(from: string, relative: string): string {
    return this.#files.resolve(from, relative);
  }
}

/** @throws EngineError where the base does not load */
export function openBase({ baseFiles, cacheDirectory }: BaseOptions): {
  readonly engine: Engine;
  readonly base: RuleUnit;
} {
  const files = new BaseFiles();
  const engine = new Engine({ cacheDirectory, files });
  const base = engine.loadFiles(baseFiles, { paranoiaMax: 1 });
  files.isShut = true;
  return { engine, base };
}
