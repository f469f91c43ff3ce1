/** The rules that matched, in order. What all transactions of a rule set have in common is taken over, not copied. */
import type { RuleMatch } from './state.ts';

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

  /** Takes over a list that nobody changes any more. */
  append(matches: readonly RuleMatch[]): void {
    if (matches.length > 0) this.#parts.push(matches);
  }

  toArray(): readonly RuleMatch[] {
    return this.#parts.flat();
  }
}
