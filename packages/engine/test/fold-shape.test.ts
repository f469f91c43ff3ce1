/** What is folded for the shape of a head holds for heads of that shape, and is made for those that come often. */
import { describe, expect, it } from 'vitest';
import type { HeaderList, RuleSet } from '../src/index.ts';
import { SHAPE_LIMITS } from '../src/limits.ts';
import { HeadShapes } from '../src/variables/head-shape.ts';
import { judge, judgeShaped, type Message, ruleSetOf, run } from './core/support.ts';

const HEADERS: HeaderList = [
  ['Host', 'shop.example'],
  ['Accept', 'text/html'],
  ['X-Via', 'a'],
  ['x-via', 'b'],
];

/** How often the rule of a phase 1 was asked so far. */
const asked = ({ phases }: RuleSet, place: number): number => phases[1]?.costs.of(place).candidates ?? -1;

/** Asked how often by two requests, of which the second finds what is folded for the shape of both. */
function askedByShaped(rule: string, message: Message): number {
  const set = ruleSetOf(rule);
  judgeShaped(set, message);
  const before = asked(set, 0);
  judgeShaped(set, message);
  return asked(set, 0) - before;
}

describe('rules that are folded for the shape of a head', () => {
  it.each([
    ['SecRule &REQUEST_HEADERS:X-Via "@eq 3" "id:1,phase:1,deny"'],
    ['SecRule REQUEST_HEADERS:Content-Type "!@rx ^text/" "id:1,phase:1,deny"'],
    ['SecRule REQUEST_HEADERS_NAMES "@streq proxy" "id:1,phase:1,deny"'],
    ['SecRule REQUEST_METHOD "!@within GET POST" "id:1,phase:1,deny"'],
    ['SecRule REQUEST_PROTOCOL "@streq HTTP/0.9" "id:1,phase:1,deny"'],
  ])('are not asked: %s', (rule) => {
    expect(run(rule, { headers: HEADERS }).ids).toEqual([]);
    expect(askedByShaped(rule, { headers: HEADERS })).toBe(0);
  });

  it.each([
    ['SecRule REQUEST_HEADERS:Accept "!@rx ^text/" "id:1,phase:1,deny"'],
    [
      'SecRule REQUEST_HEADERS "@contains evil" "id:1,phase:1,deny,chain"\nSecRule REQUEST_METHOD "@streq GET"',
    ],
    ['SecRule REQUEST_METHOD "@streq GET" "id:1,phase:1,deny,chain"\nSecRule ARGS:a "@streq evil"'],
  ])('are not those that values decide: %s', (rule) => {
    const set = ruleSetOf(rule);
    const evil: HeaderList = HEADERS.map(([name, value]) => [name, name === 'Accept' ? 'evil' : value]);
    expect(judgeShaped(set, { headers: HEADERS }).verdict.kind).toBe('allow');
    expect(judgeShaped(set, { headers: evil, uri: '/?a=evil' }).verdict.kind).toBe('deny');
    expect(run(rule, { headers: evil, uri: '/?a=evil' }).verdict.kind).toBe('deny');
  });

  it('do what they do once for each name, captures and all', () => {
    const rules = `SecRule REQUEST_HEADERS_NAMES "@rx ^(.)(-via)?" "id:1,phase:1,pass,capture,t:lowercase,setvar:'tx.name_%{tx.0}=/%{tx.1}%{tx.2}/',chain"
      SecRule TX:/^name_/ "@within /xz/ /h/" "setvar:'tx.last=%{tx.0}'"
      SecRule ARGS:a "@streq %{tx.1}" "id:2,phase:2,pass"
      SecRule TX:2 "@streq -via" "id:3,phase:2,pass"`;
    const { ids, tx } = run(rules, { headers: HEADERS, uri: '/?a=x' });
    expect(ids).toEqual([1, 2, 3]);
    expect(tx).toMatchObject({ name_h: '/h/', 'name_x-via': '/x-via/', last: 'x-via' });
    expect(askedByShaped(rules, { headers: HEADERS, uri: '/?a=x' })).toBe(0);
  });

  it('are asked where a rule takes their target away', () => {
    const rules = `SecRule ARGS:free "@streq 1" "id:1,phase:1,pass,ctl:ruleRemoveTargetById=2;REQUEST_HEADERS:X-Via"
      SecRule &REQUEST_HEADERS:X-Via "@eq 2" "id:2,phase:1,pass"`;
    expect(run(rules, { headers: HEADERS, uri: '/?free=0' }).ids).toEqual([2]);
    expect(run(rules, { headers: HEADERS, uri: '/?free=1' }).ids).toEqual([1]);
  });

  it('are asked where others, with conditions, write what they read', () => {
    const rules = `SecAction "id:1,phase:1,pass,nolog,setvar:tx.names=host"
      SecRule ARGS:more "@streq 1" "id:2,phase:1,pass,setvar:'tx.names=host accept'"
      SecRule REQUEST_HEADERS_NAMES "@within %{tx.names}" "id:3,phase:1,pass,t:lowercase,setvar:tx.found=+1"
      SecRule TX:found "@eq 2" "id:4,phase:2,deny"`;
    expect(run(rules, { headers: HEADERS }).ids).toEqual([1, 3]);
    expect(run(rules, { headers: HEADERS, uri: '/?more=1' }).ids).toEqual([1, 2, 3, 4]);
  });

  it('are folded once a shape has come often, piece by piece, and for no shape that does not', () => {
    const filler = Array.from({ length: 100 }, (_, at) => `SecMarker M${at}`).join('\n');
    const set = ruleSetOf(`SecRule &REQUEST_HEADERS "@eq 9" "id:1,phase:1,deny"\n${filler}`);
    const headers: HeaderList = [['Host', 'often.example']];
    for (let other = 0; other < 2 * SHAPE_LIMITS.usesMin; other++)
      judge(set, { headers: [[`X-${other}`, ''], ...headers] });
    expect(asked(set, 0)).toBe(2 * SHAPE_LIMITS.usesMin);
    for (let times = 0; times < SHAPE_LIMITS.usesMin; times++) judge(set, { headers });
    const shaped = (): boolean => {
      const before = asked(set, 0);
      judge(set, { headers });
      return asked(set, 0) === before;
    };
    expect(shaped()).toBe(false);
    expect(Array.from({ length: 60 }, shaped).at(-1)).toBe(true);
    judge(set, { headers: [...headers, ['X-New', '']] });
    expect(judge(set, { headers: Array.from({ length: 9 }, () => ['Host', ''] as const) }).ids).toEqual([1]);
  });
});

