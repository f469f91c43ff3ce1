import { describe, expect, it } from 'vitest';
import { parseDuration, shownDuration } from '../../src/quarantine/duration.ts';

describe('how long', () => {
  it.each([
    ['60s', 60],
    ['90s', 90],
    ['15m', 900],
    ['1h', 3_600],
    ['365d', 31_536_000],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '1', '59s', '366d', '1w', '-1h', '1.5h', '1h ', '1H', '1h30m', '9999999999s', '١h'])(
    '%j is no time',
    (text) => {
      expect(() => parseDuration(text)).toThrow(
        expect.objectContaining({ code: 'QUARANTINE_OPTION', message: expect.stringContaining('--for') }),
      );
    },
  );

  it.each([
    [0, '0 s'],
    [-5_000, '0 s'],
    [59_499, '59 s'],
    [3_600_000, '1 h'],
    [3_900_000, '1 h 5 m'],
    [90_061_000, '1 d 1 h'],
  ])('%d ms reads %s', (millis, text) => {
    expect(shownDuration(millis)).toBe(text);
  });
});
