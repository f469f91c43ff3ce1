/**
 * One phase: its rules in their order. Planned evaluation skips the rules that the scan has ruled out; reference
 * evaluation asks each. Both run the same code otherwise, and give the same trace.
 */
import { assert } from '../assert.ts';
import type { ConstantBlock, FoldedPhase, Places } from '../link/folded.ts';
import type { LinkedPhase, LinkedRule } from '../link/linked.ts';
import type { Phase } from '../rule-set/program.ts';
import { ownWork } from '../work.ts';
import { nextAfter } from './flow.ts';
import { evaluateRule, interruptionOf } from './rule.ts';
import type { ScanResults } from './scan.ts';
import type { EvaluationState } from './state.ts';

/** In place of the last complete phase: one was not. */
const CUT_SHORT = -1;

/** Runs a phase. Interruptions, matches and failures are in the state afterwards. */
export function evaluatePhase(state: EvaluationState, phase: Phase): void {
  const linked = state.ruleSet.phases[phase];
  assert(linked !== undefined, 'phases 1 to 5 are linked');
  if (state.allowedThrough >= phase) return;
  linked.costs.begin();
  state.scans?.scanAhead(state, phase);
  linked.costs.scanned();
  const isWhole = evaluateFrom(state, phase, linked, 0);
  linked.costs.end();
  // A phase that was cut short has assigned some of its constants: nothing folded holds for what comes behind it.
  state.completedPhase = isWhole && state.completedPhase === phase - 1 ? phase : CUT_SHORT;
}

/** Evaluates a phase from a place on, as far folded as it may be. Returns whether it ran to its end. */
function evaluateFrom(state: EvaluationState, phase: Phase, linked: LinkedPhase, start: number): boolean {
  if (state.scans === null || state.isUnfolded) return evaluateAll(state, phase, linked, start);
  const clean = cleanPhase(state, phase);
  if (clean !== undefined) return evaluateFolded(state, phase, linked, clean, start, state.scans);
  const folded = state.ruleSet.folded[phase];
  assert(folded !== undefined, 'phases 1 to 5 are folded');
  return evaluateFolded(state, phase, linked, folded, start, state.scans);
}

/** The phase of the clean course; undefined where this transaction has left it. */
function cleanPhase(state: EvaluationState, phase: Phase): FoldedPhase | undefined {
  if (state.isMarked) return undefined;
  const { phases, last } = state.course;
  if (phase === 5) return last.get(state.completedPhase);
  return state.completedPhase === phase - 1 ? phases[phase] : undefined;
}

/** All items from a place on. */
function evaluateAll(state: EvaluationState, phase: Phase, linked: LinkedPhase, start: number): boolean {
  const { items } = linked;
  for (let at = start; at < items.length && state.mode !== 'Off'; at++) {
    const item = items[at];
    if (item === undefined || item.kind === 'marker' || !isCandidate(state, item)) continue;
    const next = evaluateItem(state, phase, linked, item, at);
    if (next === ENDED) return false;
    at = next;
  }
  return state.mode !== 'Off';
}

/** What folding has left, and of rules that the scan decides about those that it has found. */
function evaluateFolded(
  state: EvaluationState,
  phase: Phase,
  linked: LinkedPhase,
  { nextLive, nextUngated, nextWithoutParts, blocks }: FoldedPhase,
  start: number,
  scans: ScanResults,
): boolean {
  const { items } = linked;
  const { isMarked } = state;
  const found = placesFound(scans, linked, nextLive);
  const ungated = state.request.hasParts ? nextUngated : nextWithoutParts;
  let place = 0;
  let next = 0;
  let at = start;
  while (state.mode !== 'Off') {
    while ((found[place] ?? items.length) < at) place++;
    at = Math.min(ungated[at] ?? items.length, found[place] ?? items.length);
    if (at >= items.length) return true;
    while ((blocks[next]?.first ?? items.length) < at) next++;
    const block = blocks[next];
    if (block?.first === at) {
      applyBlock(state, block);
      at = nextLive[block.last + 1] ?? items.length;
      continue;
    }
    const item = items[at];
    if (item !== undefined && item.kind === 'rule') {
      const landing = evaluateItem(state, phase, linked, item, at);
      if (landing === ENDED) return false;
      at = landing;
      // A transaction that changes the set, or leaves the clean course, goes on with what holds for it.
      if (state.isUnfolded || state.isMarked !== isMarked) return evaluateFrom(state, phase, linked, at + 1);
    }
    at++;
  }
  return false;
}

const NO_PLACES: readonly number[] = [];

/** Where the live rules stand whose slots were found, ascending. */
function placesFound(scans: ScanResults, { gated }: LinkedPhase, nextLive: Places): readonly number[] {
  const places: number[] = [];
  scans.visitSlots((slot) => gated.collect(slot, nextLive, places));
  if (places.length === 0) return NO_PLACES;
  return places.length > FEW_PLACES ? places.sort((a, b) => a - b) : sortedInPlace(places);
}

/** Up to so many are sorted without a word to the library, which makes lists of its own. */
const FEW_PLACES = 16;

function sortedInPlace(places: number[]): readonly number[] {
  for (let at = 1; at < places.length; at++) {
    const place = places[at] ?? 0;
    let to = at;
    for (; to > 0 && (places[to - 1] ?? 0) > place; to--) places[to] = places[to - 1] ?? 0;
    places[to] = place;
  }
  return places;
}

/** In place of a place: the phase is over. */
const ENDED = -1;

/** Asks a rule. Returns the place behind which evaluation goes on, or ENDED. */
function evaluateItem(
  state: EvaluationState,
  phase: Phase,
  linked: LinkedPhase,
  rule: LinkedRule,
  at: number,
): number {
  ownWork.candidates++;
  linked.costs.ask();
  const isMatch = matches(state, rule);
  linked.costs.answered(at, isMatch);
  if (!isMatch) return at;
  return disrupts(state, rule, phase) ? ENDED : nextAfter(linked, rule, at);
}

const isCandidate = (state: EvaluationState, rule: LinkedRule): boolean =>
  (rule.gate < 0 || state.scans === null || state.scans.mayMatchAnywhere(rule.gate)) &&
  !state.removedRules.has(rule);

function applyBlock(state: EvaluationState, block: ConstantBlock): void {
  const { jump, writes, matches: constant, matched, trace } = block;
  if (jump === null || !state.tx.adopt(jump.before, jump.after)) {
    for (let at = 0; at < writes.length; at++) {
      const write = writes[at];
      if (write === undefined) continue;
      const { pair } = write;
      if (pair === null) state.tx.remove(write.name);
      else state.tx.put(pair);
    }
  }
  state.matches.append(constant);
  if (matched !== null) {
    state.matchedVar = matched.value;
    state.matchedVarName = matched.key;
  }
  if (state.trace !== null) for (const line of trace) state.trace(line);
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
