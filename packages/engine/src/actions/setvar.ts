/** setvar: assignment, `=+` and `=-` on integers; what is missing or no number counts as 0 (ModSecurity 2). */
import { asciiLower } from '../bytes.ts';
import type { LinkedAction } from '../link/linked.ts';
import { leadingInteger } from '../operators/leading-integer.ts';
import type { ActionState } from './state.ts';

type Setvar = Extract<LinkedAction, { kind: 'setvar' }>;

/** Counters that CRS sums up into its anomaly scores; in CRS 3, that of requests has no `inbound`. */
const SCORE = /^(?:(?:in|out)bound_)?anomaly_score_pl[1-4]$/;

/** Runs one assignment. Returns what it added to an anomaly score; 0 for any other variable. */
export function applySetvar(state: ActionState, action: Setvar): number {
  const name = action.name(state);
  const collection = action.collection === 'TX' ? state.tx : state.persistent.get(action.collection);
  // A persistent collection that no initcol opened has no record to write to.
  if (collection === undefined) return 0;
  const lowerName = asciiLower(name);
  if (collection === state.tx) state.noteWrite(lowerName);
  if (action.operation === 'remove') {
    collection.remove(name);
    return 0;
  }
  const value = action.value(state);
  if (action.operation === 'set') {
    collection.set(name, value);
    return 0;
  }
  const change = action.operation === 'add' ? leadingInteger(value) : -leadingInteger(value);
  collection.set(name, String(clamp(leadingInteger(collection.get(lowerName) ?? '') + change)));
  return SCORE.test(lowerName) ? change : 0;
}

const clamp = (value: number): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
