/** What a run came to: a table for people, JSON for programs. */
import type { StageResult } from './run.ts';

export interface Summary {
  readonly stages: number;
  readonly passed: number;
  readonly failed: readonly { readonly id: string; readonly why: string }[];
  readonly excluded: readonly { readonly id: string; readonly reason: string }[];
  /** Stages whose request the HTTP parser refused, whatever came of them; `passed` holds those that ask for it. */
  readonly refused: readonly { readonly id: string; readonly status: number; readonly reason: string }[];
  /** Of `passed`, how many the HTTP parser decided and not the engine. */
  readonly passedByParser: number;
}

export function summarize(results: readonly StageResult[]): Summary {
  const of = (verdict: StageResult['verdict']) => results.filter((result) => result.verdict === verdict);
  const passed = of('passed');
  return {
    stages: results.length,
    passed: passed.length,
    failed: of('failed').map(({ stage, why }) => ({ id: stage.id, why })),
    excluded: of('excluded').map(({ stage, why }) => ({ id: stage.id, reason: why })),
    refused: results.flatMap(({ stage, refusal }) =>
      refusal === null ? [] : [{ id: stage.id, ...refusal }],
    ),
    passedByParser: passed.filter(({ refusal }) => refusal !== null).length,
  };
}

/** One line for each thousand of rule ids, then the failures with their reasons and places, then the sum. */
export function renderReport(results: readonly StageResult[]): string {
  const summary = summarize(results);
  const lines = [row('rules', 'stages', 'passed', 'failed', 'excluded')];
  for (const [family, members] of byFamily(results)) {
    const count = (verdict: StageResult['verdict']) =>
      String(members.filter((result) => result.verdict === verdict).length);
    lines.push(row(family, String(members.length), count('passed'), count('failed'), count('excluded')));
  }
  const failures = results.filter(({ verdict }) => verdict === 'failed');
  if (failures.length > 0) lines.push('', 'Failed:');
  for (const { stage, why } of failures) {
    lines.push(`  ${stage.id}  ${printable(why)}  (${stage.file}:${stage.line})`);
  }
  lines.push(
    '',
    `${summary.stages} stages: ${summary.passed} passed, ${summary.failed.length} failed, ${summary.excluded.length} excluded.`,
    `Of those passed, ${summary.passedByParser} were decided by the HTTP parser alone: they ask for its refusal.`,
  );
  return `${lines.join('\n')}\n`;
}

const COLUMN = 10;

const row = (first: string, ...rest: readonly string[]): string =>
  first.padEnd(COLUMN) + rest.map((cell) => cell.padStart(COLUMN)).join('');

function byFamily(results: readonly StageResult[]): Map<string, StageResult[]> {
  const families = new Map<string, StageResult[]>();
  for (const result of results) {
    const family = `${Math.trunc(result.stage.ruleId / 1000)}xxx`;
    const members = families.get(family);
    if (members === undefined) families.set(family, [result]);
    else members.push(result);
  }
  return families;
}

/** Log lines hold a request's bytes: nothing of them may steer the terminal. */
const printable = (text: string): string =>
  text.replace(/[^\x20-\x7e]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
