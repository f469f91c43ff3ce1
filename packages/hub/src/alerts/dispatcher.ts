/** Brings notices to their targets: each until it is told or given up, with growing pauses; every attempt is in the book. */
import type { AlertBook, Delivery, Waiting } from './book.ts';
import { ALERT_LIMITS } from './limits.ts';
import type { AlertCounts } from './metrics.ts';
import type { AlertNotice } from './notice.ts';
import type { Attempt } from './webhook/call.ts';

/** Who is told. Never rejects. */
export type Target = (notice: AlertNotice, now: number) => Promise<Attempt>;

export interface DispatcherOptions {
  readonly book: AlertBook;
  /** Of this process: only who has the lease tells anybody. */
  readonly holder: string;
  readonly counts?: AlertCounts;
  readonly targets: () => ReadonlyMap<string, Target>;
  readonly log: { warn(fields: object, message: string): void };
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #now: () => number;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => Date.now());
  }

  /**
   * Makes the attempts that are due, until none is.
   * @returns when one is due next, in milliseconds since the epoch; null where none waits
   */
  async run(signal?: AbortSignal): Promise<number | null> {
    const { book, holder } = this.#options;
    while (signal?.aborted !== true) {
      if (!book.holds(holder, this.#now())) return null;
      const due = book.due(this.#now(), ALERT_LIMITS.webhooksAtOnceMax);
      if (due.length === 0) break;
      await Promise.all(due.map((waiting) => this.#attempt(waiting)));
    }
    book.prune(ALERT_LIMITS.deliveriesKeptMax, this.#now() - ALERT_LIMITS.arrivalsKeptMillis);
    return book.nextDue();
  }

  async #attempt(waiting: Waiting): Promise<void> {
    const { book, targets, log, counts } = this.#options;
    const { target, notice } = waiting;
    const tell = targets().get(target);
    const attempt: Attempt =
      tell === undefined
        ? { outcome: 'never', status: null, reason: 'there is no webhook of this name any more' }
        : await tell(notice, this.#now());
    const delivery = settled(attempt, waiting.attempts + 1, this.#now());
    book.settle(waiting, delivery);
    counts?.delivered(target, delivery.state === 'waiting' ? 'again' : delivery.state);
    if (delivery.state === 'given_up') {
      const { attempts, reason } = delivery;
      log.warn({ alert: notice.alert, target, attempts, reason }, 'a notification is given up');
    }
  }
}

function settled({ outcome, status, reason }: Attempt, attempts: number, at: number): Delivery {
  const isOver = outcome === 'never' || attempts >= ALERT_LIMITS.webhookAttemptsMax;
  const state = outcome === 'told' ? 'told' : isOver ? 'given_up' : 'waiting';
  return { state, attempts, at, nextAt: at + pause(attempts), status, reason };
}

/** It doubles. */
const pause = (attempts: number): number =>
  Math.min(
    ALERT_LIMITS.webhookBackoffMillisMax,
    ALERT_LIMITS.webhookBackoffMillisMin * 2 ** Math.min(attempts - 1, 20),
  );
