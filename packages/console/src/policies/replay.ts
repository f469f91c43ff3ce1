/** A stored request once more, by the rules and the policy of now. What is not stored of it is said, and never made up. */
import { type EventStore, HubError } from '@sluice/hub';
import { type BlockedEvent, blockedEvent, type Hit, type InForce, takesAway } from '@sluice/hub/promote';
import type { PolicyDesk, Replayed } from './desk.ts';
import { storedRequest } from './stored-request.ts';

interface Place {
  readonly rule: string;
  readonly target: string;
}

export interface ReplayAnswer {
  readonly now: Replayed;
  readonly before: { readonly blocks: boolean; readonly score: number; readonly policy: string };
  readonly lost: readonly string[];
  readonly missing: readonly Place[];
  readonly excluded: readonly Place[];
  /** Nothing is known to be lost, and all that matched then is found again or excluded. */
  readonly exact: boolean;
}

/** @throws HubError HUB_NOT_FOUND; errors of the desk */
export async function replayOf(
  id: string,
  { store, desk }: { readonly store: EventStore; readonly desk: PolicyDesk },
): Promise<ReplayAnswer> {
  const stored = await store.get('waf', id);
  if (stored === null) throw new HubError('HUB_NOT_FOUND', { what: 'event of that id' });
  const { asked, lost } = storedRequest(stored.document);
  const event = blockedEvent(stored.id, stored.document);
  const inForce = await desk.inForce(asked.policy);
  const now = await desk.replay(asked);
  const before = {
    blocks: event !== null,
    score: event?.scores.inbound ?? 0,
    policy: asked.policy,
  };
  const { missing, excluded } =
    event === null ? { missing: [], excluded: [] } : sorted(event, { inForce, now });
  return { now, before, lost, missing, excluded, exact: lost.length === 0 && missing.length === 0 };
}

/** Of what matched then, what the policy excludes by now, and what the replay does not find. */
function sorted(
  event: BlockedEvent,
  { inForce, now }: { readonly inForce: readonly InForce[]; readonly now: Replayed },
): Pick<ReplayAnswer, 'missing' | 'excluded'> {
  const again = new Set(now.rules.map(({ id }) => String(id)));
  const excluded = event.hits.filter((hit) => takesAway(inForce, event, hit));
  const missing = event.hits.filter((hit) => !excluded.includes(hit) && !again.has(hit.rule));
  return { missing: placesOf(missing), excluded: placesOf(excluded) };
}

const placesOf = (hits: readonly Hit[]): readonly Place[] => [
  ...new Map(hits.map(({ rule, target }) => [`${rule} ${target}`, { rule, target }])).values(),
];
