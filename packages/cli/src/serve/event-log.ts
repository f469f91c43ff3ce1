/** Events as lines of JSON on a stream: what there is before a spool takes them. */
import type { EventSink } from '@sluice/server';

export class EventLog implements EventSink {
  readonly #write: (line: string) => unknown;

  constructor(write: (line: string) => unknown) {
    this.#write = write;
  }

  accept(event: unknown): void {
    this.#write(`${JSON.stringify(event)}\n`);
  }
}
