/**
 * What a pattern answered about values that come with nearly each request: the method, the type of a body, what a browser
 * accepts. To ask it takes longer than to look the value up. Values are compared in full.
 */
import { ANSWER_LIMITS } from '../limits.ts';
import type { Captures } from '../operators/operator.ts';
import { remembering } from '../prefilter/scan-plan.ts';

export class Answers {
  readonly #known = new Map<string, Captures | null>();

  /** The answer about a value, null for no match; undefined where it is not known. */
  find(value: string): Captures | null | undefined {
    return remembering.isOn && value.length <= ANSWER_LIMITS.valueBytesMax
      ? this.#known.get(value)
      : undefined;
  }

  add(value: string, answer: Captures | null): void {
    if (value.length > ANSWER_LIMITS.valueBytesMax || !remembering.isOn) return;
    // Clients may send any value: those that come often are soon there again.
    if (this.#known.size >= ANSWER_LIMITS.valuesMax) this.#known.clear();
    this.#known.set(value, answer);
  }
}
