/**
 * What rules cost in service. Looking at a clock costs more than most rules do, so that this thread is timed for a hundredth of
 * the time: whatever is judged then tells how its time is divided. Outside of it a request pays one comparison a phase and rule,
 * as always. What workers of the pool judge is not among it.
 */
import { type RuleSet, ruleCosts, timedRequests, timeRules } from '@sluice/engine';

/** Bounds of timing and of what is told of it. */
export const RULE_CLOCK_LIMITS = {
  /** How often it is timed. */
  everyMillis: 1_000,
  /** For how long. */
  onMillis: 10,
  /** Rules that are told of, the dearest first. */
  rulesMax: 1_000,
} as const;

export interface RuleCostLine {
  readonly id: number;
  /** Microseconds a request, over all that were timed. */
  readonly micros: number;
  /** Of the time of inspection, 0 to 1. */
  readonly share: number;
  /** How often it was asked and has matched since its rules are in force, timed or not. */
  readonly asked: number;
  readonly matched: number;
}

export interface RuleCostsReport {
  /** Requests that were timed since the rules are in force. */
  readonly requests: number;
  /** Microseconds of inspection of one of them. */
  readonly micros: number;
  readonly rules: readonly RuleCostLine[];
  /** Beyond those that are told of. */
  readonly more: number;
}

/** The rule sets that this thread judges by, now. */
export type RuleSetsInForce = () => readonly RuleSet[];

export class RuleClock {
  readonly #ruleSets: RuleSetsInForce;
  #timer: NodeJS.Timeout | null = null;
  #ending: NodeJS.Timeout | null = null;

  constructor(ruleSets: RuleSetsInForce) {
    this.#ruleSets = ruleSets;
  }

  start(): void {
    const { everyMillis } = RULE_CLOCK_LIMITS;
    this.#timer ??= setInterval(() => this.#time(), everyMillis).unref();
  }

  stop(): void {
    for (const timer of [this.#timer, this.#ending]) if (timer !== null) clearTimeout(timer);
    this.#timer = null;
    timeRules(false);
  }

  /** A phase runs in one piece: none is timed by half. */
  #time(): void {
    timeRules(true);
    this.#ending = setTimeout(() => timeRules(false), RULE_CLOCK_LIMITS.onMillis).unref();
  }

  get report(): RuleCostsReport {
    return costsOf(this.#ruleSets());
  }
}

interface Sums {
  micros: number;
  asked: number;
  matched: number;
}

/** A rule that several rule sets have is one. */
function costsOf(ruleSets: readonly RuleSet[]): RuleCostsReport {
  const byId = new Map<number, Sums>();
  let requests = 0;
  let micros = 0;
  for (const ruleSet of ruleSets) {
    const timed = timedRequests(ruleSet);
    requests += timed.requests;
    micros += timed.micros;
    for (const { rule, micros: taken, candidates, matches } of ruleCosts(ruleSet)) {
      if (candidates === 0) continue;
      const { id } = rule.data;
      const sums = byId.get(id) ?? { micros: 0, asked: 0, matched: 0 };
      sums.micros += taken;
      sums.asked += candidates;
      sums.matched += matches;
      byId.set(id, sums);
    }
  }
  const lines = [...byId]
    .map(([id, sums]) => ({
      ...{ id, asked: sums.asked, matched: sums.matched },
      micros: requests === 0 ? 0 : sums.micros / requests,
      share: micros === 0 ? 0 : sums.micros / micros,
    }))
    .toSorted((a, b) => b.share - a.share || a.id - b.id);
  const rules = lines.slice(0, RULE_CLOCK_LIMITS.rulesMax);
  return {
    requests,
    micros: requests === 0 ? 0 : micros / requests,
    rules,
    more: lines.length - rules.length,
  };
}
