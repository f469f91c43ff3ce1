import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { visible } from '../../src/inspect/visible.ts';

const utf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

describe('bytes for people', () => {
  it.each([
    ['plain text', 'plain text'],
    [utf8('Käse 🧀 日本'), 'Käse 🧀 日本'],
    ['a\r\n\tb\0', 'a\\r\\n\\tb\\x00'],
    ['\x1b[31mred', '\\x1b[31mred'],
    ['\x9b31m', '\\x9b31m'],
    [utf8('\u202egnp.exe'), '\\u{202e}gnp.exe'],
    [utf8('\u0085\u2028\u200b'), '\\u{85}\\u{2028}\\u{200b}'],
    ['\xc0\xaf\xed\xa0\x80', '\\xc0\\xaf\\xed\\xa0\\x80'],
    ['\xf0\x9f', '\\xf0\\x9f'],
  ])('shows %j', (value, shown) => {
    expect(visible(value)).toBe(shown);
  });

  it('never lets a character through that a terminal obeys', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(visible(Buffer.from(bytes).toString('latin1'))).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
