import { describe, expect, it } from 'vitest';
import { describeLongReports, parseLongReports } from '../src/commands/test-long.ts';

const REPORTS = [
  { name: 'soak', cases: 70, failures: 0, seed: 7, seconds: 12.4, note: 'a note' },
  { name: 'asan', cases: 5, failures: 2, seed: 8 },
];

describe('what long tests leave behind', () => {
  it('is read a line each; a line that is torn or something else is left out', () => {
    const lines = REPORTS.map((report) => JSON.stringify(report));
    const text = [lines[0], '', '{"name":"x","cases":', 'null', '{"name":"x"}', lines[1], ''].join('\n');
    expect(parseLongReports(text)).toEqual(REPORTS);
    expect(parseLongReports('')).toEqual([]);
  });

  it('is a table by name with a sum, and nothing where nothing long ran', () => {
    const [first, second, sum, last] = describeLongReports(REPORTS);
    expect(first).toMatch(/^asan +5 cases +2 failures +seed 8$/);
    expect(second).toMatch(/^soak +70 cases +0 failures +seed 7 +12 s +a note$/);
    expect(sum).toMatch(/^all long tests +75 cases +2 failures$/);
    expect(last).toBe('');
    expect(describeLongReports([])).toEqual([]);
  });
});
