import { expect, it } from 'vitest';
import { PROTECTED_TAGS } from '../packages/controller/src/plan/rule-ranges.ts';
import { isProtectedRule } from '../packages/controller/src/rules/protected.ts';
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

it('no tag of protected rules can be excluded in a namespace', () => {
  const isProtected = crsUnit().program.items.flatMap((item) =>
    item.kind === 'rule' && isProtectedRule(item.id) ? [item] : [],
  );
  expect(isProtected.length).toBeGreaterThan(100);
  const tags = new Set(isProtected.flatMap(({ tags: own }) => own));
  expect([...tags].toSorted()).toEqual([...PROTECTED_TAGS].toSorted());
});
