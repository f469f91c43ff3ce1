/** What rule texts are known by in the store: nothing but what they are compiled from. */
import type { RuleSource } from '../language/file-reader.ts';

export const keysOf = (sources: readonly RuleSource[]): readonly string[] =>
  sources.flatMap(({ path, text }) => [path, text]);
