/** What the query box takes the end of a query for, and that what it adds is what the hub's language reads as that value. */
import { matches, parseQuery, schemaOf } from '@sluice/hub';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { completionsOf, writtenAtEnd } from '../../packages/console/web/src/completion.ts';
import { beginsWith } from '../../packages/console/web/src/query-text.ts';

const shownAt = (text: string, values: readonly string[] = []): readonly string[] => {
  const written = writtenAtEnd(text);
  return written === null
    ? []
    : completionsOf(written, ['url.path', 'waf.policy'], values).map(({ shown }) => shown);
};

const valueAt = (text: string): unknown => {
  const written = writtenAtEnd(text);
  return written?.kind === 'value' ? [written.field, written.typed] : null;
};

describe('the end of a query', () => {
  it.each([
    ['', ['url.path', 'waf.policy']],
    ['path', ['url.path']],
    ['waf.policy', []],
    ['NOT (pol', ['waf.policy']],
    ['waf.policy ', ['=', '!=', 'IN {', 'NOTIN {', '<', '<=', '>', '>=']],
    ['waf.policy n', ['NOTIN {']],
    ['waf.policy = shop ', ['AND', 'OR']],
    ['waf.policy = shop a', ['AND']],
    ['waf.policy IN {"a", "b"} AND ', ['url.path', 'waf.policy']],
    ['(waf.policy = "shop") o', ['OR']],
    ['waf.policy = "shop"', []],
    ['waf.policy IN {"a" ', []],
    ['waf.policy IN ', []],
    ['shop AND AND ', []],
    ['waf.policy = = ', []],
    ['"url = ', []],
  ])('%j goes on by %j', (text, shown) => {
    expect(shownAt(text)).toEqual(shown);
  });

  it.each([
    ['waf.policy = ', ['waf.policy', '']],
    ['waf.policy=', ['waf.policy', '']],
    ['"waf.policy" != sh', ['waf.policy', 'sh']],
    ["waf.policy = 'sh op", ['waf.policy', 'sh op']],
    ['waf.policy = "a\\"b\\u0041\\n', ['waf.policy', 'a"bA\n']],
    ['waf.policy = a\\b', ['waf.policy', 'a\\b']],
    ['url.path = "a = b AND c = ', ['url.path', 'a = b AND c = ']],
    ['url.path = "*', ['url.path', '*']],
    ['x = 1 OR waf.policy IN {', ['waf.policy', '']],
    ['waf.policy notin { "a, }", b', ['waf.policy', 'b']],
    // Whoever writes a pattern, or half of an escape, is left alone.
    ['waf.policy IN {"a*', null],
    ['waf.policy IN {"a\\*', ['waf.policy', 'a*']],
    ['waf.policy = "a\\', null],
    ['waf.policy = "shop"', null],
    ['waf.policy = shop ', null],
    ['waf.policy IN {"a"} ', null],
  ])('%j is the value %j', (text, value) => {
    expect(valueAt(text)).toEqual(value);
  });

  it('of whatever text is told at once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...'"\'\\(){},=<>! *?$a\nIN AND'), { maxLength: 200 }),
        (signs) => {
          writtenAtEnd(signs.join(''));
        },
      ),
    );
    const long = `url.path = "${'\\"'.repeat(30_000)}`;
    expect(valueAt(long)).toEqual(['url.path', '"'.repeat(30_000)]);
  });
});

describe('a value that is added', () => {
  const hostile = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
  const mixed = fc.oneof(hostile, fc.string({ unit: fc.constantFrom(...'"\'\\*?{}(),= \u202e\n<>$') }));
  const found = (query: string, value: string): boolean =>
    matches(parseQuery(query, schemaOf('waf')), { url: { path: value } });

  it.each([
    ['url.path = ', ''],
    ['url.path =', ''],
    ['waf.would_block = true AND (url.path = ', ')'],
    ['url.path IN {', '}'],
    ['url.path IN {"a*",', '}'],
  ])('behind %j finds that value, and not another', (begin, end) => {
    const query = (value: string): string => {
      const written = writtenAtEnd(begin);
      const text = written === null ? '' : completionsOf(written, [], [value])[0]?.text;
      return `${text}${end}`.replace('waf.would_block = true AND ', '');
    };
    fc.assert(
      fc.property(mixed, mixed, (value, other) => {
        expect(found(query(value), value)).toBe(true);
        if (other !== value && !other.startsWith('a')) expect(found(query(value), other)).toBe(false);
      }),
    );
  });

  it('takes the place of what was begun, with its quotes', () => {
    const written = writtenAtEnd("url.path = 'it\\'s");
    const [added] = written === null ? [] : completionsOf(written, [], ["it's"]);
    expect(added).toEqual({ text: 'url.path = "it\'s"', shown: "it's" });
  });

  it('is looked for by what it begins with, whatever that is', () => {
    fc.assert(
      fc.property(mixed, mixed, (start, rest) => {
        expect(found(beginsWith('url.path', start), start + rest)).toBe(true);
        if (!rest.startsWith(start)) expect(found(beginsWith('url.path', start), rest)).toBe(false);
      }),
    );
  });

  it('is a number or a truth without quotes', () => {
    const written = writtenAtEnd('waf.would_block = ');
    const added = written === null ? [] : completionsOf(written, [], [true, 403]);
    expect(added.map(({ text }) => text)).toEqual(['waf.would_block = true', 'waf.would_block = 403']);
  });
});
