import { expect, it } from 'vitest';
import { weaknesses } from '../../src/plan/strictness.ts';

const STAGE = { paths: ['/cart'], percent: 25 };

it.each([
  [{ staged: STAGE }, 0],
  [{ staged: { paths: ['/cart', '/api/*'], percent: 50 } }, 0],
  [{ staged: { percent: 100 } }, 0],
  [{ mode: 'Block' as const }, 0],
  [{ staged: { percent: 25 } }, 1],
  [{ staged: { paths: ['/cart'], percent: 1 } }, 1],
  [{ staged: { paths: ['/other'], percent: 25 } }, 1],
])('a policy that inherits stages and says %j has %i weaknesses', (own, count) => {
  const found = weaknesses({ staged: STAGE }, own, {});
  expect(found.map(({ field }) => field)).toEqual(Array.from({ length: count }, () => 'staged'));
});

it('may block less where Detect is allowed', () => {
  expect(weaknesses({ staged: STAGE }, { staged: { percent: 1 } }, { mode: 'Detect' })).toEqual([]);
});
