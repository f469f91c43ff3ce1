/** Says how far the compilation of rules is, where it takes longer than one waits for without a word. */
import type { CompileProgress } from '@sluice/engine';

const SILENT_MILLIS = 1_000;

/** A line after the first second, and one each second from then on. */
export function compileProgress(
  write: (line: string) => unknown,
  now: () => number = () => performance.now(),
): (progress: CompileProgress) => void {
  let next = now() + SILENT_MILLIS;
  let spoken = false;
  return ({ done, total, ruleId }) => {
    // The last step is one call of some seconds that says nothing meanwhile, so it is announced where it matters.
    if (now() < next && !(spoken && ruleId === null)) return;
    next = now() + SILENT_MILLIS;
    spoken = true;
    const step = ruleId === null ? 'putting them together' : `at rule ${ruleId}`;
    write(`compiling rules: ${done} of ${total} patterns, ${step}\n`);
  };
}
