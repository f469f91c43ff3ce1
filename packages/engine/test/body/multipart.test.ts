import { describe, expect, it } from 'vitest';
import { argumentsOf, errorOf, flagsOf, run } from './recorder.ts';

/** Lines to a body with CRLF. */
const crlf = (...lines: readonly string[]): string => lines.map((line) => `${line}\r\n`).join('');
const field = (name: string, ...value: readonly string[]): string[] => [
  '--BOUND',
  `Content-Disposition: form-data; name="${name}"`,
  '',
  ...value,
];
const disposition = (parameters: string): string =>
  crlf('--BOUND', `Content-Disposition: form-data; ${parameters}`, '', 'v', '--BOUND--');

describe('multipart bodies', () => {
  it('gives fields, files and part headers in their order', () => {
    const body = crlf(
      ...field('a', '1', '', '2'),
      '--BOUND',
      'Content-Disposition: form-data; name="f"; filename="x.php"',
      'Content-Type: text/plain',
      '',
      '<?php',
      '?>',
      '--BOUND--',
    );
    expect(run('MULTIPART', body)).toEqual([
      ['partHeader', 'a', 'Content-Disposition: form-data; name="a"'],
      ['argument', 'a', '1\r\n\r\n2'],
      ['partHeader', 'f', 'Content-Disposition: form-data; name="f"; filename="x.php"'],
      ['partHeader', 'f', 'Content-Type: text/plain'],
      ['file', 'f', 'x.php', 9],
    ]);
  });

  it('takes a final boundary at the end of the body without a line end', () => {
    expect(run('MULTIPART', `${crlf(...field('a', '1'))}--BOUND--`).at(-1)).toEqual(['argument', 'a', '1']);
  });

  it('keeps empty values, NUL bytes, lone line breaks and bytes that are not UTF-8', () => {
    const value = Buffer.of(0, 0xff, 0x0d, 0x0a, 0x0d, 0x0d, 0x0a, 0x0a, 0x0d);
    const body = Buffer.concat([
      Buffer.from(`${crlf(...field('a', ''))}--BOUND\r\nContent-Disposition: form-data; name=b\r\n\r\n`),
      value,
      Buffer.from('\r\n--BOUND--\r\n'),
    ]);
    expect(argumentsOf(run('MULTIPART', body))).toEqual([
      ['a', ''],
      ['b', value.toString('latin1')],
    ]);
  });

  it('takes a body of a final boundary only', () => {
    expect(run('MULTIPART', '--BOUND--\r\n')).toEqual([]);
  });

  it('says nothing of a body of no bytes', () => {
    expect(run('MULTIPART', '', { contentType: 'multipart/form-data' })).toEqual([]);
  });

  describe('Content-Disposition', () => {
    it.each([
      ['name="a\\"b\\\\c\\d"', 'a"b\\c\\d'],
      ['name=token', 'token'],
      ['name = "a" ; ', 'a'],
      ['name=""', ''],
      ['NAME="a"', 'a'],
      ['name="O\'Brien; filename=x"', "O'Brien; filename=x"],
    ])('reads %s', (parameters, name) => {
      const calls = run('MULTIPART', disposition(parameters));
      expect(argumentsOf(calls)).toEqual([[name, 'v']]);
      expect(flagsOf(calls)).toEqual([]);
    });

    it.each([
      ['name="f"; filename="te\\"st.txt"', [['file', 'f', 'te"st.txt', 1]]],
      ['name="f"; filename="C:\\a\\b.jsp"', [['file', 'f', 'C:\\a\\b.jsp', 1]]],
      [
        'name="f"; filename=""',
        [
          ['argument', 'f', 'v'],
          ['file', 'f', '', 1],
        ],
      ],
      [
        'name="f"; filename*=UTF-8\'\'a%2Ephp',
        [
          ['argument', 'f', 'v'],
          ['file', 'f', 'a.php', 1],
        ],
      ],
      [
        'filename*=UTF-8\'en-GB\'a!b+c.php ; name="f"',
        [
          ['argument', 'f', 'v'],
          ['file', 'f', 'a!b+c.php', 1],
        ],
      ],
      [
        'name="f"; filename=a.txt; filename*=UTF-8\'\'%e4.php',
        [
          ['file', 'f', 'a.txt', 1],
          ['file', 'f', '\xe4.php', 0],
        ],
      ],
    ])('reads the file name of %s', (parameters, expected) => {
      const calls = run('MULTIPART', disposition(parameters));
      expect(calls.filter(([kind]) => kind === 'file' || kind === 'argument')).toEqual(expected);
      expect(errorOf(calls)).toBeNull();
    });

    it('flags what follows a closing quote, and refuses it', () => {
      const calls = run('MULTIPART', disposition('name="a"x'));
      expect(flagsOf(calls)).toEqual(['INVALID_QUOTING', 'INVALID_PART']);
    });

    it.each(["name='a'", "name=a'b", "name=a; filename='b'", "name=a; filename*='utf-8''b'"])(
      'flags and refuses the quoting of %s',
      (parameters) => {
        const calls = run('MULTIPART', disposition(parameters));
        expect(flagsOf(calls)).toEqual(['INVALID_QUOTING', 'INVALID_PART']);
        expect(errorOf(calls)?.kind).toBe('syntax');
      },
    );

    it('takes the single quotes of RFC 8187 for what they are', () => {
      expect(flagsOf(run('MULTIPART', disposition("name=a; filename*=UTF-8'en'b")))).toEqual([]);
    });

    it.each([
      'filename="x"',
      'name="a',
      'name="a"x; filename="b"',
      'name="a" filename="b"',
      'name="a"; name="b"',
      'name="a\\\\"; filename="b"',
      "name=a; filename*=utf-7''b",
      'name="a"; filename="b"; filename="c"',
      'name="a"; other="b"',
      'name',
      'name=',
      'name="a\\"',
      'name=a/b',
      'name="a"; filename*=x',
      'name="a"; filename*=UTF-8\'\'x.php\t',
      'name="a"; filename*=UTF-8\'en\'x.php \t; filename="b"',
      'name="a"; filename*=UTF-8\'\'x%2.php',
      "name=\"a\"; filename*=UTF-8''x'.php",
      'name="a"; filename*="UTF-8\'\'x y.php"',
      'name="a"; filename*=UTF-8\'e_n\'x.php',
      '=a',
    ])('refuses %s', (parameters) => {
      const calls = run('MULTIPART', disposition(parameters));
      expect(errorOf(calls)?.kind).toBe('syntax');
      expect(flagsOf(calls)).toContain('INVALID_PART');
      expect(argumentsOf(calls)).toEqual([]);
      expect(calls).toContainEqual(['partHeader', '', `Content-Disposition: form-data; ${parameters}`]);
    });

    it('refuses another type and none', () => {
      for (const header of ['Content-Disposition: attachment; name="a"', 'Content-Type: text/plain']) {
        const calls = run('MULTIPART', crlf('--BOUND', header, '', 'v', '--BOUND--'));
        expect(errorOf(calls)?.kind).toBe('syntax');
        expect(flagsOf(calls)).toEqual(['INVALID_PART']);
        expect(calls).toContainEqual(['partHeader', '', header]);
      }
    });
  });

  describe('part headers', () => {
    const withHeaders = (...headers: readonly string[]): ReturnType<typeof run> =>
      run('MULTIPART', crlf('--BOUND', ...headers, '', 'v', '--BOUND--'));

    it('unfolds folded lines and flags them', () => {
      const calls = withHeaders('Content-Disposition: form-data;', '\tname="a"', 'X: 1');
      expect(flagsOf(calls)).toEqual(['HEADER_FOLDING']);
      expect(calls).toContainEqual(['partHeader', 'a', 'Content-Disposition: form-data; name="a"']);
      expect(calls).toContainEqual(['partHeader', 'a', 'X: 1']);
      expect(argumentsOf(calls)).toEqual([['a', 'v']]);
    });

    it('flags folding with other blanks', () => {
      const calls = withHeaders('Content-Disposition: form-data; name="a"', '\vx: y');
      expect(flagsOf(calls)).toEqual(['HEADER_FOLDING', 'INVALID_HEADER_FOLDING', 'INVALID_PART']);
    });

    it.each([
      ['a name with a control character', '\x0eContent-Disposition: form-data; name="a"'],
      ['a name with a blank', 'Content- Disposition: form-data; name="a"'],
      ['a line without a colon', 'test'],
      ['a line without a name', ': x'],
      ['a NUL byte', 'X: a\0b'],
      ['folding at once', ' X: y'],
    ])('refuses %s and still shows the line', (_, line) => {
      const calls = withHeaders(line, 'Content-Disposition: form-data; name="post"');
      expect(errorOf(calls)?.kind).toBe('syntax');
      expect(calls).toContainEqual(['partHeader', '', line]);
      expect(argumentsOf(calls)).toEqual([]);
    });

    it('refuses the same header twice, whatever its case', () => {
      const calls = withHeaders(
        'Content-Disposition: form-data; name="a"',
        'content-disposition: form-data; name="b"',
      );
      expect(errorOf(calls)?.kind).toBe('syntax');
    });

    it('refuses headers that run into a boundary', () => {
      const calls = run('MULTIPART', crlf('--BOUND', 'X: 1', '--BOUND--'));
      expect(flagsOf(calls)).toEqual(['INVALID_PART']);
      expect(errorOf(calls)?.kind).toBe('syntax');
      expect(calls).toContainEqual(['partHeader', '', 'X: 1']);
    });

    it('shows the lines of headers that the body ends in', () => {
      expect(run('MULTIPART', '--BOUND\r\nX: 1\r\nY: 2').slice(0, 2)).toEqual([
        ['partHeader', '', 'X: 1'],
        ['partHeader', '', 'Y: 2'],
      ]);
    });

    it('counts their bytes, the empty line included', () => {
      const header = 'Content-Disposition: form-data; name="a"';
      const body = crlf('--BOUND', header, '', 'v', '--BOUND--');
      const bytes = header.length + 4;
      expect(errorOf(run('MULTIPART', body, { limits: { multipartPartHeaderBytesMax: bytes } }))).toBeNull();
      const over = run('MULTIPART', body, { limits: { multipartPartHeaderBytesMax: bytes - 1 } });
      expect(errorOf(over)).toMatchObject({ kind: 'size', byteOffset: '--BOUND\r\n'.length + bytes - 1 });
    });

    it('stops with an error where they are longer than their limit', () => {
      const body = crlf('--BOUND', 'X: 1', `Y: ${'y'.repeat(100)}`, '', 'v', '--BOUND--');
      const calls = run('MULTIPART', body, { limits: { multipartPartHeaderBytesMax: 50 } });
      expect(errorOf(calls)).toMatchObject({ kind: 'size', byteOffset: 59 });
      expect(calls).toContainEqual(['partHeader', '', 'X: 1']);
    });
  });

  describe('strictness', () => {
    const good = crlf(...field('a', 'v'), '--BOUND--');

    it.each([
      ['DATA_BEFORE', `preamble\r\n${good}`],
      ['DATA_BEFORE', `\r\n${good}`],
      ['DATA_AFTER', `${good}x`],
      ['LF_LINE', good.replaceAll('\r\n', '\n')],
      ['UNMATCHED_BOUNDARY', good.replace('\r\nv', '\r\n--other\r\nv')],
      ['UNMATCHED_BOUNDARY', `--BOUN\r\n${good}`],
    ])('flags %s and reads on', (flag, body) => {
      const calls = run('MULTIPART', body);
      expect(flagsOf(calls)).toContain(flag);
      expect(errorOf(calls)).toBeNull();
      expect(argumentsOf(calls)).toHaveLength(1);
    });

    it.each([
      ['a boundary within a line', good.replace('\r\nv', '\r\nx--BOUND\r\nv')],
      ['a boundary behind a carriage return', good.replace('\r\nv', '\r\nx\r--BOUND\rv')],
      ['a boundary behind blanks', good.replace('\r\nv', '\r\n --BOUND\r\nv')],
      ['a boundary within the preamble', `x--BOUND\r\n${good}`],
      ['a boundary within the epilogue', `${good}--BOUND\r\nContent-Disposition: form-data; name=x\r\n\r\nw`],
    ])('refuses %s', (_, body) => {
      const calls = run('MULTIPART', body);
      expect(flagsOf(calls)).toContain('UNMATCHED_BOUNDARY');
      expect(errorOf(calls)?.message).toContain('a boundary out of place');
    });

    it('refuses a boundary right behind the headers of a part', () => {
      const calls = run('MULTIPART', good.replace('\r\nv\r\n', '\r\n'));
      expect(errorOf(calls)?.message).toContain('right behind the headers');
    });

    it.each([
      ['lone carriage return', 'X: a\rb'],
      ['form feed', 'X: a\x0cb'],
      ['control character in a folded line', 'X: a\r\n b\x0bc'],
      ['line of blanks', 'X: a\r\n '],
    ])('refuses a %s in part headers', (_, header) => {
      const calls = run('MULTIPART', good.replace('BOUND\r\n', `BOUND\r\n${header}\r\n`));
      expect(errorOf(calls)?.kind).toBe('syntax');
      expect(argumentsOf(calls)).toEqual([]);
    });

    it('refuses parts that are multipart themselves', () => {
      const calls = run(
        'MULTIPART',
        good.replace('BOUND\r\n', 'BOUND\r\nContent-Type: Multipart/mixed; boundary=x\r\n'),
      );
      expect(errorOf(calls)?.message).toContain('multipart itself');
    });

    it('does not put a boundary together from the ends of two parts', () => {
      const body = crlf(...field('a', 'x--BOU'), ...field('b', 'ND'), '--BOUND--');
      expect(flagsOf(run('MULTIPART', body))).toEqual([]);
    });

    it('flags nothing in a good body', () => {
      expect(flagsOf(run('MULTIPART', good))).toEqual([]);
    });

    it('does not take two dashes alone for a boundary', () => {
      expect(flagsOf(run('MULTIPART', good.replace('\r\nv', '\r\n- x\r\nv')))).toEqual([]);
    });

    it.each([
      ['of the line before a boundary', good.replace('v\r\n', 'v\n')],
      ['of a boundary', good.replace('BOUND\r\n', 'BOUND\n')],
    ])('flags and refuses mixed line ends, also %s', (_, body) => {
      const calls = run('MULTIPART', body);
      expect(flagsOf(calls)).toEqual(['LF_LINE', 'CRLF_LF_LINES']);
      expect(errorOf(calls)?.message).toContain('lines that end in LF');
    });

    it('only flags the line end behind the final boundary', () => {
      const calls = run('MULTIPART', good.replace('--BOUND--\r\n', '--BOUND--\n'));
      expect(flagsOf(calls)).toEqual(['LF_LINE']);
      expect(errorOf(calls)).toBeNull();
    });

    it('does not flag line ends inside of a value', () => {
      expect(flagsOf(run('MULTIPART', good.replace('v\r\n', 'v\nw\r\n')))).toEqual([]);
    });

    it.each([
      ['no boundary', 'just text\r\n', 'no boundary'],
      ['another boundary', good.replaceAll('BOUND', 'OTHER'), 'no boundary'],
      ['no final boundary', crlf(...field('a', 'v')), 'final boundary'],
      ['an end in a value', `${crlf(...field('a'))}v`, 'final boundary'],
      ['an end in the headers', '--BOUND\r\nContent-Dispo', 'final boundary'],
      ['an end in a boundary', `${crlf(...field('a', 'v'))}--BOUND-`, 'followed by something else'],
      ['an end at a boundary', `${crlf(...field('a', 'v'))}--BOUND`, 'followed by something else'],
      ['bytes after a boundary', good.replace('--BOUND\r\n', '--BOUND \r\n'), 'followed by something else'],
      ['blanks before a boundary', crlf(...field('a', 'v'), '-- BOUND--'), 'blanks before a boundary'],
    ])('refuses %s', (_, body, message) => {
      const error = errorOf(run('MULTIPART', body));
      expect(error?.kind).toBe('syntax');
      expect(error?.message).toContain(message);
    });

    it('refuses a boundary in quotes where the header has it in quotes', () => {
      const options = { contentType: 'multipart/form-data; boundary="BOUND"' };
      const body = good.replaceAll('--BOUND', '--"BOUND"');
      expect(errorOf(run('MULTIPART', body, options))?.message).toContain('in quotes');
      expect(flagsOf(run('MULTIPART', good, options))).toEqual(['BOUNDARY_QUOTED']);
    });
  });

  describe('limits', () => {
    it('counts parts', () => {
      const body = crlf(...field('a', '1'), ...field('b', '2'), ...field('c', '3'), '--BOUND--');
      expect(errorOf(run('MULTIPART', body, { limits: { multipartPartsMax: 3 } }))).toBeNull();
      const calls = run('MULTIPART', body, { limits: { multipartPartsMax: 2 } });
      expect(errorOf(calls)?.kind).toBe('parts');
      expect(flagsOf(calls)).toEqual(['FILE_LIMIT_EXCEEDED']);
      expect(argumentsOf(calls)).toEqual([
        ['a', '1'],
        ['b', '2'],
      ]);
    });

    it('counts arguments, of which 10,000 are too many', () => {
      const body = crlf(...Array.from({ length: 10_000 }, (_, i) => field(`a${i}`, 'v')).flat(), '--BOUND--');
      const many = { multipartPartsMax: 20_000, argumentsMax: 10_000 };
      expect(argumentsOf(run('MULTIPART', body, { limits: many }))).toHaveLength(10_000);
      const calls = run('MULTIPART', body, { limits: { multipartPartsMax: 20_000 } });
      expect(errorOf(calls)?.kind).toBe('arguments');
      expect(argumentsOf(calls)).toHaveLength(1_000);
    });

    it('counts bytes of headers and values, but not of files', () => {
      const limits = { requestBodyNoFilesBytesMax: 200 };
      const file = crlf(
        '--BOUND',
        'Content-Disposition: form-data; name="f"; filename="x"',
        '',
        'x'.repeat(1_000),
        '--BOUND--',
      );
      expect(run('MULTIPART', file, { limits }).at(-1)).toEqual(['file', 'f', 'x', 1_000]);
      const head = crlf(...field('a'));
      const calls = run('MULTIPART', `${head}${'x'.repeat(1_000)}\r\n--BOUND--`, { limits });
      // The boundary line itself is not counted.
      expect(errorOf(calls)).toMatchObject({ kind: 'size', byteOffset: 200 + '--BOUND\r\n'.length });
      expect(argumentsOf(calls)).toEqual([]);
    });
  });
});
