/** An event that is a document in JSON already. */

export interface WrittenEventParts {
  readonly id: string;
  /** The client's address, as the event has it; empty where it is not known. */
  readonly source: string;
  /** UTF-8. */
  readonly json: Buffer;
}

export class WrittenEvent implements WrittenEventParts {
  readonly id: string;
  readonly source: string;
  readonly json: Buffer;

  constructor({ id, source, json }: WrittenEventParts) {
    this.id = id;
    this.source = source;
    this.json = json;
  }
}
