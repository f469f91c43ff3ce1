/**
 * Those who follow live. A document that is new in the store goes to each whose query it matches; whoever reads too slowly
 * is not waited for, and told how many documents it missed.
 */
import type { DataSet } from '@sluice/spool';
import { HubError } from '../errors.ts';
import type { Matcher } from '../query/evaluate.ts';
import type { StoredDocument } from '../store/event-store.ts';

/** Where events of one follower go. */
export interface TailStream {
  write(text: string): void;
  /** Bytes that were written and not taken. */
  waitingBytes(): number;
  end(): void;
}

export interface TailRequest {
  readonly dataSet: DataSet;
  readonly matches: Matcher;
  /** Asked before anything is written: whoever may no longer see it is told nothing more, and the stream ends. */
  readonly allowed: () => boolean;
}

interface Follower extends TailRequest {
  readonly stream: TailStream;
  missed: number;
}

export class TailBoard {
  readonly #followers = new Set<Follower>();
  readonly #clientsMax: number;
  readonly #waitingBytesMax: number;

  constructor(clientsMax: number, waitingBytesMax: number) {
    this.#clientsMax = clientsMax;
    this.#waitingBytesMax = waitingBytesMax;
  }

  get clients(): number {
    return this.#followers.size;
  }

  /**
   * @returns what ends it
   * @throws HubError HUB_BUSY
   */
  follow(request: TailRequest, stream: TailStream): () => void {
    if (this.#followers.size >= this.#clientsMax)
      throw new HubError('HUB_BUSY', { what: 'client of /v1/tail' });
    const follower: Follower = { ...request, stream, missed: 0 };
    this.#followers.add(follower);
    return () => {
      this.#followers.delete(follower);
    };
  }

  tell(dataSet: DataSet, { id, document }: StoredDocument): void {
    if (this.#followers.size === 0) return;
    let event = '';
    for (const follower of this.#followers) {
      if (follower.dataSet !== dataSet || !follower.matches(document)) continue;
      if (this.#ended(follower)) continue;
      if (follower.stream.waitingBytes() > this.#waitingBytesMax) {
        follower.missed += 1;
        continue;
      }
      this.#tellMissed(follower);
      event ||= `event: document\nid: ${id}\ndata: ${JSON.stringify({ id, document })}\n\n`;
      follower.stream.write(event);
    }
  }

  /** A sign of life, which tells proxies and clients that the connection is still one. */
  beat(): void {
    for (const follower of this.#followers) {
      if (this.#ended(follower) || follower.stream.waitingBytes() > this.#waitingBytesMax) continue;
      this.#tellMissed(follower);
      follower.stream.write(': alive\n\n');
    }
  }

  endAll(): void {
    for (const { stream } of this.#followers) stream.end();
    this.#followers.clear();
  }

  #ended(follower: Follower): boolean {
    if (follower.allowed()) return false;
    this.#followers.delete(follower);
    follower.stream.end();
    return true;
  }

  #tellMissed(follower: Follower): void {
    if (follower.missed === 0) return;
    follower.stream.write(`event: missed\ndata: ${JSON.stringify({ documents: follower.missed })}\n\n`);
    follower.missed = 0;
  }
}
