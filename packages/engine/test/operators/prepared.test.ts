import { describe, expect, it } from 'vitest';
import { prepared } from '../../src/operators/prepared.ts';
import { macroArgument, staticArgument } from './fake-environment.ts';

function counting(argument: ReturnType<typeof staticArgument>) {
  const made: string[] = [];
  const get = prepared(argument, (text) => {
    made.push(text);
    return { text };
  });
  return { made, get };
}

describe('prepared', () => {
  it('prepares a static argument once, whatever it is asked for', () => {
    const { made, get } = counting(staticArgument('a'));
    expect(get('b')).toEqual({ text: 'a' });
    expect(made).toEqual(['a']);
  });

  it('keeps 32 texts, those used last', () => {
    const { made, get } = counting(macroArgument('%{tx.a}'));
    for (let index = 0; index < 32; index++) get(String(index));
    get('0');
    get('new');
    expect(made).toHaveLength(33);
    get('0');
    expect(made).toHaveLength(33);
    get('1');
    expect(made.at(-1)).toBe('1');
    expect(made).toHaveLength(34);
  });

  it('keeps nothing of a text that is refused', () => {
    let calls = 0;
    const get = prepared(macroArgument('%{tx.a}'), () => {
      calls++;
      throw new RangeError('test');
    });
    expect(() => get('a')).toThrow(RangeError);
    expect(() => get('a')).toThrow(RangeError);
    expect(calls).toBe(2);
  });
});
