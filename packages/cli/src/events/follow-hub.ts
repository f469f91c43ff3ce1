/**
 * A hub tells what it stores as it stores it. What others store, what it left out because it was not listened to fast enough, and what came while the
 * connection was broken, is asked for every few seconds; what was told is not told again.
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { HubClient, Selection, StoredDocument } from '@sluice/hub';
import { type FollowOptions, WindowFollower } from './follow.ts';

/** Between two questions for what the hub has not told. */
const LOOK_MILLIS = 5_000;
/** Documents that were told and not taken; beyond it they are asked for. */
const TOLD_MAX = 10_000;

export class HubFollower {
  readonly #hub: HubClient;
  readonly #selection: Selection;
  readonly #window: WindowFollower;
  readonly #over = new AbortController();
  #told: StoredDocument[] = [];
  #isListening = false;
  #lookAt = 0;
  #wake: () => void = () => undefined;

  constructor(hub: HubClient, selection: Selection, options: FollowOptions) {
    this.#hub = hub;
    this.#selection = selection;
    this.#window = new WindowFollower(hub, selection, options);
  }

  async start(documents: number): Promise<readonly StoredDocument[]> {
    this.#listen();
    const found = await this.#window.start(documents);
    // A question at once would find what is being told, by its times and not in the order in which it came.
    this.#lookAt = performance.now() + LOOK_MILLIS;
    return found;
  }

  async *next(): AsyncGenerator<readonly StoredDocument[]> {
    this.#listen();
    const told = this.#window.arrived(this.#told.splice(0));
    if (told.length > 0) yield told;
    if (performance.now() < this.#lookAt) return;
    yield* this.#window.next();
    this.#lookAt = performance.now() + LOOK_MILLIS;
  }

  /** Until the hub tells something. Where it does not, as where too many listen already, it is asked as others are. */
  async pause(millis: number, signal: AbortSignal): Promise<void> {
    if (!this.#isListening) this.#lookAt = 0;
    if (this.#told.length > 0) return;
    const isWoken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([isWoken, wait(millis, undefined, { signal })]);
  }

  close(): void {
    this.#over.abort();
  }

  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    const isOver = (): void => {
      this.#isListening = false;
      this.#lookAt = 0;
    };
    // Why it was refused or broke is said by the question that follows, which the same hub answers or does not.
    this.#hear().then(isOver, isOver);
  }

  async #hear(): Promise<void> {
    const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = this.#selection;
    for await (const event of this.#hub.tail(this.#selection, this.#over.signal)) {
      if (event.kind === 'missed' || this.#told.length >= TOLD_MAX) {
        this.#lookAt = 0;
        continue;
      }
      const time = Date.parse(String(event.stored.document['@timestamp']));
      if (time < from || time >= to) continue;
      this.#told.push(event.stored);
      this.#wake();
    }
  }
}
