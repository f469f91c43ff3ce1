/** What was measured, for each request: by rule, and outside of rules. */

import type { InspectRules } from '../inspect/rules.ts';
import { toText } from '../inspect/visible.ts';
import { macroText } from '../rules-explain/facts.ts';
import type { Measured } from './measure.ts';

/** Figures of a rule are means for a request. */
export interface ProfiledRule {
  readonly id: number;
  readonly message: string | null;
  readonly phase: number;
  readonly paranoia: number | null;
  readonly file: string;
  readonly line: number;
  /** How often it was asked. */
  readonly candidates: number;
  /** Values that RE2, PCRE2 or libinjection was asked about for it. */
  readonly confirmations: number;
  readonly matches: number;
  /** Microseconds, without those of the clock. */
  readonly micros: number;
  /** Of the whole time of a request, 0 to 1. */
  readonly share: number;
  /** Microseconds each time that it was asked. */
  readonly microsAsked: number;
}

/** Microseconds a request, by what they went to. */
export interface Parts {
  /** Request line, headers, cookies, arguments and body taken apart, and all else beside the phases. */
  readonly parse: number;
  /** Transforming values for the scan. */
  readonly transform: number;
  /** Collecting values, telling what they hold, scanning them. */
  readonly scan: number;
  /** Going from rule to rule, and rules that were decided when the rule set was made. */
  readonly walk: number;
  /** Rules that were asked: the sum of theirs. */
  readonly rules: number;
}

export interface Profile {
  readonly policy: InspectRules['policy'];
  readonly requests: number;
  readonly denied: number;
  readonly inspections: number;
  /** Microseconds a request: without clocks, and the sum of the parts, which is measured with them. */
  readonly micros: number;
  readonly partsMicros: number;
  readonly parts: Parts;
  readonly ruleCount: number;
  /** Those that were asked, the dearest first. */
  readonly rules: readonly ProfiledRule[];
  readonly failures: readonly { readonly id: number; readonly reason: string }[];
}

export function profileOf(policy: InspectRules['policy'], measured: Measured): Profile {
  const { inspections, clockMicros, phases } = measured;
  // Counts are of passes with clocks and without, of which there are as many.
  const asked = measured.costs.filter(({ candidates }) => candidates > 0);
  const own = ({ micros, candidates }: (typeof asked)[number]): number =>
    Math.max(0, micros - (candidates / 2) * clockMicros);
  const inRules = asked.reduce((sum, cost) => sum + own(cost), 0);
  const clocks = asked.reduce((sum, cost) => sum + cost.micros, 0) - inRules;
  const looks = asked.reduce((sum, { candidates }) => sum + candidates / 2, 0);
  const a = (micros: number): number => Math.max(0, micros) / inspections;
  const parts: Parts = {
    parse: a(measured.timedMicros - phases.phases),
    transform: a(phases.transformations),
    scan: a(phases.scans - phases.transformations),
    // Each look at the clock costs as much outside of a rule's time as in it.
    walk: a(phases.phases - phases.scans - inRules - clocks - looks * clockMicros),
    rules: a(inRules),
  };
  const partsMicros = Object.values(parts).reduce((sum, each) => sum + each, 0);
  return {
    policy,
    requests: measured.requests,
    denied: measured.denied,
    inspections,
    micros: measured.micros / inspections,
    partsMicros,
    parts,
    ruleCount: measured.costs.length,
    rules: asked
      .map((cost): ProfiledRule => {
        const { data, paranoia } = cost.rule;
        const micros = own(cost) / inspections;
        const candidates = cost.candidates / 2 / inspections;
        return {
          id: data.id,
          message: data.msg === null ? null : toText(macroText(data.msg)),
          phase: data.phase,
          paranoia,
          file: data.position.file,
          line: data.position.line,
          candidates,
          confirmations: cost.confirmations / 2 / inspections,
          matches: cost.matches / 2 / inspections,
          micros,
          share: micros / partsMicros,
          microsAsked: micros / candidates,
        };
      })
      .sort((one, other) => other.micros - one.micros || one.id - other.id),
    failures: [...measured.failures].map(([id, reason]) => ({ id, reason })),
  };
}
