/** A stored request once more, by the rules and the policy of now. What is not stored of it is said, and never made up. */
import { type EventStore, HubError } from '@sluice/hub';
import {
  type BlockedEvent,
  blockedEvent,
  excludableTarget,
  type Hit,
  type InForce,
  takesAway,
} from '@sluice/hub/promote';
import { CONSOLE_LIMITS } from '../limits.ts';
import type { ReplayAnswer, Replayed, RulePlace } from './answers.ts';
import type { PolicyDesk } from './desk.ts';
import { storedRequest } from './stored-request.ts';

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
  const exact = lost.length === 0 && missing.length === 0;
  return { now: shortened(now), before, lost, missing, excluded, exact };
}

const shortened = (now: Replayed): Replayed => ({
  ...now,
  rules: now.rules.map(({ targets, ...rule }) => {
    const told = targets.slice(0, CONSOLE_LIMITS.replayTargetsMax);
    return { ...rule, targets: told, targetsLeftOut: targets.length - told.length };
  }),
});

/** Of what matched then, what the policy excludes by now, and what the replay does not find. */
function sorted(
  event: BlockedEvent,
  { inForce, now }: { readonly inForce: readonly InForce[]; readonly now: Replayed },
): Pick<ReplayAnswer, 'missing' | 'excluded'> {
  const placeOf = (rule: string, target: string): string => JSON.stringify([rule, target]);
  const again = new Set(
    now.rules.flatMap(({ id, targets }) =>
      targets.map(({ variable }) => placeOf(String(id), excludableTarget(variable).shown)),
    ),
  );
  const excluded = event.hits.filter((hit) => takesAway(inForce, event, hit));
  const missing = event.hits.filter(
    (hit) => !excluded.includes(hit) && !again.has(placeOf(hit.rule, hit.target)),
  );
  return { missing: placesOf(missing), excluded: placesOf(excluded) };
}

const placesOf = (hits: readonly Hit[]): readonly RulePlace[] => [
  ...new Map(hits.map(({ rule, target }) => [`${rule} ${target}`, { rule, target }])).values(),
];
