/** What became worse and what became better since the baseline. */
import type { Baseline, BaselineCase } from './baseline.ts';

export interface Change {
  readonly case: string;
  /** "bytesScanned", "heapBytes", "ratio to coraza". */
  readonly figure: string;
  readonly before: number;
  readonly now: number;
}

export interface GateResult {
  readonly worse: readonly Change[];
  readonly better: readonly Change[];
  /** What could not be compared, in sentences. */
  readonly skipped: readonly string[];
}

/** Counts are the same in each run; those of a later Node or library may differ by a call in hundreds. */
const COUNT_TOLERANCE = 0.005;
/** The baseline has two digits after the point. */
const ROUNDING = 0.01;
/** What a function allocates varies a little with how Node was built. */
const HEAP_TOLERANCE = 0.03;

type Cases = Readonly<Record<string, BaselineCase>>;

/** @param ratioTolerance the part that a ratio may lose: times vary, even beside each other */
export function compare(baseline: Baseline, now: Cases, ratioTolerance: number): GateResult {
  const worse: Change[] = [];
  const better: Change[] = [];
  const skipped: string[] = [];
  for (const [name, before] of Object.entries(baseline.cases)) {
    const after = now[name];
    if (after === undefined) {
      skipped.push(`${name} was not measured`);
      continue;
    }
    const judge = (
      figure: string,
      old: number,
      fresh: number,
      tolerance: number,
      moreIsWorse = true,
    ): void => {
      const change = { case: name, figure, before: old, now: fresh };
      const [high, low] = [old * (1 + tolerance) + ROUNDING, old * (1 - tolerance) - ROUNDING];
      if (fresh > high) (moreIsWorse ? worse : better).push(change);
      else if (fresh < low) (moreIsWorse ? better : worse).push(change);
    };
    for (const [figure, old] of Object.entries(before.work)) {
      const fresh = after.work[figure];
      if (fresh === undefined) skipped.push(`${name}: ${figure} is not counted any more`);
      else judge(figure, old, fresh, COUNT_TOLERANCE);
    }
    judge('heapBytes', before.heapBytes, after.heapBytes, HEAP_TOLERANCE);
    for (const [peer, old] of Object.entries(before.ratio)) {
      const fresh = after.ratio[peer];
      if (fresh === undefined) skipped.push(`${name}: no ratio to ${peer}`);
      else judge(`ratio to ${peer}`, old, fresh, ratioTolerance, false);
    }
  }
  return { worse, better, skipped };
}

const line = ({ case: name, figure, before, now }: Change): string => {
  const percent =
    before === 0 ? 'from none' : `${now > before ? '+' : ''}${((now / before - 1) * 100).toFixed(1)} %`;
  return `  ${name}: ${figure} ${before.toFixed(2)} → ${now.toFixed(2)} (${percent})`;
};

export function renderGate({ worse, better, skipped }: GateResult): string {
  const part = (title: string, changes: readonly Change[]): readonly string[] =>
    changes.length === 0 ? [] : [title, ...changes.map(line)];
  const lines = [
    ...part('worse:', worse),
    ...part('better (write it down with --update):', better),
    ...(skipped.length === 0 ? [] : ['not compared:', ...skipped.map((each) => `  ${each}`)]),
    worse.length === 0
      ? 'nothing is worse than the baseline'
      : `${worse.length} figures are worse than the baseline`,
  ];
  return `${lines.join('\n')}\n`;
}
