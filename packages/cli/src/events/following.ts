/** Who follows a store: by the order in which documents come where the store keeps one, live where it is a hub. */
import { setTimeout as wait } from 'node:timers/promises';
import { type EventStore, HubClient, type Selection, type StoredDocument } from '@sluice/hub';
import { type FollowOptions, WindowFollower } from './follow.ts';
import { ArrivalsFollower } from './follow-arrivals.ts';
import { HubFollower } from './follow-hub.ts';

export interface Follower {
  /** Takes what is there as seen. @returns the newest of it, oldest first */
  start(documents: number): Promise<readonly StoredDocument[]>;
  /** What came since, each document once, a page after the other. */
  next(): AsyncGenerator<readonly StoredDocument[]>;
  /** Resolves when it is worth to ask again, after `millis` at the latest where nobody tells. */
  pause(millis: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** @throws HubError */
export async function followerOf(
  store: EventStore,
  selection: Selection,
  options: FollowOptions,
): Promise<Follower> {
  if (store instanceof HubClient) return new HubFollower(store, selection, options);
  const begun = await store.arrivals?.({ ...selection, after: null, size: 1 });
  if (store.arrivals === undefined || begun === undefined || begun === null)
    return asked(new WindowFollower(store, selection, options));
  return asked(new ArrivalsFollower(store, selection, begun.place, options));
}

/** Of a store that tells nothing by itself. */
const asked = (follower: Pick<Follower, 'start' | 'next'>): Follower => ({
  start: (documents) => follower.start(documents),
  next: () => follower.next(),
  pause: (millis, signal) => wait(millis, undefined, { signal }),
  close: () => undefined,
});
