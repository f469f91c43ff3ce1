import { describe, expect, it } from 'vitest';
import { compileProgress } from '../../src/serve/compile-progress.ts';

describe('the progress of a compilation', () => {
  it('is said once a second, after the first, and when the patterns are put together', () => {
    const lines: string[] = [];
    let millis = 0;
    const progress = compileProgress(
      (line) => lines.push(line),
      () => millis,
    );
    for (; millis <= 2_500; millis += 100)
      progress({ done: millis / 100, total: 26, ruleId: 900_000 + millis });
    progress({ done: 26, total: 26, ruleId: null });
    expect(lines).toEqual([
      'compiling rules: 10 of 26 patterns, at rule 901000\n',
      'compiling rules: 20 of 26 patterns, at rule 902000\n',
      'compiling rules: 26 of 26 patterns, putting them together\n',
    ]);
  });

  it('is not said of what takes no time', () => {
    const lines: string[] = [];
    const progress = compileProgress(
      (line) => lines.push(line),
      () => 0,
    );
    progress({ done: 0, total: 1, ruleId: 1 });
    progress({ done: 1, total: 1, ruleId: null });
    expect(lines).toEqual([]);
  });
});
