/** What long tests leave behind: a line of JSON each, as `reportCases` of test/long/budget.ts writes it. */

export interface LongReport {
  readonly name: string;
  readonly cases: number;
  readonly failures: number;
  readonly seed: number;
  /** How long it ran. */
  readonly seconds?: number;
  readonly note?: string;
}

/** Lines that are no report are left out: a test that was ended while it wrote leaves half of one. */
export function parseLongReports(text: string): readonly LongReport[] {
  return text.split('\n').flatMap((line) => {
    const value = parseLine(line);
    return isReport(value) ? [value] : [];
  });
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isReport(value: unknown): value is LongReport {
  if (typeof value !== 'object' || value === null) return false;
  if (!('name' in value && 'cases' in value && 'failures' in value && 'seed' in value)) return false;
  const { name, cases, failures, seed } = value;
  return [cases, failures, seed].every((each) => typeof each === 'number') && typeof name === 'string';
}

/** A table with a sum below it; nothing where there are no reports. */
export function describeLongReports(reports: readonly LongReport[]): readonly string[] {
  if (reports.length === 0) return [];
  const total = (key: 'cases' | 'failures'): number => reports.reduce((sum, report) => sum + report[key], 0);
  const row = (name: string, cases: number, failures: number): string =>
    `${name.padEnd(24)}${String(cases).padStart(10)} cases ${String(failures).padStart(4)} failures`;
  const lines = reports
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, cases, failures, seed, seconds, note }) => {
      const time = seconds === undefined ? '' : `  ${seconds.toFixed(0)} s`;
      return `${row(name, cases, failures)}  seed ${seed}${time}${note === undefined ? '' : `  ${note}`}`;
    });
  return [...lines, row('all long tests', total('cases'), total('failures')), ''];
}
