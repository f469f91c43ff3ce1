import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseVersion1Cookies } from '../../src/attributes/cookies-version-1.ts';

const cookiesOf = (header: string): readonly string[] => {
  const found: string[] = [];
  parseVersion1Cookies(header, (name, value) => found.push(`${name}=${value}`));
  return found;
};

describe('cookies of version 1', () => {
  it.each([
    ['', []],
    ['a=1', ['a=1']],
    ['a=1; b=2', ['a=1', 'b=2']],
    ['a=1,b=2', ['a=1', 'b=2']],
    ['a="1; 2, 3" ; b=2', ['a=1; 2, 3', 'b=2']],
    ['a=" 1 "', ['a= 1 ']],
    ['a= 1 ;b', ['a=1', 'b=']],
    [String.raw`a="x\"y";b=2`, [String.raw`a=x\"y`, 'b=2']],
    ['a="open; b=2', ['a=open; b=2']],
    ['a="1"2;b=3', ['a=1', '2=', 'b=3']],
    [
      '$Version=1; a=1; $Path=/x; $Domain="d"; b=2; $Path=/y',
      ['$Version=1', 'a=1', '$a_Path=/x', '$a_Domain=d', 'b=2', '$b_Path=/y'],
    ],
    [' ;, a=1;;,b=2', ['a=1', 'b=2']],
    ['=v', ['=v']],
    ['a=b=c', ['a=b=c']],
  ])('%j are %j', (header, cookies) => {
    expect(cookiesOf(header)).toEqual(cookies);
  });

  it('end for every header', () => {
    const headers = fc.string({ unit: fc.constantFrom('a', '=', ';', ',', '"', '\\', ' ', '$') });
    fc.assert(fc.property(headers, (header) => void cookiesOf(header)));
  });
});
