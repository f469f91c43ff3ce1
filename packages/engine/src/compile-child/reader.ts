/** What the rules of a tenant may read. What was compiled for somebody else from files that they may not is not theirs either. */
import { EngineError } from '../errors.ts';
import type { FileReader } from '../language/file-reader.ts';
import { makeRuleFiles } from '../language/rule-files.ts';

/** @param root where their files lie; null: they read none */
export function readerWithin(root: string | null): FileReader {
  const files = makeRuleFiles(root === null ? {} : { root });
  if (root !== null) return files;
  return {
    read: (path) => {
      throw new EngineError('RULE_FILE_UNREADABLE', { path, reason: 'these rules may read no files' });
    },
    list: () => [],
    resolve: (from, relative) => files.resolve(from, relative),
  };
}
