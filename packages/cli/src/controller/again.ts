/** What has to succeed once, however often it fails before: told when it fails, and when it is over. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@sluice/controller';

const AGAIN_MILLIS_MIN = 1_000;
const AGAIN_MILLIS_MAX = 60_000;

export class UntilDone {
  readonly #what: string;
  readonly #log: Log;
  #problem: string;

  /** @param what as people read it: `the certificate of the webhook` */
  constructor(what: string, log: Log) {
    this.#what = what;
    this.#log = log;
    this.#problem = `${what}: not there yet`;
  }

  /** Why it is not done; `''` where it is. */
  get problem(): string {
    return this.#problem;
  }

  /** Resolves when it is done, or the signal has ended it. */
  async run(attempt: () => Promise<void>, signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await attempt();
        this.#problem = '';
        if (failures > 0) this.#log.info({ failures }, `${this.#what}: it is there now`);
        return;
      } catch (error) {
        if (signal.aborted) return;
        this.#tell(error);
        const millis = Math.min(AGAIN_MILLIS_MAX, AGAIN_MILLIS_MIN * 2 ** failures);
        // Told to stop it stops to wait.
        await sleep(millis, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  #tell(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const remedy = error instanceof Error && 'remedy' in error ? String(error.remedy) : '';
    this.#problem = `${this.#what}: ${reason}`;
    this.#log.error({ error: reason, remedy }, `${this.#what} failed, and is tried again`);
  }
}
