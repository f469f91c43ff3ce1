/** What operators need from native code, put together once a thread. */
import type { Limits } from '../limits.ts';
import { loadNative } from '../native/binding.ts';
import type { OperatorEnvironment, Regex } from '../operators/operator.ts';
import type { PatternForms } from '../patterns/forms.ts';
import { compilePattern } from '../patterns/regex.ts';

/** Patterns kept for sharing. Those of macros come from requests: without a bound, clients could make it grow. */
const KEPT_MAX = 4_096;

/** The environment of all units; each pattern is compiled once, whichever of them asks for it first. */
export interface SharedEnvironment extends OperatorEnvironment {
  /** @param forms what is known of the unit's patterns, so that they need not be parsed */
  compileRegex(pattern: string, forms?: PatternForms): Regex;
}

/** Patterns are compiled once and shared by all rules and rule sets that use the environment. */
export function createEnvironment(limits: Limits): SharedEnvironment {
  const native = loadNative();
  const compiled = new Map<string, Regex>();
  return {
    compileRegex(pattern, forms) {
      const known = compiled.get(pattern);
      if (known !== undefined) return known;
      const regex = compilePattern(pattern, limits, native, forms?.get(pattern));
      if (compiled.size >= KEPT_MAX) compiled.clear();
      compiled.set(pattern, regex);
      return regex;
    },
    detectSqli: (value) => native.detectSqli(value),
    detectXss: (value) => native.detectXss(value),
  };
}

/** The environment as the operators of one unit see it. */
export const withForms = (environment: SharedEnvironment, forms: PatternForms): OperatorEnvironment => ({
  ...environment,
  compileRegex: (pattern) => environment.compileRegex(pattern, forms),
});
