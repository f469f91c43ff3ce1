import { describe, expect, it } from 'vitest';
import { bestFitByte, lowByte } from '../../src/transformations/best-fit.ts';

describe('bestFitByte', () => {
  /** The last unit of each long run: a character too few or too many in a run would move it. */
  it.each([
    [0x00a2, 'c'],
    [0x00bb, '>'],
    [0x00d6, 'O'],
    [0x00dd, 'Y'],
    [0x00ef, 'i'],
    [0x00f6, 'o'],
    [0x00fd, 'y'],
    [0x00ff, 'y'],
    [0x0131, 'i'],
    [0x0137, 'k'],
    [0x013e, 'l'],
    [0x0148, 'n'],
    [0x0153, 'o'],
    [0x0159, 'r'],
    [0x0161, 's'],
    [0x0167, 't'],
    [0x0173, 'u'],
    [0x0175, 'w'],
    [0x0178, 'Y'],
    [0x017e, 'z'],
    [0x01dc, 'u'],
    [0x01ed, 'o'],
    [0x02ba, '"'],
    [0x0303, '~'],
    [0x2006, ' '],
    [0x201a, ','],
    [0x201e, '"'],
    [0x203a, '>'],
    [0xff1e, '>'],
    [0xff5e, '~'],
  ])('maps U+%s to %s', (unit, character) => {
    expect(String.fromCharCode(bestFitByte(unit))).toBe(character);
  });

  it('takes the low byte of what the table lacks', () => {
    expect(bestFitByte(0x0041)).toBe(0x41);
    expect(bestFitByte(0x00d7)).toBe(0xd7);
    expect(bestFitByte(0x2007)).toBe(0x07);
    expect(bestFitByte(0xff00)).toBe(0x00);
    expect(bestFitByte(0xff5f)).toBe(0x5f);
    expect(bestFitByte(0xfe1c)).toBe(0x1c);
  });

  it('gives a byte for every unit', () => {
    for (let unit = 0; unit <= 0xffff; unit++) {
      const byte = bestFitByte(unit);
      if (!Number.isInteger(byte) || byte < 0 || byte > 0xff) expect.fail(`U+${unit.toString(16)}: ${byte}`);
    }
  });
});

describe('lowByte', () => {
  it('narrows full-width forms only', () => {
    expect(lowByte(0xff1c)).toBe(0x3c);
    expect(lowByte(0xfe1c)).toBe(0x1c);
    expect(lowByte(0x2019)).toBe(0x19);
  });
});
