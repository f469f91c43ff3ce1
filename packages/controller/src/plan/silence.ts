/** Nodes that have said nothing for long: what they said before says nothing of now. */
import type { NodeState } from '../world.ts';
import { NODE_UNHEARD_MILLIS } from './limits.ts';

const heardAt = ({ report }: NodeState): number => Date.parse(report?.heartbeatAt ?? '');

/** ISO 8601, since when; null of one that is heard, and of one that has never said anything. @param now milliseconds since the epoch */
export function silentSince(state: NodeState | undefined, now: number): string | null {
  if (state === undefined || state.report === null) return null;
  return now - heardAt(state) < NODE_UNHEARD_MILLIS ? null : state.report.heartbeatAt;
}

/** When the next of those that are heard falls silent, if it goes on to say nothing; Infinity where none is heard. */
export const silentNext = (nodes: ReadonlyMap<string, NodeState>, now: number): number =>
  Math.min(
    ...[...nodes.values()]
      .filter((state) => state.report !== null && silentSince(state, now) === null)
      .map((state) => heardAt(state) + NODE_UNHEARD_MILLIS),
  );
