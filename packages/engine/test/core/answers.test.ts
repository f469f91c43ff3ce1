import { describe, expect, it } from 'vitest';
import { rememberScans, work, workSince } from '../../src/index.ts';
import { ANSWER_LIMITS } from '../../src/limits.ts';
import { Answers } from '../../src/link/answers.ts';
import { judge, ruleSetOf } from './support.ts';

/** How often patterns are asked about a header by two requests, one after the other, and which rules match. */
function askedTwice(header: string, value: string): readonly (readonly [number, readonly number[]])[] {
  const set = ruleSetOf(
    `SecRule REQUEST_HEADERS:${header} "!@rx ^(a+)b" "id:1,phase:1,pass"
     SecRule REQUEST_HEADERS:${header} "!@rx ^(?:x|(a+)b)" "id:2,phase:1,pass"`,
  );
  return [1, 2].map(() => {
    const before = { ...work };
    const { ids } = judge(set, { headers: [[header, value]] });
    return [workSince(before).confirmations, ids];
  });
}

describe('patterns', () => {
  it.each([
    ['aab', []],
    ['b', [1, 2]],
    ['x', [1]],
    ['', [1, 2]],
  ])('are asked once about an Accept of %j', (value, ids) => {
    expect(askedTwice('Accept', value)).toEqual([
      [2, ids],
      [0, ids],
    ]);
  });

  it.each(['Cookie', 'Authorization', 'X-Api-Key', 'Referer'])('are asked about each %s', (header) => {
    expect(askedTwice(header, 'b')).toEqual([
      [2, [1, 2]],
      [2, [1, 2]],
    ]);
  });

  it('are asked about what is long, and where nothing is to be remembered', () => {
    expect(askedTwice('Accept', 'b'.repeat(ANSWER_LIMITS.valueBytesMax + 1)).map(([asked]) => asked)).toEqual(
      [2, 2],
    );
    rememberScans(false);
    try {
      expect(askedTwice('Accept', 'b').map(([asked]) => asked)).toEqual([2, 2]);
    } finally {
      rememberScans(true);
    }
  });

  it('are asked about what a value becomes, which is remembered of the value', () => {
    const set = ruleSetOf(
      `SecRule REQUEST_HEADERS:Accept "@rx ^b+$" "id:1,phase:1,pass,t:lowercase,t:removeWhitespace"
       SecRule REQUEST_HEADERS:Accept "@gt 3" "id:2,phase:1,pass,t:length"
       SecRule REQUEST_HEADERS:Accept "!@rx ^B" "id:3,phase:1,pass,multiMatch,t:lowercase"`,
    );
    const ids = (value: string) => judge(set, { headers: [['Accept', value]] }).ids;
    expect(['BB', 'B B', 'c', 'BBBBB', 'BB', 'B B', 'c', 'BBBBB'].map(ids)).toEqual([
      [1, 3],
      [1, 3],
      [3],
      [1, 2, 3],
      [1, 3],
      [1, 3],
      [3],
      [1, 2, 3],
    ]);
  });

  it('keep what they capture', () => {
    const set = ruleSetOf(
      `SecRule REQUEST_HEADERS:Accept "@rx ^(a+)(b)?" "id:1,phase:1,pass,capture,setvar:'tx.got=%{tx.1}-%{tx.2}'"`,
    );
    const got = (value: string) => judge(set, { headers: [['Accept', value]] }).tx.got;
    expect(['aab', 'a', 'aab', 'a', 'c'].map(got)).toEqual(['aa-b', 'a-', 'aa-b', 'a-', undefined]);
  });
});

describe('answers', () => {
  it('are of a bounded number of values', () => {
    const answers = new Answers();
    for (let value = 0; value < 1_000; value++)
      answers.add(String(value), value % 2 === 0 ? null : [`${value}`]);
    const kept = Array.from({ length: 1_000 }, (_, value) => answers.find(String(value)));
    expect(kept.filter((answer) => answer !== undefined).length).toBeLessThanOrEqual(ANSWER_LIMITS.valuesMax);
    expect(answers.find('999')).toEqual(['999']);
  });
});
