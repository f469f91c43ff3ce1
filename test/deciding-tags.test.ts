import { expect, it } from 'vitest';
import { DECIDING_TAGS } from '../packages/server/src/policies/policy-schema.ts';
import { crsUnit } from './crs-events.ts';

const DECIDING = [949_110, 949_111, 959_100, 959_101];

it('no tag of rules that decide by the score can be excluded', () => {
  const deciding = crsUnit().program.items.flatMap((item) =>
    item.kind === 'rule' && DECIDING.includes(item.id) ? [item] : [],
  );
  expect(deciding).toHaveLength(DECIDING.length);
  const tags = new Set(deciding.flatMap(({ tags: own }) => own));
  expect([...tags].toSorted()).toEqual([...DECIDING_TAGS].toSorted());
});
