import { WAF_SCHEMA } from '@sluice/spool';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HubError, type ParseOptions, parseQuery, printQuery, type Query } from '../../src/index.ts';
import { QUERY_CHARACTERS_MAX, QUERY_CONDITIONS_MAX, QUERY_DEPTH_MAX } from '../../src/query/limits.ts';

const NOW = Date.UTC(2026, 10, 23, 6, 0, 0);
const parse = (text: string, options: ParseOptions = {}): Query =>
  parseQuery(text, WAF_SCHEMA, { now: NOW, ...options });

const keyword = (path: string) => ({ path, type: 'keyword' as const });
const equal = (path: string, value: string): Query => ({
  kind: 'compare',
  field: keyword(path),
  operator: '=',
  value,
});
const not = (of: Query): Query => ({ kind: 'not', of });

function fault(
  text: string,
  options: ParseOptions = {},
): { readonly column: number; readonly reason: string; readonly text: string } {
  try {
    parse(text, options);
  } catch (error) {
    if (error instanceof HubError && error.code === 'QUERY_SYNTAX') {
      return {
        column: Number(error.details.column),
        reason: String(error.details.reason),
        text: error.message,
      };
    }
    throw error;
  }
  throw new Error(`no fault in ${text}`);
}

const a = equal('host', 'a');
const b = equal('host', 'b');
const c = equal('host', 'c');

describe('the grammar', () => {
  it.each<[string, Query]>([
    ['', { kind: 'all' }],
    [' \n', { kind: 'all' }],
    ['*', { kind: 'all' }],
    ['host=a', a],
    ['host = "a"', a],
    ["'host' = 'a'", a],
    ['host != a', not(a)],
    ['not host = a', not(a)],
    ['NOT NOT host = a', not(not(a))],
    ['host=a AND host=b or host=c', { kind: 'or', of: [{ kind: 'and', of: [a, b] }, c] }],
    ['host=a Or host=b aNd host=c', { kind: 'or', of: [a, { kind: 'and', of: [b, c] }] }],
    ['(host=a OR host=b) AND host=c', { kind: 'and', of: [{ kind: 'or', of: [a, b] }, c] }],
    ['NOT host=a AND host=b', { kind: 'and', of: [not(a), b] }],
    ['NOT (host=a AND host=b)', not({ kind: 'and', of: [a, b] })],
    ['host = "and"', equal('host', 'and')],
    ['host = "a*b?"', equal('host', 'a*b?')],
    ['host = a*', equal('host', 'a*')],
    ['"url.path"="/a=b"', equal('url.path', '/a=b')],
    ['url.path = /shop/items', equal('url.path', '/shop/items')],
    [String.raw`host = "\"\\\'\*\?\n\t\r\u00e9"`, equal('host', '"\\\'*?\n\t\ré')],
    [String.raw`host = "\ud800x"`, equal('host', '\ufffdx')],
    [String.raw`host = C:\temp`, equal('host', 'C:\\temp')],
  ])('%s', (text, tree) => {
    expect(parse(text)).toEqual(tree);
  });

  it('has wildcards in sets, and only there', () => {
    const within = parse(String.raw`"rule_info" IN {"*942100*", 'a\*?', "**"}`);
    expect(within).toEqual({
      kind: 'in',
      field: keyword('rule_info'),
      patterns: [
        [{ kind: 'any' }, { kind: 'text', text: '942100' }, { kind: 'any' }],
        [{ kind: 'text', text: 'a*' }, { kind: 'one' }],
        [{ kind: 'any' }],
      ],
    });
    expect(parse('host NOTIN {a}')).toEqual(not(parse('host in { a }')));
    expect(parse('host IN {}')).toEqual(not({ kind: 'all' }));
  });

  it('reads sets of other types as alternatives', () => {
    expect(parse('source.port IN {80, 443}')).toEqual(parse('source.port = 80 OR source.port = 443'));
    expect(parse('source.port NOTIN {80}')).toEqual(parse('source.port != 80'));
  });

  it('puts in what is given for names', () => {
    const substitutions = new Map([
      ['rules', ['*942100*', String.raw`a\*`]],
      ['ports', ['1', '2']],
      ['none', []],
    ]);
    const options = { substitutions };
    // biome-ignore-start lint/suspicious/noTemplateCurlyInString: the language's own sign
    expect(parse('rule_info IN ${rules}', options)).toEqual(
      parse(String.raw`rule_info IN {"*942100*", "a\*"}`),
    );
    expect(parse('source.port NOTIN ${ports}', options)).toEqual(parse('source.port NOTIN {1, 2}'));
    expect(parse('host IN ${none}', options)).toEqual(parse('host IN {}'));
    expect(fault('host IN ${rule}', options)).toMatchObject({
      column: 9,
      reason: expect.stringContaining('did you mean rules'),
    });
    expect(fault('source.port IN ${rules}', options)).toMatchObject({ column: 16 });
    expect(fault('host IN ${x}', { substitutions: new Map([['x', ['\\q']]]) })).toMatchObject({ column: 9 });
    expect(fault('host = ${rules}', options)).toMatchObject({ column: 8 });
    // biome-ignore-end lint/suspicious/noTemplateCurlyInString: the language's own sign
  });

  it('reads values as their fields demand', () => {
    const value = (text: string) => (parse(text) as Extract<Query, { kind: 'compare' }>).value;
    expect(value('source.port >= 1024')).toBe(1024);
    expect(value('waf.would_block = true')).toBe(true);
    expect(value('waf.scores.sql_injection_score > "-5"')).toBe(-5);
    expect(value('source.ip = "2001:DB8:0:0::1"')).toBe('2001:db8::1');
    expect(value('source.ip = ::ffff:10.0.0.1')).toBe('10.0.0.1');
    expect(value('source.ip = 10.1.2.3/8')).toBe('10.0.0.0/8');
    expect(value('@timestamp > 2026-11-23')).toBe(Date.UTC(2026, 10, 23));
    expect(value('@timestamp > "2026-11-23T01:30:00.5+01:00"')).toBe(Date.UTC(2026, 10, 23, 0, 30, 0, 500));
    expect(value('@timestamp > now-15m')).toBe(NOW - 900_000);
  });
});

