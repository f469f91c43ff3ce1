/** `sluice serve` behind a real Envoy, attacked without a pause, and killed now and then: its spool is one of those that are shipped. */
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../packages/cli/test/serve/free-port.ts';
import { call } from '../envoy-client.ts';
import { SluiceProcess } from '../envoy-stack.ts';
import { type StreamStack, startStreamStack } from '../ext-proc-stack.ts';

const CLIENTS = 8;
const LOOK_MILLIS = 50;
const WRITTEN = /^sluice_events_total\{outcome="written"\} (\d+)$/m;
const LOST = /^sluice_events_total\{outcome="lost"\} (\d+)$/m;

interface Told {
  readonly written: number;
  readonly lost: number;
}

const NOTHING: Told = { written: 0, lost: 0 };

export class CrashServer {
  /** Requests that were answered, by whomever. */
  answered = 0;
  readonly #stack: StreamStack;
  readonly #admin: string;
  readonly #clients: Promise<void>[];
  readonly #looking: Promise<void>;
  #sluice: SluiceProcess;
  /** What the process that runs has said of its spool, and what those before it had. */
  #now = NOTHING;
  #before = NOTHING;
  #isOver = false;

  private constructor(stack: StreamStack, admin: string) {
    this.#stack = stack;
    this.#admin = admin;
    this.#sluice = stack.sluice;
    this.#clients = Array.from({ length: CLIENTS }, () => this.#attack());
    this.#looking = this.#look();
  }

  /**
   * @param directory of its spool
   * @param bytesMax of it: at its cap a spool drops what it had acknowledged, and says so
   */
  static async start(directory: string, bytesMax: number): Promise<CrashServer> {
    const admin = `127.0.0.1:${await freePort()}`;
    const flood = { perSecond: 1_000_000, burst: 1_000_000 };
    const config = {
      admin,
      events: { spool: { directory, bytesMax, flood } },
      l7: { intervalMillis: 1_000 },
    };
    return new CrashServer(await startStreamStack({ config }), admin);
  }

  /** Records, as it had said. */
  get acknowledged(): number {
    return this.#before.written + this.#now.written;
  }

  /** Records that its spool has given up, as it had said. */
  get lost(): number {
    return this.#before.lost + this.#now.lost;
  }

  async kill(): Promise<void> {
    await this.#sluice.kill('SIGKILL');
    this.#before = { written: this.acknowledged, lost: this.lost };
    this.#now = NOTHING;
    this.#sluice = new SluiceProcess(this.#stack.configuration, this.#sluice.socket, false);
    await this.#sluice.ready();
  }

  /** No more attacks; what waits is written. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all([...this.#clients, this.#looking]);
    await this.#sluice.kill('SIGTERM');
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await this.#sluice.kill('SIGKILL');
    await this.#stack.stop();
  }

  async #attack(): Promise<void> {
    for (let number = 0; !this.#isOver; number++) {
      try {
        await call(this.#stack.port, {
          path: `/search?n=${number}&q=1%27+UNION+SELECT+password+FROM+users--`,
        });
        this.answered++;
      } catch {
        // The connection broke under a kill: the next one will do.
        await sleep(LOOK_MILLIS);
      }
    }
  }

  async #look(): Promise<void> {
    while (!this.#isOver) {
      const sluice = this.#sluice;
      const told = await this.#told();
      // An answer of one that is dead by now says nothing of its successor.
      if (sluice === this.#sluice && told.written >= this.#now.written) this.#now = told;
      await sleep(LOOK_MILLIS);
    }
  }

  async #told(): Promise<Told> {
    try {
      const text = await (await fetch(`http://${this.#admin}/metrics`)).text();
      return { written: Number(WRITTEN.exec(text)?.[1] ?? 0), lost: Number(LOST.exec(text)?.[1] ?? 0) };
    } catch {
      // Nobody is there to ask at the moment.
      return NOTHING;
    }
  }
}
