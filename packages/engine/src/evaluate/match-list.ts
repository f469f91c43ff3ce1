/** The rules that matched, in order. What all transactions of a rule set have in common is taken over, not copied. */
import type { RuleMatch } from './state.ts';

const isTold = ({ rule }: RuleMatch): boolean => rule.data.log || rule.data.auditLog;

/** Of lists that transactions share, the matches that are told. */
const toldOf = new WeakMap<readonly RuleMatch[], readonly RuleMatch[]>();

function toldAmong(shared: readonly RuleMatch[]): readonly RuleMatch[] {
  let told = toldOf.get(shared);
  if (told === undefined) {
    told = shared.filter(isTold);
    toldOf.set(shared, told);
  }
  return told;
}

export class MatchList {
  readonly #parts: (RuleMatch | readonly RuleMatch[])[] = [];

  /** The same matches, to which others may come. */
  fork(): MatchList {
    const fork = new MatchList();
    fork.#parts.push(...this.#parts);
    return fork;
  }

  push(match: RuleMatch): void {
    this.#parts.push(match);
  }

  /** Takes over a list that nobody changes any more, and that transactions share. */
  append(matches: readonly RuleMatch[]): void {
    if (matches.length > 0) this.#parts.push(matches);
  }

  /**
   * Those of rules that log, or are for the audit log: without looking at each of the dozens of matches that every request of a rule set has
   * alike, and that only set it up.
   */
  told(): readonly RuleMatch[] {
    const told: RuleMatch[] = [];
    for (const part of this.#parts) {
      if ('rule' in part) {
        if (isTold(part)) told.push(part);
      } else told.push(...toldAmong(part));
    }
    return told;
  }

  toArray(): readonly RuleMatch[] {
    return this.#parts.flat();
  }
}
