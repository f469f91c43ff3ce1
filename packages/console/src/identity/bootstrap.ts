/** The way in for the first user: a token that works once and for a while, as long as there is nobody. */
import { CONSOLE_LIMITS } from '../limits.ts';
import { digestOf, newSecret, sameDigest } from './secret.ts';

export class Bootstrap {
  readonly #now: () => number;
  #digest: string | null = null;
  #until = 0;

  /** @param now milliseconds of any clock that goes on */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Whether there is one that would be taken. */
  get isOpen(): boolean {
    return this.#digest !== null && this.#now() < this.#until;
  }

  /** Another one; the former works no more. @returns the token, to be shown to who starts the console */
  issue(): string {
    const token = newSecret();
    this.#digest = digestOf(token);
    this.#until = this.#now() + CONSOLE_LIMITS.bootstrapMillis;
    return token;
  }

  /** True once. */
  use(token: string): boolean {
    if (this.#digest === null || !this.isOpen || !sameDigest(this.#digest, digestOf(token))) return false;
    this.#digest = null;
    return true;
  }
}
