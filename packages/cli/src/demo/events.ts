/** Takes Sluice's events as they come: the story asks for those of its own requests, a listener and a keeper get all. */

import { setTimeout as wait } from 'node:timers/promises';
import type { WafEvent } from '@sluice/engine';
import type { EventSink } from '@sluice/server';

/** The story looks at its latest request only. */
const KEPT_MAX = 100;

/** An event follows its answer within a millisecond; a machine may have much else to do. */
const EVENT_MILLIS_MAX = 5_000;
const POLL_MILLIS = 2;

export interface EventKeeping {
  keep(event: WafEvent): void;
}

export class EventFeed implements EventSink {
  readonly #kept: WafEvent[] = [];
  #listener: ((event: WafEvent) => void) | null = null;
  #keeper: EventKeeping | null = null;

  accept(event: unknown): void {
    if (!isWafEvent(event)) return;
    this.#keeper?.keep(event);
    this.#kept.push(event);
    if (this.#kept.length > KEPT_MAX) this.#kept.shift();
    this.#listener?.(event);
  }

  /** The newest event of a request for this path with query, as soon as there is one; undefined where none comes in time. */
  async of(path: string): Promise<WafEvent | undefined> {
    const until = performance.now() + EVENT_MILLIS_MAX;
    for (;;) {
      const event = this.#kept.findLast(({ url }) => url.original === path);
      if (event !== undefined || performance.now() >= until) return event;
      await wait(POLL_MILLIS);
    }
  }

  keepIn(keeper: EventKeeping): void {
    this.#keeper = keeper;
  }

  follow(listener: (event: WafEvent) => void): void {
    this.#listener = listener;
  }
}

const isWafEvent = (event: unknown): event is WafEvent =>
  typeof event === 'object' && event !== null && 'waf' in event && 'url' in event && 'http' in event;
