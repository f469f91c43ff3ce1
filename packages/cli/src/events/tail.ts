/** `sluice events tail`: what comes, as it comes; a store that is away is waited for. */
import { setTimeout as wait } from 'node:timers/promises';
import { type EventStore, HubError } from '@sluice/hub';
import type { Document } from '@sluice/spool';
import { styleFor } from '../inspect/render-value.ts';
import { describeAddress, type StoreAddress } from './address.ts';
import { COLUMNS } from './columns.ts';
import { type Follower, followerOf } from './following.ts';
import { chooseStore, type EventsEnvironment, readCount, type SelectFlags, selectionOf } from './session.ts';
import { Table } from './table.ts';
import { oneLine, safeJson } from './text.ts';

export interface TailFlags extends SelectFlags {
  readonly lines: string;
  readonly json?: true;
}

export interface TailEnvironment extends EventsEnvironment {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Milliseconds between two looks, and the longest time between two attempts where the store is away. */
  readonly pollMillis: number;
  readonly awayMillisMax: number;
}

const LINES_MAX = 1_000;

/**
 * Prints the last documents and then each new one, a line each, until the signal.
 * @throws EventsError, HubError; not where the store is away for a while
 */
export async function runTail(query: string, flags: TailFlags, environment: TailEnvironment): Promise<void> {
  const tail = new Tail(query, flags, environment);
  try {
    await tail.run();
  } catch (error) {
    if (!environment.signal.aborted) throw error;
  } finally {
    await tail.close();
  }
}

class Tail {
  readonly #query: string;
  readonly #flags: TailFlags;
  readonly #environment: TailEnvironment;
  readonly #lines: number;
  readonly #print: (documents: readonly Document[]) => void;
  #address: StoreAddress | null = null;
  #store: EventStore | null = null;
  #follower: Follower | null = null;
  #isStarted = false;
  #awayMillis = 0;

  constructor(query: string, flags: TailFlags, environment: TailEnvironment) {
    this.#query = query;
    this.#flags = flags;
    this.#environment = environment;
    this.#lines = flags.lines === '0' ? 0 : readCount('--lines', flags.lines, LINES_MAX);
    this.#print = printerFor(flags, environment);
  }

  async run(): Promise<void> {
    const { signal, pollMillis } = this.#environment;
    while (!signal.aborted) {
      await this.#look();
      if (this.#awayMillis > 0) await wait(this.#awayMillis, undefined, { signal });
      else await this.#follower?.pause(pollMillis, signal);
    }
  }

  async close(): Promise<void> {
    this.#follower?.close();
    await this.#store?.close();
  }

  async #look(): Promise<void> {
    try {
      const follower = await this.#current();
      if (!this.#isStarted) {
        this.#show(await follower.start(this.#lines));
        this.#isStarted = true;
      }
      for await (const documents of follower.next()) this.#show(documents);
      this.#isBack();
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== 'STORE_UNAVAILABLE') throw error;
      this.#isAway(error.message);
    }
  }

  #show(documents: readonly { readonly document: Document }[]): void {
    if (documents.length > 0) this.#print(documents.map(({ document }) => document));
  }

  /** The demo that ran last may be another one now, with a store of its own. */
  async #current(): Promise<Follower> {
    const { variables, open, stderr, now } = this.#environment;
    const address = chooseStore(this.#flags, variables);
    const isSame = this.#address !== null && describeAddress(this.#address) === describeAddress(address);
    if (isSame && this.#follower !== null) return this.#follower;
    await this.close();
    this.#follower = null;
    this.#store = null;
    this.#store = await open(address);
    const selection = selectionOf(this.#query, this.#flags, now());
    const follower = await followerOf(this.#store, selection, { now });
    if (this.#flags.verbose === true || this.#address !== null) {
      stderr.write(`asking ${oneLine(describeAddress(address))}\n`);
    }
    // Of the next store all is new.
    if (this.#isStarted) this.#show(await follower.start(LINES_MAX));
    this.#address = address;
    this.#follower = follower;
    return follower;
  }

  #isAway(reason: string): void {
    const { pollMillis, awayMillisMax, stderr } = this.#environment;
    if (this.#awayMillis === 0) stderr.write(`${oneLine(reason)}; trying again\n`);
    this.#awayMillis = Math.min(awayMillisMax, Math.max(pollMillis, this.#awayMillis * 2));
  }

  #isBack(): void {
    if (this.#awayMillis > 0) this.#environment.stderr.write('the store is back\n');
    this.#awayMillis = 0;
  }
}

function printerFor(
  { json, dataSet }: TailFlags,
  { stdout, variables }: EventsEnvironment,
): (documents: readonly Document[]) => void {
  if (json === true) {
    return (documents) => stdout.write(documents.map((document) => `${safeJson(document)}\n`).join(''));
  }
  const columns = stdout.isTTY === true ? stdout.columns : undefined;
  const table = new Table(COLUMNS[dataSet === 'l7' ? 'l7' : 'waf'], styleFor(stdout, variables), columns);
  let isFirst = true;
  return (documents) => {
    const rows = table.rows(documents);
    stdout.write(isFirst ? table.head() + rows : rows);
    isFirst = false;
  };
}
