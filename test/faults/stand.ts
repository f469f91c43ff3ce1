import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect } from 'vitest';
import { freePort } from '../../packages/cli/test/serve/free-port.ts';
import { type Call, call } from '../envoy-client.ts';
import { type Http1Sending, sendHttp1 } from '../ext-proc-facts/clients.ts';
import { type StreamStack, type StreamStackOptions, startStreamStack } from '../ext-proc-stack.ts';
import type { StreamArrival } from '../ext-proc-workload.ts';
import type { FaultMode, Seen } from './table.ts';

const HOSTILE = pathToFileURL(new URL('./hostile.ts', import.meta.url).pathname).href;

/** Small, so that a Sluice is there at once; one rule that a body must be whole for. */
const RULES = `SecRule ARGS "@contains UNION SELECT" "id:10001,phase:2,deny,status:403,log,t:none"\n`;

export const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
export const ATTACK = encodeURIComponent("1' UNION SELECT password FROM users--");

/** A form that goes to a worker. */
export const formOf = (bytes: number): string => `q=hose&pad=${'a'.repeat(bytes - 11)}`;

/** Far more than anything takes. */
export const SOON = { timeout: 30_000, interval: 50 };

export type FaultOptions = Omit<StreamStackOptions, 'mode' | 'unavailable'>;

interface TellingEvent {
  readonly url?: { readonly path?: string };
  readonly event?: { readonly type?: readonly string[]; readonly reason?: string };
  readonly waf?: {
    readonly policy: string;
    readonly cause?: string;
    readonly rules: readonly { readonly id: number }[];
  };
}

export class Stand {
  readonly stack: StreamStack;
  readonly mode: FaultMode;
  readonly #admin: number;
  #asked = 0;

  constructor(stack: StreamStack, mode: FaultMode, admin: number) {
    this.stack = stack;
    this.mode = mode;
    this.#admin = admin;
  }

  static async start(mode: FaultMode, options: FaultOptions = {}): Promise<Stand> {
    const admin = await freePort();
    // Of several processes each would take the next port, which may not be free.
    const isAlone = (options.launch?.processes ?? 1) === 1;
    const stack = await startStreamStack({
      rules: RULES,
      ...options,
      mode: mode === 'Detect' ? 'Detect' : 'Block',
      unavailable: mode === 'Block, Open' ? 'Open' : 'Closed',
      limits: { poolThreads: 1, ...options.limits },
      config: { admin: isAlone && `127.0.0.1:${admin}`, rules: { crs: false }, ...options.config },
      launch: {
        ...options.launch,
        environment: { NODE_OPTIONS: `--import=${HOSTILE}`, ...options.launch?.environment },
      },
    });
    return new Stand(stack, mode, admin);
  }

  get isBlock(): boolean {
    return this.mode !== 'Detect';
  }

  /** A path that no other request has. */
  path(): string {
    return `/${++this.#asked}`;
  }

  /** What a client sees: the status alone where all else is the workload's own reply, or the block page. */
  async ask(what: Call): Promise<string> {
    try {
      const { status, body, headers } = await call(this.stack.port, what);
      const isWorkloads = body === 'workload' && headers['content-type'] === 'text/plain';
      return status === 200 && !isWorkloads ? '200 with another page' : String(status);
    } catch {
      // What a client without an answer sees is a connection that ended.
      return 'reset';
    }
  }

  /** A form that goes to a worker, where this befalls it. */
  askFaulty(path: string, fault: string, bytes = 8_192): Promise<string> {
    return this.ask({ method: 'POST', path, headers: { ...FORM, 'x-fault': fault }, body: formOf(bytes) });
  }

  /** A form of so many bytes, to be sent by hand. */
  upload(path: string, length: number, headers: Readonly<Record<string, string>> = {}): Http1Sending {
    return sendHttp1(this.stack.port, { path, length, headers: { ...FORM, ...headers } });
  }

  /** What workload and event say of the request with this path, once the event of a later one is there. */
  async seen(client: string, path: string): Promise<Seen> {
    if (this.stack.sluice.child.signalCode === null) await this.#mark();
    return { client, workload: this.arrived(path), event: this.told(path) };
  }

  /** The same, of a request of which an event is due. */
  async seenAndTold(client: string, path: string): Promise<Seen> {
    await expect.poll(() => this.told(path), SOON).not.toBe('none');
    return this.seen(client, path);
  }

  arrived(path: string): string {
    const [arrival, ...others] = this.arrivalsOf(path);
    if (arrival === undefined) return 'nothing';
    if (others.length > 0) return 'it more than once';
    return arrival.complete ? 'all of it' : 'a part, and no end';
  }

  arrivalsOf(path: string): readonly StreamArrival[] {
    return this.stack.workload.arrivals.filter(({ url }) => url.split('?', 1)[0] === path);
  }

  told(path: string): string {
    const all = this.events(path).map(({ event, waf }) => {
      const what = event?.type?.includes('denied') === true ? 'denied' : 'allowed';
      const rules = waf?.rules.map(({ id }) => id).join() ?? '';
      const found = rules === '' ? event?.reason : `rule ${rules}`;
      return `${waf?.policy}, ${what}, ${waf?.cause ?? found}`;
    });
    return all.join(' and ') || 'none';
  }

  events(path: string): readonly TellingEvent[] {
    const all: readonly TellingEvent[] = this.stack.sluice.lines;
    return all.filter(({ url, waf }) => waf !== undefined && url?.path === path);
  }

  /** Sluice judges as it should: what a fault may not have changed. */
  async expectJudges(): Promise<void> {
    const [denied, all] = this.isBlock ? ['403', 'nothing'] : ['200', 'all of it'];
    const bodies: readonly [string, string][] = [
      ['200', formOf(8_192)],
      [denied, `${formOf(8_192)}&r=${ATTACK}`],
    ];
    for (const [expected, body] of bodies) {
      const path = this.path();
      expect(await this.ask({ method: 'POST', path, headers: FORM, body })).toBe(expected);
      expect(this.arrived(path)).toBe(expected === '200' ? 'all of it' : all);
    }
  }

  /** The value of a metric without labels, or the sum of those that have these. */
  async metric(name: string, labels = ''): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.#admin}/metrics`);
    const lines = (await response.text()).split('\n');
    const own = lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return own
      .filter((line) => line.includes(labels))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
  }

  async until(name: string, value: number, labels = ''): Promise<void> {
    await expect.poll(() => this.metric(name, labels), SOON).toBe(value);
  }

  /** Nothing of any exchange is held any more. */
  async expectAllFreed(): Promise<void> {
    await this.until('sluice_pool_exchanges', 0);
    await this.until('sluice_pool_kept_bytes', 0);
    await this.until('sluice_pool_slabs_in_use', 0);
    await this.until('sluice_pool_queue_length', 0);
    // Envoy's questions after health are calls too, and over at once.
    await this.until('sluice_calls_in_flight', 0);
  }

  accessLog(): string {
    return readFileSync(this.stack.accessLog, 'utf8');
  }

  stop(): Promise<void> {
    return this.stack.stop();
  }

  /** Events come in the order in which they were made. */
  async #mark(): Promise<void> {
    const path = this.path();
    await this.ask({ path: `${path}?q=${ATTACK}` });
    await expect.poll(() => this.events(path).length, SOON).toBe(1);
  }
}
