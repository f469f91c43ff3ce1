/** What operators need from native code, put together once a thread. */
import type { Limits } from '../limits.ts';
import { loadNative } from '../native/binding.ts';
import type { OperatorEnvironment, Regex } from '../operators/operator.ts';
import { compilePattern } from '../patterns/regex.ts';

/** Patterns kept for sharing. Those of macros come from requests: without a bound, clients could make it grow. */
const KEPT_MAX = 4_096;

/** Patterns are compiled once and shared by all rules and rule sets that use the environment. */
export function createEnvironment(limits: Limits): OperatorEnvironment {
  const native = loadNative();
  const compiled = new Map<string, Regex>();
  return {
    compileRegex(pattern) {
      const known = compiled.get(pattern);
      if (known !== undefined) return known;
      const regex = compilePattern(pattern, limits);
      if (compiled.size >= KEPT_MAX) compiled.clear();
      compiled.set(pattern, regex);
      return regex;
    },
    detectSqli: (value) => native.detectSqli(value),
    detectXss: (value) => native.detectXss(value),
  };
}
