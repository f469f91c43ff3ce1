/** Which rules of a set a ctl action speaks of: settled at its first use, since rules are shared by many sets. */
import { selector } from '../compile/amendments.ts';
import type { Regex } from '../operators/operator.ts';
import type { Selection } from '../rule-set/program.ts';
import type { LinkedRule } from './linked.ts';

export class Selections {
  readonly #rules: readonly LinkedRule[];
  readonly #compileRegex: (pattern: string) => Regex;
  readonly #found = new Map<Selection, ReadonlySet<LinkedRule>>();

  constructor(rules: readonly LinkedRule[], compileRegex: (pattern: string) => Regex) {
    this.#rules = rules;
    this.#compileRegex = compileRegex;
  }

  /** @param by the very object that the action holds */
  rules(by: Selection): ReadonlySet<LinkedRule> {
    const known = this.#found.get(by);
    if (known !== undefined) return known;
    const selects = selector(by, this.#compileRegex);
    const found = new Set(this.#rules.filter(({ data }) => selects(data)));
    this.#found.set(by, found);
    return found;
  }
}
