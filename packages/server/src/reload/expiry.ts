/** Has the configuration read again when an exclusion ends: what is past its time is not in what comes into force then. */
import type { Config } from '../config.ts';
import { RELOAD_LIMITS } from './limits.ts';

/** The next time at which an exclusion ends, in milliseconds since the epoch; null where none does. */
export function nextExpiry({ policies }: Pick<Config, 'policies'>): number | null {
  const times = Object.values(policies).flatMap(({ exclusions }) =>
    exclusions.flatMap(({ expires }) => expires ?? []),
  );
  return times.length === 0 ? null : times.reduce((a, b) => Math.min(a, b));
}

export interface ExpiryOptions {
  /** What is in force. */
  readonly config: () => Pick<Config, 'policies'>;
  readonly reload: () => Promise<unknown>;
}

export class ExclusionExpiry {
  readonly #options: ExpiryOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ExpiryOptions) {
    this.#options = options;
  }

  /** To be called whenever something has come into force. */
  follow(): void {
    clearTimeout(this.#timer);
    const next = nextExpiry(this.#options.config());
    if (next === null) return;
    const left = next - Date.now();
    // What is over and still in force could not be taken over: a mistake in the file, which may be corrected.
    const millis =
      left > 0 ? Math.min(left, RELOAD_LIMITS.expiryMillisMax) : RELOAD_LIMITS.expiredRetryMillis;
    this.#timer = setTimeout(() => void this.#fire(), millis);
    this.#timer.unref();
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  async #fire(): Promise<void> {
    const next = nextExpiry(this.#options.config());
    if (next !== null && next <= Date.now()) await this.#options.reload();
    this.follow();
  }
}
