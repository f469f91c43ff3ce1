/** What the child is asked, on its standard input, and says, a line each, on its descriptor 3. */
import type { EngineErrorCode, SourcePosition } from '../errors.ts';
import type { RuleSource } from '../language/file-reader.ts';
import type { CompileProgress } from '../prefilter/compile.ts';

export interface CompileRequest {
  readonly sources: readonly RuleSource[];
  readonly paranoiaMax: number;
  readonly cacheDirectory: string;
  /** Include and data files may lie here; null: none are read. */
  readonly filesRoot: string | null;
}

export type CompileMessage =
  | { readonly kind: 'progress'; readonly progress: CompileProgress }
  | { readonly kind: 'done' }
  | {
      readonly kind: 'refused';
      readonly code: EngineErrorCode;
      readonly details: Readonly<Record<string, string | number>>;
      readonly position: SourcePosition | null;
    }
  | { readonly kind: 'failed'; readonly reason: string };

/** The file descriptor of the messages. */
export const MESSAGES = 3;
