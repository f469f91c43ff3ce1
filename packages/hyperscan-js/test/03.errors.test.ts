import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HYPERSCAN_ERRORS, HyperscanError } from '../src/index.ts';

const docs = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');

/** The rows of the table: code, message, remedy. */
const rows = docs
  .split('\n')
  .filter((line) => line.startsWith('| `HS_'))
  .map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.trim().replace(/^`(HS_\w+)`$/, '$1')),
  );

describe('HyperscanError', () => {
  it('lists in docs/errors.md what the code lists', () => {
    const table = Object.entries(HYPERSCAN_ERRORS).map(([code, { message, remedy }]) => [
      code,
      message,
      remedy,
    ]);
    expect(rows).toEqual(table);
  });

  it('fills message and remedy', () => {
    const error = new HyperscanError('HS_BAD_ARGUMENT', { what: 'count', expected: 'a number', got: 'null' });
    expect(error.message).toBe('count: expected a number, got null [HS_BAD_ARGUMENT]');
    expect(error.remedy).toBe('Pass a number.');
    expect(error.name).toBe('HyperscanError');
  });

  it('keeps a cause only where there is one', () => {
    const cause = new Error('below');
    expect(new HyperscanError('HS_NATIVE', {}, { cause }).cause).toBe(cause);
    expect('cause' in new HyperscanError('HS_NATIVE')).toBe(false);
  });
});