describe('the shapes of heads', () => {
  const find = (shapes: HeadShapes, headers: HeaderList, method = 'GET', isFirst = true) =>
    shapes.find(method, 'HTTP/1.1', headers, isFirst);

  /** Of names that differ in length and end. */
  const othersHeaders = (other: number): HeaderList =>
    [other, Math.floor(other / 29), Math.floor(other / 800)].map((each) => [
      'x'.repeat(each % 29) + String.fromCharCode(97 + (each % 23)),
      '',
    ]);

  it('are the same for the same names in the same order, whatever their values', () => {
    const shapes = new HeadShapes();
    const known = find(shapes, HEADERS);
    expect(
      find(
        shapes,
        HEADERS.map(([name]) => [name, 'other']),
      ),
    ).toBe(known);
    expect(known?.placesOf('x-via')).toEqual([2, 3]);
    const others: readonly HeaderList[] = [
      HEADERS.toReversed(),
      HEADERS.slice(1),
      [...HEADERS, ['X', '']],
      HEADERS.map(([name, value]) => [name.toLowerCase(), value]),
      HEADERS.map(([name, value]) => [name.replace('ccep', 'cxep'), value]),
    ];
    for (const other of others) expect(find(shapes, other)).not.toBe(known);
    expect(find(shapes, HEADERS, 'PUT')).not.toBe(known);
    expect(shapes.find('GET', 'HTTP/1.0', HEADERS, true)).not.toBe(known);
  });

  it('are not kept for one that comes once, or is long', () => {
    const shapes = new HeadShapes();
    expect(find(shapes, HEADERS, 'GET', false)).toBe(null);
    expect(find(shapes, HEADERS, 'GET', false)).not.toBe(null);
    const long = 'x'.repeat(SHAPE_LIMITS.nameBytesMax + 1);
    expect(find(shapes, [[long, '']])).toBe(null);
    expect(find(shapes, [], long)).toBe(null);
    expect(
      find(
        shapes,
        Array.from({ length: SHAPE_LIMITS.headersMax + 1 }, () => ['A', ''] as const),
      ),
    ).toBe(null);
  });

  it('stay while they come, and make room once they do not', () => {
    const shapes = new HeadShapes();
    find(shapes, HEADERS, 'GET', false);
    find(shapes, HEADERS, 'GET', false);
    const flood = (each: () => void): void => {
      for (let other = 0; other < 40 * SHAPE_LIMITS.shapesMax; other++) {
        // Twice, so that each is known to have come before.
        for (let times = 0; times < 2; times++) find(shapes, othersHeaders(other), 'GET', false);
        each();
      }
    };
    flood(() => expect(find(shapes, HEADERS, 'GET', false)).not.toBe(null));
    flood(() => undefined);
    expect(find(shapes, HEADERS, 'GET', false)).toBe(null);
  });
});
