/** The way in for the first user: a token that is printed once and works once, while there is nobody. */
import { digestOf, newSecret, sameDigest } from './secret.ts';

export class Bootstrap {
  #digest: string | null = null;

  /** Another one; the former works no more. @returns the token, to be shown to who starts the console */
  issue(): string {
    const token = newSecret();
    this.#digest = digestOf(token);
    return token;
  }

  /** True once. */
  use(token: string): boolean {
    if (this.#digest === null || !sameDigest(this.#digest, digestOf(token))) return false;
    this.#digest = null;
    return true;
  }
}
