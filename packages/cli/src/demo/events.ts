/** Takes Sluice's events as they come: the story asks for those of its own requests, a listener and a keeper get all. */
import type { WafEvent } from '@sluice/engine';
import type { EventSink } from '@sluice/server';

/** The story looks at its latest request only. */
const KEPT_MAX = 100;

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

  /** The newest event of a request for this path with query. */
  latest(path: string): WafEvent | undefined {
    return this.#kept.findLast((event) => event.url.original === path);
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
