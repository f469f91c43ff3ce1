/** The items of a rule set by phase, with what is scanned ahead of each. */
import { EngineError } from '../errors.ts';
import { PhaseCosts } from '../rule-costs.ts';
import type { Phase } from '../rule-set/program.ts';
import { GatedPlaces } from './gated-places.ts';
import type { LinkedItem, LinkedPhase, LinkedRule } from './linked.ts';

export const emptyPhase = (): LinkedPhase => ({
  items: [],
  gates: new Int32Array(0),
  gated: new GatedPlaces(new Int32Array(0)),
  markers: new Map(),
  costs: new PhaseCosts(0),
});

export function linkPhase(all: readonly LinkedItem[], phase: Phase): LinkedPhase {
  const items = all.filter((item) => item.kind === 'marker' || item.data.phase === phase);
  const markers = new Map<string, number[]>();
  for (const [index, item] of items.entries()) {
    if (item.kind === 'marker') markers.set(item.name, [...(markers.get(item.name) ?? []), index]);
  }
  for (const [index, item] of items.entries()) if (item.kind === 'rule') checkSkip(item, index, markers);
  const gates = Int32Array.from(items, (item) => (item.kind === 'rule' ? item.gate : -1));
  return { items, gates, gated: new GatedPlaces(gates), markers, costs: new PhaseCosts(items.length) };
}

/** Skipping to a marker that does not follow would switch off the rest of the phase without a word. */
function checkSkip(rule: LinkedRule, at: number, markers: LinkedPhase['markers']): void {
  const { skipAfter, position } = rule.data;
  if (skipAfter === null || (markers.get(skipAfter)?.at(-1) ?? -1) > at) return;
  const reason = markers.has(skipAfter)
    ? 'the SecMarker of this name stands before the rule'
    : 'no SecMarker has this name';
  throw new EngineError('SECLANG_BAD_ARGUMENT', { what: `skipAfter:${skipAfter}`, reason }, { position });
}
