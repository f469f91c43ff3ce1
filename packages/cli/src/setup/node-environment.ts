/** What Node is told through its environment, by the launcher (bash), which repeats it, and by who starts a process as it does. */
import { join } from 'node:path';
import { cacheDirectory } from './paths.ts';

/**
 * Mebibytes of each half of V8's young generation. Its default is 16, of which two soon stay resident; half of that costs no
 * time that could be measured, less costs some at the 99th percentile.
 */
const SEMI_SPACE_MEBIBYTES = 8;

/** Node's options and, beside the other things that set-up keeps, compiled modules: a start then neither strips types nor compiles. */
export function nodeEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS = '', NODE_COMPILE_CACHE = join(cacheDirectory(), 'compiled') } = process.env;
  const semiSpace = `--max-semi-space-size=${SEMI_SPACE_MEBIBYTES}`;
  // What is given wins: of two, Node takes the last.
  const options = NODE_OPTIONS.includes(semiSpace) ? NODE_OPTIONS : `${semiSpace} ${NODE_OPTIONS}`.trim();
  return { NODE_OPTIONS: options, NODE_COMPILE_CACHE };
}
