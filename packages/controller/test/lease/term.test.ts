import { expect, test } from 'vitest';
import { Term } from '../../src/lease/term.ts';

function termAt(deadline: number) {
  const clock = { now: 0 };
  return { clock, term: new Term(1, deadline, () => clock.now) };
}

test('a term that ran out is over for good', () => {
  const { clock, term } = termAt(100);
  clock.now = 99;
  expect(term.remainingMillis()).toBe(1);
  expect(term.extend(200)).toBe(true);
  clock.now = 200;
  expect(term.extend(300)).toBe(false);
  expect(term.remainingMillis()).toBe(0);
  expect(term.signal.aborted).toBe(true);
});

test('a renewal whose answer came late does not shorten it', () => {
  const { clock, term } = termAt(100);
  term.extend(50);
  clock.now = 60;
  expect(term.remainingMillis()).toBe(40);
});

test('a term that was ended keeps its reason', () => {
  const { term } = termAt(100);
  term.end('first');
  term.end('second');
  expect([term.remainingMillis(), term.signal.reason]).toEqual([0, 'first']);
});
