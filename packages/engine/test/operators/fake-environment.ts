/** An operator environment without native code: patterns are JavaScript's, injection is a word. */
import type { Captures, OperatorArgument, OperatorEnvironment, Regex } from '../../src/operators/operator.ts';

export const fakeRegex = (pattern: string): Regex => {
  const regex = new RegExp(pattern, 's');
  return {
    test: (value) => regex.test(value),
    exec: (value) => {
      const match = regex.exec(value);
      return match === null ? null : [...match];
    },
    search: (value, from) => {
      const sticky = new RegExp(pattern, 'gs');
      sticky.lastIndex = from;
      const match = sticky.exec(value);
      if (match === null) return null;
      return { start: match.index, end: match.index + match[0].length, captures: [...match] };
    },
  };
};

export interface FakeEnvironment extends OperatorEnvironment {
  /** Every pattern that was compiled, in order. */
  readonly compiled: string[];
}

export function fakeEnvironment(): FakeEnvironment {
  const compiled: string[] = [];
  return {
    compiled,
    compileRegex(pattern) {
      compiled.push(pattern);
      return fakeRegex(pattern);
    },
    detectSqli: (value) => (value.includes('union') ? 's&UE' : null),
    detectXss: (value) => value.includes('<script'),
  };
}

export const staticArgument = (text: string): OperatorArgument => ({ text, hasMacros: false, lines: null });
export const macroArgument = (text: string): OperatorArgument => ({ text, hasMacros: true, lines: null });
export const fileArgument = (lines: readonly string[]): OperatorArgument => ({
  text: 'words.data',
  hasMacros: false,
  lines,
});

/** For tests: the first capture, or null where the operator does not match. */
export const firstCapture = (captures: Captures | null): string | undefined | null =>
  captures === null ? null : captures[0];
