/** What the CRS decides of its levels and defaults is decided when a rule set is made, and not in each transaction. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { RuleSet } from '../../packages/engine/src/index.ts';
import { work, workSince } from '../../packages/engine/src/work.ts';
import { COMPILE_MILLIS, crsRuleSet, judge, wholeCrs } from './support.ts';

const LEVELS = [1, 2, 3, 4] as const;
type Level = (typeof LEVELS)[number];

/** Rules of all phases that a request is asked about in which nothing is wrong, by level. */
const CANDIDATES_MAX: Readonly<Record<Level, number>> = { 1: 50, 2: 70, 3: 85, 4: 100 };

const GOOD = { uri: '/shop?q=shoes&page=2', response: { body: '<p>fine</p>' } };

function candidatesOf(set: RuleSet, message: Parameters<typeof judge>[1]): number {
  const before = { ...work };
  expect(judge(set, message).verdict.kind).toBe('allow');
  return workSince(before).candidates;
}

/** Rules that skip by the level alone and are still asked, by their ids. */
const skippingRules = ({ phases, folded }: RuleSet): readonly number[] =>
  phases.flatMap(({ items }, phase) =>
    items.flatMap((item, at) => {
      if (item.kind === 'marker' || item.data.skipAfter === null || folded[phase]?.nextLive[at] !== at)
        return [];
      const isBlock = folded[phase]?.blocks.some(({ first }) => first === at);
      const reads = item.links.flatMap(({ targets }) => targets.map(({ lowerKey }) => lowerKey ?? ''));
      const isLevel =
        reads.length > 0 && reads.every((key) => /^(?:blocking|detection)_paranoia_level$/.test(key));
      return isLevel && !isBlock ? [item.data.id] : [];
    }),
  );

beforeAll(() => void wholeCrs(), COMPILE_MILLIS);

describe('under the CRS', () => {
  it.each(LEVELS)(
    'few rules are asked about a good request at level %i, none of them whether to skip',
    (paranoia) => {
      const set = crsRuleSet({}, { paranoia });
      expect(candidatesOf(set, GOOD)).toBeLessThanOrEqual(CANDIDATES_MAX[paranoia]);
      expect(skippingRules(set)).toEqual([]);
      for (const phase of [1, 3]) {
        expect(set.folded[phase]?.blocks.length).toBeGreaterThan(0);
      }
    },
  );

  it('levels are asked again in a request that removes rules', () => {
    const before = 'SecRule ARGS:q "@streq shoes" "id:1,phase:1,pass,nolog,ctl:ruleRemoveById=%"';
    const [none, one] = ['424242', '920100'].map((id) =>
      candidatesOf(crsRuleSet({ before: before.replace('%', id) }, { paranoia: 1 }), GOOD),
    );
    // Removing nothing is no reason.
    expect(none).toBeLessThanOrEqual(CANDIDATES_MAX[1] + 1);
    expect(one).toBeGreaterThan(CANDIDATES_MAX[1] + 20);
  });
});
