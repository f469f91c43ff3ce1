/**
 * What Block would have stopped, and what of that should not have been:
 *
 *     store ─▶ blocked events ─▶ weigh ─▶ groups, judged ─▶ exclusions, by arithmetic
 */

import type { EventStore } from '../store/event-store.ts';
import { type BlockedEvent, blockedEvent } from './blocked-event.ts';
import { type Exclusions, proposeExclusions } from './exclusions.ts';
import { type Group, groupsOf, weigh } from './groups.ts';
import { PROMOTE_LIMITS } from './limits.ts';
import { blockedQuery } from './workload.ts';

const PAGE_DOCUMENTS = 1_000;

export interface AnalysisRequest {
  /** As workload.ts reads it. */
  readonly workload: string;
  /** Milliseconds since the epoch; `from` included, `to` not. */
  readonly from: number;
  readonly to: number;
  /** Leaves events out that are no matter any more. */
  readonly keeps?: (event: BlockedEvent) => boolean;
}

export interface Analysis {
  readonly workload: string;
  readonly from: number;
  readonly to: number;
  /** Refused, and what would have been: events that were read. */
  readonly events: number;
  /** Those included that floods stand for. */
  readonly requests: number;
  readonly denied: number;
  readonly sources: number;
  readonly policies: readonly string[];
  /** There are more than are read: what is older was not looked at. */
  readonly isCut: boolean;
  readonly groups: readonly Group[];
  readonly exclusions: Exclusions;
}

/** @throws HubError of stores */
export async function analyse(store: EventStore, request: AnalysisRequest): Promise<Analysis> {
  const { workload, from, to, keeps = () => true } = request;
  const { events, isCut } = await readBlocked(store, request);
  const kept = events.filter(keeps);
  const weighed = weigh(kept);
  const groups = groupsOf(weighed);
  return {
    ...{ workload, from, to, isCut, groups },
    events: kept.length,
    requests: kept.reduce((sum, { weight }) => sum + weight, 0),
    denied: kept.filter(({ denied }) => denied).length,
    sources: new Set(kept.map(({ source }) => source)).size,
    policies: [...new Set(kept.map(({ policy }) => policy))].sort(),
    exclusions: proposeExclusions(groups, weighed),
  };
}

/** Newest first. */
export async function readBlocked(
  store: EventStore,
  { workload, from, to }: AnalysisRequest,
): Promise<{ readonly events: readonly BlockedEvent[]; readonly isCut: boolean }> {
  const query = blockedQuery(workload);
  const events: BlockedEvent[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await store.search({
      ...{ dataSet: 'waf' as const, query, from, to, size: PAGE_DOCUMENTS },
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { id, document } of page.documents) {
      const event = blockedEvent(id, document);
      if (event !== null) events.push(event);
    }
    cursor = page.cursor;
    if (events.length >= PROMOTE_LIMITS.eventsMax && cursor !== null) return { events, isCut: true };
  }
  return { events, isCut: false };
}
