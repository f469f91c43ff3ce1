import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCookies } from '../../src/attributes/cookies.ts';
import { parseQuery } from '../../src/attributes/query.ts';
import { parseRequestTarget } from '../../src/attributes/uri.ts';
import { urlDecode } from '../../src/attributes/url-decode.ts';

function queryOf(query: string, argumentsMax = 1_000, separator?: string) {
  const pairs: [string, string][] = [];
  let invalid = 0;
  const emit = (name: string, value: string): void => {
    pairs.push([name, value]);
  };
  const onInvalid = (): void => {
    invalid += 1;
  };
  const outcome = parseQuery(query, { argumentsMax }, emit, onInvalid, separator);
  return { pairs, invalid, outcome };
}

describe('parseQuery', () => {
  it('splits and decodes in wire order', () => {
    expect(queryOf('a=1&b&=c&&a=%32+&')).toEqual({
      pairs: [
        ['a', '1'],
        ['b', ''],
        ['', 'c'],
        ['a', '2 '],
      ],
      invalid: 0,
      outcome: 'complete',
    });
  });

  it('reports bad escapes once and keeps them', () => {
    expect(queryOf('a=%&b=%g1')).toMatchObject({
      pairs: [
        ['a', '%'],
        ['b', '%g1'],
      ],
      invalid: 1,
    });
  });

  it('says where there are too many arguments', () => {
    expect(queryOf('a&b', 2).outcome).toBe('complete');
    expect(queryOf('a&b&&', 2).outcome).toBe('complete');
    expect(queryOf('a&b&c', 2)).toMatchObject({
      pairs: [
        ['a', ''],
        ['b', ''],
      ],
      outcome: 'arguments',
    });
  });

  it('splits on another separator where it is told so', () => {
    expect(queryOf('a=1;b=2&c', 10, ';').pairs).toEqual([
      ['a', '1'],
      ['b', '2&c'],
    ]);
  });

  it('has nothing to say of an empty query', () => {
    expect(queryOf('')).toEqual({ pairs: [], invalid: 0, outcome: 'complete' });
  });
});

describe('urlDecode', () => {
  it('keeps plus signs in paths', () => {
    expect(urlDecode('a+b%2B', false).value).toBe('a+b+');
  });

  it('does not decode twice', () => {
    expect(urlDecode('%2541', true).value).toBe('%41');
  });

  it('ends an escape where its value ends, whatever was decoded before', () => {
    for (const cut of ['%4', '%', 'a%', 'a%4']) {
      expect(urlDecode('%41%42%43%44', true).value).toBe('ABCD');
      expect(urlDecode('444444', true).value).toBe('444444');
      expect(urlDecode(`+${cut}`, true)).toEqual({ value: ` ${cut}`, invalid: true });
    }
  });

  it('decodes long values as it does short ones', () => {
    for (const times of [1_365, 1_366, 100_000]) {
      const decoded = urlDecode(`${'%41+'.repeat(times)}%4`, true);
      expect(decoded).toEqual({ value: `${'A '.repeat(times)}%4`, invalid: true });
    }
  });

  it('decodes any long value as a look at its escapes does', () => {
    const whole = ['%41', '+', '%25', '%c3%A9', 'abc', '\xe9', '\0', 'g', '4'];
    const broken = ['%', '%2', '%zz', '%%41'];
    const parts = (each: readonly string[]) => fc.array(fc.constantFrom(...each), { minLength: 20 });
    fc.assert(
      fc.property(fc.oneof(parts(whole), parts([...whole, ...broken])), fc.nat(80), (segments, before) => {
        const value = 'x'.repeat(980 + before) + segments.join('');
        let invalid = false;
        const decoded = value.replace(/%([0-9A-Fa-f]{2})|[%+]/g, (found, digits?: string) => {
          invalid ||= found === '%';
          if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16));
          return found === '+' ? ' ' : found;
        });
        expect(urlDecode(value, true)).toEqual({ value: decoded, invalid });
      }),
      { numRuns: 1_000 },
    );
  });

  it('changes nothing without a percent sign or plus', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const value = Buffer.from(bytes.filter((byte) => byte !== 0x25 && byte !== 0x2b)).toString('latin1');
        expect(urlDecode(value, true)).toEqual({ value, invalid: false });
      }),
    );
  });
});

describe('parseCookies', () => {
  it.each([
    [
      'a=1; b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a=1;b=2;',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    [
      'a=1; a=2',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['a=b=c', [['a', 'b=c']]],
    [
      'flag; =x;;=;',
      [
        ['flag', ''],
        ['', 'x'],
      ],
    ],
    ['a = 1 ', [['a ', ' 1 ']]],
    [
      '\t\n\v\f\r a=1; \x08b=2; ',
      [
        ['a', '1'],
        ['\x08b', '2'],
      ],
    ],
    ['a=%41+"x"', [['a', '%41+"x"']]],
    ['', []],
  ])('reads %j', (header, expected) => {
    const cookies: [string, string][] = [];
    parseCookies(header, (name, value) => cookies.push([name, value]));
    expect(cookies).toEqual(expected);
  });
});

describe('parseRequestTarget', () => {
  it('splits the origin form', () => {
    expect(parseRequestTarget('/a%2Fb/c%41.php?q=%41#f', 'GET')).toEqual({
      form: 'origin',
      origin: '',
      path: '/a%2Fb/c%41.php',
      query: 'q=%41',
      fragment: 'f',
      uri: '/a%2Fb/c%41.php?q=%41',
      filename: '/a/b/cA.php',
      basename: 'cA.php',
    });
  });

  it.each([
    [
      'http://host:80/p?q',
      { form: 'absolute', origin: 'http://host:80', path: '/p', query: 'q', uri: '/p?q' },
    ],
    ['HTTPS://host', { form: 'absolute', origin: 'HTTPS://host', path: '/', query: null, uri: '/' }],
    ['http://host?q', { form: 'absolute', path: '/', query: 'q', uri: '/?q' }],
    ['//host/p', { form: 'origin', path: '//host/p' }],
    ['/?', { form: 'origin', path: '/', query: '', uri: '/?' }],
    ['/a?b?c', { path: '/a', query: 'b?c' }],
    ['/a#b?c', { path: '/a', query: null, fragment: 'b?c', uri: '/a' }],
    ['*', { form: 'asterisk', path: '*', query: null, uri: '*' }],
    ['a/b', { form: 'other', path: 'a/b', uri: 'a/b' }],
    ['', { form: 'other', path: '', uri: '' }],
  ])('splits %j', (target, expected) => {
    expect(parseRequestTarget(target, 'GET')).toMatchObject(expected);
  });

  it('keeps the whole target of CONNECT', () => {
    expect(parseRequestTarget('host:443', 'CONNECT')).toMatchObject({ form: 'authority', path: 'host:443' });
  });

  it.each([
    ['/a\\b.asp', 'b.asp'],
    ['/a%5cb.asp', 'b.asp'],
    ['/a/', ''],
    ['/%zz', '%zz'],
    ['/a+b', 'a+b'],
    ['/a%00.php', 'a\0.php'],
  ])('finds the basename of %s', (target, basename) => {
    expect(parseRequestTarget(target, 'GET').basename).toBe(basename);
  });

  it('loses no byte of any target', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (target) => {
        const { form, origin, path, query, fragment } = parseRequestTarget(`/${target}`, 'GET');
        expect(form).toBe('origin');
        const joined = `${origin}${path}${query === null ? '' : `?${query}`}${fragment === null ? '' : `#${fragment}`}`;
        expect(joined).toBe(`/${target}`);
      }),
    );
  });
});
