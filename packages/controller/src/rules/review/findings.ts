/** What a review has found of one candidate, with its places. */
import { EngineError, type SourcePosition } from '@sluice/engine';
import { RULE_LIMITS } from '../limits.ts';
import { asText, type Fragment, shownAt } from '../sources.ts';
import type { Candidate, RefusalReason, RuleProblem, RuleSetVerdict } from '../verdict.ts';

/** What is refused and what to do instead. */
export interface Refused {
  readonly reason: RefusalReason;
  readonly what: string;
  readonly remedy: string;
}

export class Findings {
  readonly candidate: Candidate;
  readonly #texts: ReadonlyMap<string, string>;
  readonly #problems: RuleProblem[] = [];
  readonly #warnings = new Set<string>();
  #left = 0;

  constructor(candidate: Candidate, fragments: readonly Fragment[]) {
    this.candidate = candidate;
    this.#texts = new Map(fragments.map(({ path, text }) => [path, text]));
  }

  get isEmpty(): boolean {
    return this.#problems.length === 0;
  }

  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  refuse(position: SourcePosition, { reason, what, remedy }: Refused): void {
    if (this.#isFull()) return;
    const shown = shownAt(position, `${asText(what)}.`, this.#texts.get(position.file));
    const { line, column } = position;
    this.#add({ reason, field: fieldOf(position.file), line, column, message: `${shown}\n${remedy}` });
  }

  /** Of the object as a whole, or of a field of it. */
  refuseField(field: string, { reason, what, remedy }: Refused): void {
    const message = `${this.candidate.key} ${field}: ${what}. ${remedy}`;
    this.#add({ reason, field, line: null, column: null, message });
  }

  refuseError(error: EngineError, reason: RefusalReason = 'SecLangInvalid'): void {
    // Of a pattern the engine shows the pattern itself below its first line.
    const [head = '', ...detail] = asText(error.rawMessage).trimEnd().split('\n');
    const what = `${head} [${error.code}]`;
    const remedy = [...detail, asText(error.remedy)].join('\n');
    const { position } = error;
    if (position !== undefined && this.#texts.has(position.file)) {
      const shown = shownAt(position, what, this.#texts.get(position.file));
      const { line, column } = position;
      const message = `${shown}\n${remedy}`;
      this.#add({ reason, field: fieldOf(position.file), line, column, message });
    } else this.refuseField('spec', { reason, what, remedy });
  }

  warn(position: SourcePosition, message: string): void {
    if (this.#warnings.size >= RULE_LIMITS.problemsMax) return;
    this.#warnings.add(`${position.file}:${position.line}: ${asText(message)}`);
  }

  /** @param ids of the candidate's rules */
  verdict(ids: readonly number[]): RuleSetVerdict {
    const [first] = this.#problems;
    if (first === undefined) {
      return { kind: 'ok', rules: ids.length, ids: [...ids].sort((a, b) => a - b), warnings: this.warnings };
    }
    const more = this.#left === 0 ? [] : [`… and ${this.#left} more`];
    const message = [...this.#problems.map((problem) => problem.message), ...more].join('\n');
    return { kind: 'refused', reason: first.reason, message, problems: this.#problems };
  }

  /** Beyond the bound problems are counted, and not put into words: that takes a look at the whole text. */
  #isFull(): boolean {
    const isFull = this.#problems.length >= RULE_LIMITS.problemsMax;
    if (isFull) this.#left += 1;
    return isFull;
  }

  #add(problem: RuleProblem): void {
    if (this.#problems.some(({ message }) => message === problem.message)) return;
    if (this.#problems.length < RULE_LIMITS.problemsMax) this.#problems.push(problem);
    else this.#left += 1;
  }
}

/** `shop/payments/spec.before`: the field is what is behind the name. */
const fieldOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Runs a step; what the engine refuses becomes a finding. Returns null then. */
export function attempt<T>(findings: Findings, action: () => T): T | null {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    findings.refuseError(error);
    return null;
  }
}
