/**
 * Runs requests through a rule set and takes down what each rule costs. Passes over all requests alternate: one with
 * clocks, which cost themselves, and one without, which tells what a request takes.
 */
import {
  type CostOfRule,
  clearRuleCosts,
  foldHeadsAfter,
  type PhaseTimes,
  phaseTimes,
  ruleCosts,
  timeRules,
} from '@sluice/engine';
import type { InspectedRequest } from '../inspect/request.ts';
import type { InspectRules } from '../inspect/rules.ts';
import { blocks, judge } from '../inspect/story.ts';

export interface Measured {
  /** As they were given. */
  readonly requests: number;
  /** Of them, those that Block stops. */
  readonly denied: number;
  /** In the passes with clocks, and as many in those without. */
  readonly inspections: number;
  /** Microseconds of all inspections without clocks. */
  readonly micros: number;
  /** Microseconds of all inspections with clocks. */
  readonly timedMicros: number;
  readonly phases: PhaseTimes;
  /** Microseconds between two looks at the clock, which each rule's time has in it. */
  readonly clockMicros: number;
  /** Counts are of both kinds of passes, times of those with clocks. */
  readonly costs: readonly CostOfRule[];
  /** Rules that could not be decided, with the first reason of each. */
  readonly failures: ReadonlyMap<number, string>;
}

export interface MeasureOptions {
  /** Of measuring; whole passes, and one of each kind at least. Half as long goes before, to warm up. */
  readonly seconds: number;
  readonly onProgress: (line: string) => void;
}

export function measure(
  rules: InspectRules,
  requests: readonly InspectedRequest[],
  { seconds, onProgress }: MeasureOptions,
): Measured {
  // What is folded for a head is not asked, and so not counted: what each rule does is told of rules that are asked.
  foldHeadsAfter(Number.POSITIVE_INFINITY);
  try {
    return measureUnfolded(new Passes(rules, requests, onProgress), { requests, rules, seconds });
  } finally {
    foldHeadsAfter();
  }
}

interface Unfolded {
  readonly rules: InspectRules;
  readonly requests: readonly InspectedRequest[];
  readonly seconds: number;
}

function measureUnfolded(pass: Passes, { rules, requests, seconds }: Unfolded): Measured {
  const both = (): Both => ({ micros: pass.run(), timed: timed(() => pass.run()) });
  pass.repeat('warming up', seconds / 2, both);
  const { denied, failures } = pass;
  clearRuleCosts(rules.ruleSet);
  const clockMicros = clockCost();
  const phases = { phases: 0, scans: 0, transformations: 0 };
  let micros = 0;
  let timedMicros = 0;
  const rounds = pass.repeat('measuring', seconds, () => {
    const one = both();
    micros += one.micros;
    timedMicros += one.timed.micros;
    phases.phases += one.timed.times.phases;
    phases.scans += one.timed.times.scans;
    phases.transformations += one.timed.times.transformations;
  });
  const inspections = rounds * requests.length;
  const costs = ruleCosts(rules.ruleSet);
  return {
    requests: requests.length,
    denied,
    inspections,
    micros,
    timedMicros,
    phases,
    clockMicros,
    costs,
    failures,
  };
}

/** A pass without clocks, and one with. */
interface Both {
  readonly micros: number;
  readonly timed: { readonly micros: number; readonly times: PhaseTimes };
}

function timed(action: () => number): Both['timed'] {
  timeRules(true);
  try {
    return { micros: action(), times: phaseTimes() };
  } finally {
    timeRules(false);
  }
}

const PROGRESS_MILLIS = 2_000;

class Passes {
  readonly #rules: InspectRules;
  readonly #requests: readonly InspectedRequest[];
  readonly #onProgress: (line: string) => void;
  #saidAt = performance.now();
  #stage = '';
  /** Of the last pass. */
  denied = 0;
  readonly failures = new Map<number, string>();

  constructor(
    rules: InspectRules,
    requests: readonly InspectedRequest[],
    onProgress: (line: string) => void,
  ) {
    this.#rules = rules;
    this.#requests = requests;
    this.#onProgress = onProgress;
  }

  /** Does something once, and again until so many seconds are over. Returns how often. */
  repeat(stage: string, seconds: number, action: () => void): number {
    this.#stage = stage;
    const began = performance.now();
    let times = 0;
    for (let spent = 0; times === 0 || spent < seconds; times++) {
      if (times > 0) this.#say(this.#saidAt, () => `${spent.toFixed(0)} of ${seconds} s`);
      action();
      spent = (performance.now() - began) / 1_000;
    }
    return times;
  }

  /** Inspects all requests. Returns the microseconds that they took. */
  run(): number {
    const passBegan = performance.now();
    let micros = 0;
    this.denied = 0;
    for (const [index, request] of this.#requests.entries()) {
      const began = performance.now();
      const { verdict, failures } = judge(this.#rules, this.#rules.ruleSet, request);
      const ended = performance.now();
      micros += (ended - began) * 1_000;
      if (blocks(this.#rules, verdict)) this.denied++;
      for (const { ruleId, error } of failures)
        if (!this.failures.has(ruleId))
          this.failures.set(ruleId, error instanceof Error ? error.message : String(error));
      this.#say(passBegan, () => `${index + 1} of ${this.#requests.length} requests of this pass`);
    }
    return micros;
  }

  /** Now and then, and of a pass only where it is a long one. */
  #say(since: number, text: () => string): void {
    const now = performance.now();
    if (now - Math.max(since, this.#saidAt) < PROGRESS_MILLIS) return;
    this.#saidAt = now;
    this.#onProgress(`${this.#stage}: ${text()}`);
  }
}

const LOOKS = 20_000;

/** Mean of what two looks at the clock, one after the other, take for the time between them. */
function clockCost(): number {
  const between = Array.from({ length: LOOKS }, () => {
    const began = performance.now();
    return performance.now() - began;
  });
  return (between.reduce((sum, each) => sum + each, 0) / LOOKS) * 1_000;
}
