import { describe, expect, it } from 'vitest';
import { MatchList } from '../src/evaluate/match-list.ts';
import type { RuleMatch } from '../src/evaluate/state.ts';

const match = (id: number, data: { readonly log?: boolean; readonly auditLog?: boolean } = {}): RuleMatch =>
  ({ rule: { data: { id, log: false, auditLog: false, ...data } } }) as unknown as RuleMatch;

describe('matches that are told', () => {
  const shared = [match(1), match(2, { log: true }), match(3, { auditLog: true }), match(4)];

  it('are those of rules that log or are audited, in their order, whoever shares them', () => {
    for (let transaction = 0; transaction < 2; transaction++) {
      const list = new MatchList();
      list.push(match(10));
      list.push(match(11, { auditLog: true }));
      list.append(shared);
      list.append([]);
      list.push(match(12, { log: true }));
      expect(list.told().map(({ rule }) => rule.data.id)).toEqual([11, 2, 3, 12]);
      expect(list.fork().told()).toEqual(list.told());
      expect(list.toArray().map(({ rule }) => rule.data.id)).toEqual([10, 11, 1, 2, 3, 4, 12]);
    }
  });
});
