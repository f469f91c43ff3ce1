import { describe, expect, it } from 'vitest';
import { HyperscanError } from '../src/index.ts';
import { errorsDocument } from './fixtures/errors-doc.ts';

describe('HyperscanError', () => {
  it('has the codes that docs/errors.md lists (vitest -u writes it)', async () => {
    await expect(errorsDocument()).toMatchFileSnapshot('../docs/errors.md');
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
