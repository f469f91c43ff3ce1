/** The token for the first user of a console: on a terminal for who looks at it, else in a file of the hub's own user. Standard output may be a log that others read. */
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Console } from '@sluice/console';
import { FILES_CHECK_MILLIS } from '@sluice/hub';
import { reasonOf } from '@sluice/server';
import type { Logger } from 'pino';
import { welcomeUrl } from './run-console.ts';

const FILE = 'console-token';
const FILE_MODE = 0o600;

export interface FirstUserOptions {
  readonly console: Pick<Console, 'invite' | 'isInviting'>;
  readonly url: string;
  /** The hub's folder, which is there. */
  readonly state: string;
  readonly stdout: { readonly isTTY?: boolean; write(text: string): unknown };
  readonly log: Logger;
}

export class FirstUser {
  readonly #options: FirstUserOptions;
  readonly #file: string;
  readonly #timer: NodeJS.Timeout;

  constructor(options: FirstUserOptions) {
    this.#options = options;
    this.#file = resolve(join(options.state, FILE));
    this.#timer = setInterval(() => this.#tidy(), FILES_CHECK_MILLIS).unref();
    this.#tidy();
  }

  /** @param token null: nobody is invited */
  show(token: string | null): void {
    const { url, stdout } = this.#options;
    if (token === null) return;
    const begin = 'The console has no user yet. Make the first one within an hour';
    if (stdout.isTTY === true) {
      stdout.write(`${begin}, here:\n  ${welcomeUrl(url, token)}\n`);
      return;
    }
    this.#tell(() => {
      rmSync(this.#file, { force: true });
      // Whoever was quicker has not made it readable for others.
      writeFileSync(this.#file, `${token}\n`, { mode: FILE_MODE, flag: 'wx' });
      chmodSync(this.#file, FILE_MODE);
      stdout.write(`${begin}, at ${url} with the token in ${this.#file}\n`);
    });
  }

  /** Another token, where the first user is still to be made. */
  again(): void {
    this.show(this.#options.console.invite());
  }

  close(): void {
    clearInterval(this.#timer);
    this.#remove();
  }

  /** One that is used or over is nothing to be left about. */
  #tidy(): void {
    if (!this.#options.console.isInviting) this.#remove();
  }

  #remove(): void {
    this.#tell(() => rmSync(this.#file, { force: true }));
  }

  #tell(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.#options.log.error({ file: this.#file, reason: reasonOf(error) }, 'the token for the first user');
    }
  }
}