describe('faults', () => {
  it.each<[string, number, string]>([
    ['host', 5, 'expected here, not the end'],
    ['host = ', 8, 'a value is expected'],
    ['= a', 1, 'a field'],
    ['host = and', 8, 'quote it'],
    ['host = a host = b', 10, 'AND, OR or the end'],
    ['(host = a', 10, 'AND, OR or )'],
    ['host = a)', 9, 'AND, OR or the end'],
    ['host = "a', 8, 'is not closed'],
    ['host = "a\\', 8, 'is not closed'],
    [String.raw`host = "a\q"`, 10, 'unknown escape'],
    ['hsot = a', 1, 'did you mean host'],
    ['ip = 1.2.3.4', 1, 'did you mean source.ip'],
    ['waf.rules = a', 1, 'unknown field'],
    ['waf.scores.* = 1', 1, 'unknown field'],
    ['host = a AND source.port = abc', 28, 'is not a whole number'],
    ['source.port = 1.5', 15, 'is not a whole number'],
    ['source.port = 9007199254740993', 15, 'is beyond'],
    ['source.ip = 1.2.3', 13, 'is no address'],
    ['source.ip < 10.0.0.0/8', 13, 'is a block'],
    ['source.ip IN {"10.*"}', 15, 'is no address'],
    ['waf.would_block = yes', 19, 'is not true or false'],
    ['waf.would_block < true', 19, 'cannot be compared'],
    ['@timestamp > 2026-02-30', 14, 'is no date'],
    ['@timestamp > now-99999999w', 14, 'is no date'],
    ['host IN {a b}', 12, ', or }'],
    ['host IN {a,}', 12, 'a value is expected'],
    ['host IN a', 9, '{ or a substitution'],
    ['host IN {"*?*?*?*?*?*?"}', 10, '12 wildcards'],
    ['host = $x', 8, 'not expected here'],
    ['host ! a', 6, 'not expected here'],
  ])('%s', (text, column, reason) => {
    expect(fault(text)).toMatchObject({ column, reason: expect.stringContaining(reason) });
  });

  it('shows the place with a caret, and nothing that a terminal obeys', () => {
    expect(fault('host = a AND pth = 1').text).toBe(
      'column 14: unknown field "pth" (did you mean path?)\nhost = a AND pth = 1\n             ^^^ [QUERY_SYNTAX]',
    );
    const hostile = fault(`host = "\u001b[31m\u202e" ${'x'.repeat(500)}`).text;
    expect(hostile).not.toMatch(/[\u001b\u202e]/);
    expect(hostile.length).toBeLessThan(500);
  });

  it('has bounds, and never runs out of stack', () => {
    expect(fault('x'.repeat(QUERY_CHARACTERS_MAX + 1)).reason).toContain('at most');
    expect(fault(`host = "${'x'.repeat(8_192)}"`)).toMatchObject({
      column: 8,
      reason: expect.stringContaining('8191'),
    });
    expect(fault('('.repeat(QUERY_CHARACTERS_MAX)).reason).toContain('within each other');
    expect(fault('NOT '.repeat(QUERY_CHARACTERS_MAX / 4)).reason).toContain('within each other');
    expect(fault(`${'NOT '.repeat(QUERY_DEPTH_MAX + 1)}host=a`).reason).toContain(`${QUERY_DEPTH_MAX} deep`);
    expect(() => parse(`${'NOT '.repeat(QUERY_DEPTH_MAX)}host=a`)).not.toThrow();
    const many = (count: number): string =>
      `host IN {${Array.from({ length: count }, (_, at) => at).join(',')}}`;
    expect(() => parse(many(QUERY_CONDITIONS_MAX))).not.toThrow();
    expect(fault(many(QUERY_CONDITIONS_MAX + 1)).reason).toContain('comparisons and patterns');
  });

  it('is told for any text, and nothing else is thrown', () => {
    const sign = fc.constantFrom(
      ...'(){},=!<>"\'\\$* '.split(''),
      'host',
      'and',
      'OR',
      'not',
      'IN',
      '1',
      'source.ip',
      '${',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(sign).map((signs) => signs.join('')),
        ),
        (text) => {
          try {
            expect(parse(printQuery(parse(text)))).toEqual(parse(text));
          } catch (error) {
            if (!(error instanceof HubError) || error.code !== 'QUERY_SYNTAX') throw error;
            expect(error.details.column).toBeGreaterThanOrEqual(1);
            expect(error.details.column).toBeLessThanOrEqual(text.length + 1);
          }
        },
      ),
      { numRuns: 5_000 },
    );
  });
});
