import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leadingInteger } from '../../src/operators/leading-integer.ts';

describe('leadingInteger', () => {
  it('reads any safe integer, whatever follows it', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.stringMatching(/^(?:[^0-9].*)?$/s), (integer, rest) => {
        expect(leadingInteger(`${integer}${rest}`)).toBe(integer === 0 ? 0 : integer);
      }),
    );
  });

  it.each([
    ['', 0],
    ['-', 0],
    ['+-5', 0],
    ['- 5', 0],
    ['0x10', 0],
    ['1e3', 1],
    ['26.000000', 26],
    ['007', 7],
    ['\xa05', 0],
    ['9'.repeat(100_000), Number.MAX_SAFE_INTEGER],
    [`-${'9'.repeat(100_000)}`, Number.MIN_SAFE_INTEGER],
  ])('reads %j as %d', (text, integer) => {
    expect(leadingInteger(text)).toBe(integer);
  });
});
