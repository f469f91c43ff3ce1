/** Of measured times. */

export const ascending = (values: readonly number[]): readonly number[] => values.toSorted((a, b) => a - b);

/** The nearest rank. */
export const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;

export const sumOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0);
