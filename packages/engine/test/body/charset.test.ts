import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foreignCharset, foreignMark } from '../../src/body/charset.ts';

const FOREIGN = `utf-7 UTF-16 utf-16le utf16be utf_16 utf-32 UTF-32LE ucs-2 UCS4 iso-10646-ucs-2 unicode unicodeFFFE
  unicode-1-1-utf-7 csUnicode csUTF7 ibm037 IBM1047 ibm-500 cp037 CP-1140 x-ebcdic-037 ebcdic-cp-us hz-gb-2312 iso-2022-jp
  csISO2022KR 037`;
const ASCII = `utf-8 utf8 UTF8MB4 us-ascii iso-8859-1 iso-8859-15 windows-1252 cp1252 cp437 latin1 koi8-r shift_jis gbk big5
  euc-jp binary unknown-8bit none`;

describe('foreignCharset', () => {
  it.each(FOREIGN.trim().split(/\s+/))('takes %s for one in which ASCII is other bytes', (name) => {
    for (const type of [
      `text/plain; charset=${name}`,
      `a/b;CHARSET="${name}"`,
      `a/b; x=y;\tcharset = ${name} ; z`,
    ]) {
      expect([type, foreignCharset(type)]).toEqual([type, name.toLowerCase()]);
    }
  });

  it.each(ASCII.trim().split(/\s+/))('takes %s for none', (name) => {
    expect(foreignCharset(`text/plain; charset=${name}`)).toBeNull();
  });

  it('looks at each charset that is named', () => {
    expect(foreignCharset('a/b; charset=utf-8; charset=utf-16')).toBe('utf-16');
    expect(foreignCharset('a/b; notcharset=utf-16')).toBeNull();
    expect(foreignCharset('charset=utf-16')).toBeNull();
    expect(foreignCharset('')).toBeNull();
  });

  it('answers for every header', () => {
    const unit = fc.constantFrom(';', ' ', '"', '=', 'charset', 'utf-16', '\t', 'x');
    fc.assert(fc.property(fc.string({ unit }), (type) => void foreignCharset(type)));
  });
});

describe('foreignMark', () => {
  it.each([
    [[0xff, 0xfe, 0x61, 0], 'utf-16le'],
    [[0xff, 0xfe], 'utf-16le'],
    [[0xfe, 0xff, 0, 0x61], 'utf-16be'],
    [[0xff, 0xfe, 0, 0], 'utf-32le'],
    [[0, 0, 0xfe, 0xff], 'utf-32be'],
    [[0xef, 0xbb, 0xbf], null],
    [[0x61], null],
    [[], null],
    [[0, 0, 0, 0], null],
  ])('of %j is %s', (bytes, name) => {
    expect(foreignMark(Uint8Array.from(bytes))).toBe(name);
  });
});
