/** What the thread that speaks with Envoy and the one that makes events say to each other. */
import type { EventDraft, Outcome } from '@sluice/engine';

/** All that an event is made of. As secret as its request: it never leaves the process. */
export interface DraftedEvent {
  /** Of the event. */
  readonly id: string;
  /** The client's address, as the event has it; empty where it is not known. */
  readonly source: string;
  readonly draft: EventDraft;
  readonly outcome: Outcome;
}

export interface DraftBatch {
  readonly number: number;
  readonly drafts: readonly DraftedEvent[];
}

/** Events of a batch, in its order. */
export interface WrittenBatch {
  readonly number: number;
  /** JSON in UTF-8, one behind the other. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of each; -1 where it could not be made. */
  readonly lengths: readonly number[];
}

/** The thread is there. */
export const READY = 'ready';

export type ThreadAnswer = typeof READY | WrittenBatch;
