import { describe, expect, it } from 'vitest';
import { bare, failureOf, parse, parseOne, positions } from './helpers.ts';

const RULE = ['SecRule ARGS \\', '\t"@rx a b" \\', '    "id:1,msg:\'x \\', 'y\',deny"'];

const argumentOf = (text: string): string => {
  const node = parseOne(text);
  return node.kind === 'rule' ? node.operator.argument : '';
};

const msgOf = (text: string): string | null | undefined => {
  const node = parseOne(text);
  return node.kind === 'action' ? node.actions.find((action) => action.name === 'msg')?.argument : undefined;
};

describe('lines', () => {
  it('joins lines at a trailing backslash and keeps the blanks around it', () => {
    const node = parseOne(RULE.join('\n'));
    expect(node.kind === 'rule' && node.actions[1]?.argument).toBe('x y');
    expect(msgOf('SecAction "msg:\'a \\\n  b\'"')).toBe('a   b');
  });

  it('gives the original line and column of everything in a continued directive', () =>
    expect(positions(parseOne(RULE.join('\n')))).toEqual(['1:9', '2:3', '2:7', '3:6', '3:11', '4:4', '1:1']));

  it('reads CRLF files as LF files, positions included', () =>
    expect(parse(RULE.join('\r\n'))).toEqual(parse(RULE.join('\n'))));

  it('forgives blanks after a trailing backslash', () =>
    expect(bare(parse('SecRule ARGS x \\  \t\n"id:1"'))).toEqual(bare(parse('SecRule ARGS x "id:1"'))));

  it('ends a directive at an empty line after a backslash, and at the end of the file', () => {
    expect(parse('SecMarker A \\\n\nSecMarker B')).toHaveLength(2);
    expect(parse('SecMarker A \\')).toHaveLength(1);
  });

  it('leaves out comments, empty lines and a byte order mark', () => {
    const nodes = parse('\xef\xbb\xbfSecMarker A\n\n   \t\r\n  # SecMarker B\n#\nSecMarker C');
    expect(positions(nodes)).toEqual(['1:4', '6:1']);
  });

  it('keeps # inside of words and quotes', () => {
    expect(argumentOf('SecRule ARGS a#b')).toBe('a#b');
    expect(argumentOf('SecRule ARGS "@rx a \\\n# b"')).toBe('a # b');
  });

  it('lets a comment with a trailing backslash be followed by a comment or an empty line', () => {
    expect(parse('#SecRule ARGS x \\\n#  "id:1, \\\n# deny" \\\n\nSecMarker A')).toHaveLength(1);
    expect(failureOf('# a \\\n# b \\\nSecMarker A').code).toBe('SECLANG_SYNTAX');
  });

  it('takes tabs, form feeds and lone carriage returns for blanks', () =>
    expect(bare(parse('SecRule\tARGS\f"@rx\tx"\r"id:1"'))).toEqual(
      bare(parse('SecRule ARGS "@rx x" "id:1"')),
    ));

  it('keeps bytes above 0x7f, U+00A0 and U+0085 included', () =>
    expect(argumentOf('SecRule ARGS "@rx \xa0\x85\xff\xa0"')).toBe('\xa0\x85\xff\xa0'));
});

describe('quotes', () => {
  it('undoes only the escaped quote in a double-quoted argument', () => {
    expect(argumentOf(String.raw`SecRule ARGS "@contains <h1 style=\"x\">"`)).toBe('<h1 style="x">');
    expect(argumentOf(String.raw`SecRule ARGS "@rx \d\\\x5c\'\\"`)).toBe(String.raw`\d\\\x5c\'\\`);
    expect(argumentOf(String.raw`SecRule ARGS "@rx \\\""`)).toBe(String.raw`\\"`);
  });

  it('undoes only the escaped quote in a single-quoted argument', () =>
    expect(argumentOf(String.raw`SecRule ARGS '@rx \'"\"\d'`)).toBe(String.raw`'"\"\d`));

  it('keeps a bare argument as it is', () =>
    expect(argumentOf(String.raw`SecRule ARGS a\"b'c\d`)).toBe(String.raw`a\"b'c\d`));

  it('undoes quotes within quotes, layer by layer', () => {
    expect(msgOf(String.raw`SecAction "id:1,msg:'lama\'s \"hell\" x, y',deny"`)).toBe('lama\'s "hell" x, y');
    expect(msgOf(`SecAction 'id:1,msg:"a"'`)).toBe('"a"');
  });

  it('takes four backslashes of a quoted word for two, and fewer for what they are', () => {
    const cases: readonly (readonly [written: string, read: string])[] = [
      [String.raw`\\`, String.raw`\\`],
      [String.raw`a\\\\b`, String.raw`a\\b`],
      [String.raw`\\\\\x5c`, String.raw`\\\x5c`],
      [String.raw`\\\\\\\\`, String.raw`\\\\`],
      [String.raw`[^\\\\]\\\\[cd]`, String.raw`[^\\]\\[cd]`],
      [String.raw`\\\\\"`, String.raw`\\"`],
      [String.raw`[a-z]:\\\\inetpub\b`, String.raw`[a-z]:\\inetpub\b`],
    ];
    for (const [written, read] of cases) expect(argumentOf(`SecRule ARGS "@rx ${written}"`)).toBe(read);
  });

  it('halves them once, also in an argument within', () =>
    expect(msgOf(String.raw`SecAction "id:1,msg:'a\\\\\\\\b'"`)).toBe(String.raw`a\\\\b`));

  it('gives what follows four backslashes the column where it stands', () => {
    const error = failureOf(String.raw`SecRule ARGS "@streq \\\\\\\\%{FOO}"`);
    expect(error.position?.column).toBe(32);
  });

  it('gives an undone quote the column of the quote, not of its backslash', () =>
    expect(failureOf(String.raw`SecAction "id:1,\"x"`).position?.column).toBe(18));

  it('takes a doubled quote in an argument of an action for one', () => {
    expect(msgOf("SecAction \"msg:'it''s, with commas',deny\"")).toBe("it's, with commas");
    expect(msgOf('SecAction "msg:\'\',deny"')).toBe('');
    expect(msgOf("SecAction \"msg:'''',deny\"")).toBe("'");
  });

  it('keeps backslashes of a single-quoted argument that escape no quote', () =>
    expect(msgOf(String.raw`SecAction "msg:'a\\b\x5c\\'"`)).toBe(String.raw`a\\b\x5c\\`));
});
