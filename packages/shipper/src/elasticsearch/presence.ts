/**
 * Which records are stored already, asked before they are sent again.
 *
 * `create` refuses an id that is there, but only in the stream's newest backing index: a record that was stored before a
 * rollover, and whose answer was lost, would be stored twice. So before a second attempt:
 *
 * 1. no request whose answer was lost may still be at work, for what it stores later nobody can see now. Each bulk request
 *    has an id (X-Opaque-Id) that the server keeps with its tasks. Requests of a process before this one are known by what
 *    their ids begin with.
 * 2. the stream is refreshed, so that a search sees what they stored.
 * 3. the records' ids are searched for in all backing indices; those that are there are not sent.
 */
import type { Client } from '@elastic/elasticsearch';
import { type Clock, SYSTEM_CLOCK } from '../clock.ts';
import { ShipperError } from '../errors.ts';
import { FENCE_BLIND_MILLIS, FENCE_MILLIS_MAX, FENCE_POLL_MILLIS, PRESENCE_IDS_MAX } from '../limits.ts';
import type { PipelineLog } from '../pipeline/pipeline.ts';
import { failureOf, fieldOf, statusOf } from './client.ts';

export interface PresenceOptions {
  readonly client: Client;
  /** The sink's name. */
  readonly name: string;
  readonly streams: readonly string[];
  /** What ids of requests of this shipper begin with, also after it was started anew. */
  readonly identity: string;
  readonly log: PipelineLog;
  readonly clock?: Clock;
}

export class Presence {
  readonly #options: PresenceOptions;
  readonly #clock: Clock;
  /** Told apart from what a process before this one has sent. */
  readonly #life: string;
  /** Requests whose answers were not seen. */
  readonly #lost = new Set<string>();
  /** Whether requests of a process before this one are known to have ended. */
  #formerEnded = false;
  #fencing: Promise<void> = Promise.resolve();
  #requests = 0;
  #blindTold = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#life = `${options.identity}/${this.#clock.now().toString(36)}-${process.pid}/`;
  }

  /** An id for a bulk request. */
  nextRequest(): string {
    this.#requests += 1;
    return `${this.#life}${this.#requests}`;
  }

  /** The answer to a request was not seen: it may have stored what it held, or may do so still. */
  lose(request: string): void {
    this.#lost.add(request);
  }

  /**
   * Of the ids, those that the stream has.
   * @throws ShipperError SINK_AWAY, SINK_REFUSED
   */
  async ask(ids: ReadonlyMap<string, readonly string[]>, signal: AbortSignal): Promise<ReadonlySet<string>> {
    const fenced = this.#fencing.then(() => this.#fence(signal));
    // Whoever waits behind it looks for itself; whoever asked for it sees its error.
    this.#fencing = fenced.catch(() => undefined);
    await fenced;
    const present = new Set<string>();
    for (const [stream, all] of ids) {
      for (let at = 0; at < all.length; at += PRESENCE_IDS_MAX) {
        await this.#search(stream, all.slice(at, at + PRESENCE_IDS_MAX), present, signal);
      }
    }
    return present;
  }

  async #fence(signal: AbortSignal): Promise<void> {
    if (this.#lost.size === 0 && this.#formerEnded) return;
    const lost = new Set(this.#lost);
    const until = this.#clock.now() + FENCE_MILLIS_MAX;
    while (await this.#isAtWork(lost, signal)) {
      if (signal.aborted || this.#clock.now() >= until) {
        const reason = 'requests whose answers were lost are still at work';
        throw new ShipperError('SINK_AWAY', { sink: this.#options.name, reason });
      }
      await this.#clock.sleep(FENCE_POLL_MILLIS, signal);
    }
    const path = `/${this.#options.streams.map(encodeURIComponent).join(',')}/_refresh`;
    await this.#request(
      'POST',
      path,
      { ignore_unavailable: true, allow_no_indices: true },
      undefined,
      signal,
    );
    for (const request of lost) this.#lost.delete(request);
    this.#formerEnded = true;
  }

  async #isAtWork(lost: ReadonlySet<string>, signal: AbortSignal): Promise<boolean> {
    const { identity } = this.#options;
    const query = { actions: 'indices:data/write/bulk*', group_by: 'none' };
    let answer: unknown;
    try {
      answer = await this.#request('GET', '/_tasks', query, undefined, signal);
    } catch (error) {
      if (!(error instanceof ShipperError) || error.code !== 'SINK_REFUSED') throw error;
      await this.#waitBlindly(error, signal);
      return false;
    }
    if (isFilled(fieldOf(answer, 'node_failures')) || isFilled(fieldOf(answer, 'task_failures'))) return true;
    const tasks = fieldOf(answer, 'tasks');
    for (const task of Array.isArray(tasks) ? tasks : []) {
      const request = fieldOf(fieldOf(task, 'headers'), 'X-Opaque-Id');
      if (typeof request !== 'string' || !request.startsWith(`${identity}/`)) continue;
      if (lost.has(request) || !request.startsWith(this.#life)) return true;
    }
    return false;
  }

  /** Without the privilege to see tasks (`monitor`) all that is left is time. */
  async #waitBlindly(error: ShipperError, signal: AbortSignal): Promise<void> {
    if (!this.#blindTold) {
      const fields = { sink: this.#options.name, reason: error.message, millis: FENCE_BLIND_MILLIS };
      this.#options.log.warn(fields, 'tasks cannot be seen; lost requests are given time instead');
      this.#blindTold = true;
    }
    await this.#clock.sleep(FENCE_BLIND_MILLIS, signal);
  }

  async #search(
    stream: string,
    ids: readonly string[],
    present: Set<string>,
    signal: AbortSignal,
  ): Promise<void> {
    const body = {
      query: { ids: { values: ids } },
      size: 2 * PRESENCE_IDS_MAX,
      _source: false,
      sort: ['_doc'],
      track_total_hits: false,
    };
    const query = {
      // A part of the answer would say of what it does not hold that it is not stored.
      allow_partial_search_results: false,
      ignore_unavailable: true,
      allow_no_indices: true,
      filter_path: 'hits.hits._id,timed_out',
    };
    const answer = await this.#request('POST', `/${encodeURIComponent(stream)}/_search`, query, body, signal);
    if (fieldOf(answer, 'timed_out') !== false) {
      throw new ShipperError('SINK_AWAY', { sink: this.#options.name, reason: 'a search was not finished' });
    }
    const hits = fieldOf(fieldOf(answer, 'hits'), 'hits');
    for (const hit of Array.isArray(hits) ? hits : []) {
      const id = fieldOf(hit, '_id');
      if (typeof id === 'string') present.add(id);
    }
  }

  async #request(
    method: 'GET' | 'POST',
    path: string,
    querystring: Readonly<Record<string, string | boolean>>,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { client, name } = this.#options;
    try {
      const params = {
        method,
        path,
        querystring: { ...querystring },
        ...(body === undefined ? {} : { body }),
      };
      return await client.transport.request(params, { signal });
    } catch (error) {
      const status = statusOf(error);
      const refused = status === 400 || status === 401 || status === 403 || status === 405;
      const reason = `${method} ${path}: ${failureOf(error)}`;
      throw new ShipperError(refused ? 'SINK_REFUSED' : 'SINK_AWAY', { sink: name, reason }, error);
    }
  }
}

const isFilled = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
