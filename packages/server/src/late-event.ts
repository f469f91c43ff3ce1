/** Events that are made behind the answer: making one costs as much as judging its request. */
import type { BriefEvent, EventDraft, WafEvent } from '@sluice/engine';

/** None of them looks at the message that was received, which is gone by then. */
export interface LateEventParts {
  /** The client's address, as the event has it; empty where it is not known. */
  readonly source: string;
  readonly make: () => WafEvent;
  /** What it is made of, for another thread that makes it, under this id; without it, only this one can. */
  readonly draft?: (id: string) => EventDraft;
  /** What of it is counted where the source sends more than is kept. */
  readonly brief: () => BriefEvent;
}

export class LateEvent {
  readonly parts: LateEventParts;

  constructor(parts: LateEventParts) {
    this.parts = parts;
  }
}

/** The event itself: for those who hand it to another thread, or have time. */
export const madeEvent = (event: unknown): unknown =>
  event instanceof LateEvent ? event.parts.make() : event;
