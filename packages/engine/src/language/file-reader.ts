/** How the language reaches files: injected, so that an engine reads nothing but what its caller lets it. */

/** A rule file in memory: `text` is its bytes as latin1. */
export interface RuleSource {
  readonly path: string;
  readonly text: string;
}

export interface FileReader {
  /**
   * The bytes of a file as latin1.
   *
   * @throws EngineError RULE_FILE_UNREADABLE
   */
  read(path: string): string;
  /**
   * The files that a glob pattern matches, sorted by bytes; none where nothing matches.
   *
   * @throws EngineError RULE_FILE_UNREADABLE
   */
  list(globPattern: string): readonly string[];
  /** The path that `relative` names in the file `from`; an absolute path is itself. */
  resolve(from: string, relative: string): string;
}

/** Whether a path is a glob pattern. */
export const isGlob = (path: string): boolean => /[*?[]/.test(path);
