/**
 * What each rule of a phase costs: counted always, in one array a phase and without anything allocated for a request; timed
 * only while `timing` is on, as looking at a clock costs more than most rules do.
 */
import { ownWork, scanStats } from './work.ts';

/** The figures of one rule, beside each other. */
const FIGURES = 4;
const CANDIDATES = 0;
const CONFIRMATIONS = 1;
const MATCHES = 2;
const MICROS = 3;

/** Since it was made, or cleared. */
export interface RuleCost {
  /** How often it was asked: its pattern was found in some value, or it has none that is scanned for. */
  readonly candidates: number;
  /** Values that RE2, PCRE2 or libinjection was asked about on its behalf. */
  readonly confirmations: number;
  /** How often all of its links matched. */
  readonly matches: number;
  /** Microseconds in which it was asked, transformations and actions included, while `timing` was on. */
  readonly micros: number;
}

/** Of this thread, in microseconds, while it is on. Written by `timeRules` and by what it times. */
export const timing = { isOn: false, phases: 0, scans: 0 };

/** In `scanStats`: whether native transformations are timed, and the nanoseconds that they took. */
const NATIVE_IS_TIMED = 7;
const NATIVE_NANOS = 8;

/** Begins to time the rules, phases and scans of this thread, from nothing, or ends it. */
export function timeRules(isOn: boolean): void {
  timing.isOn = isOn;
  scanStats[NATIVE_IS_TIMED] = isOn ? 1 : 0;
  if (!isOn) return;
  timing.phases = 0;
  timing.scans = 0;
  scanStats[NATIVE_NANOS] = 0;
}

/** Microseconds of this thread since `timeRules(true)`. */
export interface PhaseTimes {
  /** All of phases 1 to 5. */
  readonly phases: number;
  /** Of that, collecting values, and transforming and scanning them in native code. */
  readonly scans: number;
  /** Of that, transforming. */
  readonly transformations: number;
}

export const phaseTimes = (): PhaseTimes => ({
  phases: timing.phases,
  scans: timing.scans,
  transformations: (scanStats[NATIVE_NANOS] ?? 0) / 1_000,
});

const NONE = new Float64Array(0);

/** The costs of the rules of a phase, by their place in it. */
export class PhaseCosts {
  readonly #length: number;
  /** None before the phase has run: hundreds of policies may never see a request. */
  #figures: Float64Array = NONE;
  #began = 0;
  #asked = 0;
  #timedRuns = 0;
  #timedMicros = 0;
  #confirmedBefore = 0;

  constructor(places: number) {
    this.#length = places * FIGURES;
  }

  /** The phase begins. */
  begin(): void {
    if (this.#figures.length < this.#length) this.#figures = new Float64Array(this.#length);
    if (timing.isOn) this.#began = performance.now();
  }

  /** Its values are scanned. */
  scanned(): void {
    if (timing.isOn) timing.scans += (performance.now() - this.#began) * 1_000;
  }

  /** The phase is over. */
  end(): void {
    if (!timing.isOn) return;
    const micros = (performance.now() - this.#began) * 1_000;
    timing.phases += micros;
    this.#timedRuns += 1;
    this.#timedMicros += micros;
  }

  /** How often the phase was timed, and the microseconds that it took then. */
  get timed(): { readonly runs: number; readonly micros: number } {
    return { runs: this.#timedRuns, micros: this.#timedMicros };
  }

  /** A rule is asked. */
  ask(): void {
    this.#confirmedBefore = ownWork.confirmations;
    if (timing.isOn) this.#asked = performance.now();
  }

  /** The rule of a place has answered, or failed. */
  answered(place: number, isMatch: boolean): void {
    const figures = this.#figures;
    const at = place * FIGURES;
    if (timing.isOn) add(figures, at + MICROS, (performance.now() - this.#asked) * 1_000);
    add(figures, at + CANDIDATES, 1);
    const confirmed = ownWork.confirmations - this.#confirmedBefore;
    if (confirmed > 0) add(figures, at + CONFIRMATIONS, confirmed);
    if (isMatch) add(figures, at + MATCHES, 1);
  }

  of(place: number): RuleCost {
    const figure = (which: number): number => this.#figures[place * FIGURES + which] ?? 0;
    return {
      candidates: figure(CANDIDATES),
      confirmations: figure(CONFIRMATIONS),
      matches: figure(MATCHES),
      micros: figure(MICROS),
    };
  }

  clear(): void {
    this.#figures.fill(0);
    this.#timedRuns = 0;
    this.#timedMicros = 0;
  }
}

function add(figures: Float64Array, at: number, amount: number): void {
  figures[at] = (figures[at] ?? 0) + amount;
}
