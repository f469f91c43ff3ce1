/**
 * One phase: its rules in their order. Planned evaluation skips the rules that the scan has ruled out; reference
 * evaluation asks each. Both run the same code otherwise, and give the same trace.
 */
import { assert } from '../assert.ts';
import type { LinkedPhase, LinkedRule } from '../link/linked.ts';
import type { Phase } from '../rule-set/program.ts';
import { work } from '../work.ts';
import { evaluateRule, interruptionOf } from './rule.ts';
import type { EvaluationState } from './state.ts';

/** Runs a phase. Interruptions, matches and failures are in the state afterwards. */
export function evaluatePhase(state: EvaluationState, phase: Phase): void {
  const linked = state.ruleSet.phases[phase];
  assert(linked !== undefined, 'phases 1 to 5 are linked');
  if (state.allowedThrough >= phase) return;
  state.scans?.scanAhead(state, linked);
  const { items } = linked;
  for (let at = 0; at < items.length && state.mode !== 'Off'; at++) {
    const item = items[at];
    if (item === undefined || item.kind === 'marker' || state.removedRules.has(item)) continue;
    if (item.gate >= 0 && state.scans !== null && !state.scans.mayMatchAnywhere(item.gate)) continue;
    work.candidates++;
    if (!matches(state, item)) continue;
    if (disrupts(state, item, phase)) return;
    at = nextAfter(linked, item, at);
  }
}

/** A rule that cannot be decided is recorded as failed, and the others still run: an attack may yet be seen. */
function matches(state: EvaluationState, rule: LinkedRule): boolean {
  try {
    return evaluateRule(state, rule) !== null;
  } catch (error) {
    state.failures.push({ ruleId: rule.data.id, error });
    return false;
  }
}

/** Whether the phase ends here. Detect notes what would have happened and goes on; phase 5 cannot change anything. */
function disrupts(state: EvaluationState, rule: LinkedRule, phase: Phase): boolean {
  if (phase === 5) return false;
  const { disruption } = rule.data;
  if (disruption.kind === 'allow') return allows(state, disruption.scope, phase);
  const interruption = interruptionOf(state, rule);
  if (interruption === null) return false;
  if (state.mode !== 'Block') {
    state.interruption ??= interruption;
    return false;
  }
  // What matched while a rule had switched to DetectionOnly was noted, and does not stand in the way.
  state.interruption = interruption;
  state.stopped = true;
  return true;
}

function allows(state: EvaluationState, scope: 'transaction' | 'phase' | 'request', phase: Phase): boolean {
  if (state.mode !== 'Block') return false;
  if (scope === 'transaction') state.allowedThrough = 4;
  else if (scope === 'request') state.allowedThrough = Math.max(phase, 2);
  return true;
}

/** Where evaluation goes on after a match: behind its marker, over the next rules, or at the next rule. */
function nextAfter(linked: LinkedPhase, rule: LinkedRule, at: number): number {
  const { skipAfter, skip } = rule.data;
  if (skipAfter !== null) {
    const marker = linked.markers.get(skipAfter)?.find((index) => index > at);
    assert(marker !== undefined, 'linking refuses a skipAfter without a marker behind it');
    return marker;
  }
  let next = at;
  for (let left = skip; left > 0 && next + 1 < linked.items.length; ) {
    next++;
    if (linked.items[next]?.kind === 'rule') left--;
  }
  return next;
}
