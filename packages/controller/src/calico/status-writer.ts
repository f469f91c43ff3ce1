/** Writes the statuses of Calico's objects: only what has changed, one after the other, for there are few. One writer a term. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, isObject, isSuccess, statusBody } from '../apply/api.ts';
import type { Condition } from '../conditions.ts';
import { reasonOf } from '../errors.ts';
import { FIELD_MANAGER } from '../kinds/names.ts';
import { conditionsIn } from '../kinds/schema/status.ts';
import type { Log } from '../log.ts';
import { STATUS_MILLIS_MAX, STATUS_RETRY_MILLIS } from './limits.ts';
import type { ObjectStatus } from './statuses.ts';

export interface CalicoStatusWriterOptions {
  readonly api: Api;
  readonly log: Log;
  /** Of the term: nothing is written behind its end. */
  readonly signal: AbortSignal;
  readonly now?: () => Date;
  /** Until what failed is tried again. Default: STATUS_RETRY_MILLIS. */
  readonly retryMillis?: number;
}

const NOT_FOUND = 404;
/** A conflict, and too many requests: what is refused now may be taken later. */
const PASSING: readonly number[] = [409, 429];

const pathOf = ({ apiVersion, plural, namespace, name }: ObjectStatus): string =>
  `/apis/${apiVersion}/${namespace === '' ? '' : `namespaces/${namespace}/`}${plural}/${name}`;

interface Known {
  readonly type: string;
  readonly status: string;
  readonly lastTransitionTime: string;
}

/** With the time at which each last changed. */
function withTimes(
  { conditions, generation }: ObjectStatus,
  known: readonly Known[],
  now: string,
): readonly Condition[] {
  return conditions.map((fact) => {
    const before = known.find(({ type }) => type === fact.type);
    const lastTransitionTime = before?.status === fact.status ? before.lastTransitionTime : now;
    return { ...fact, observedGeneration: generation, lastTransitionTime };
  });
}

/** What stands, where the hub has evaluated it: then it is the hub's to say. */
const kept = (
  first: Readonly<Record<string, unknown>>,
  known: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> =>
  known.lastExecuted === undefined
    ? first
    : Object.fromEntries(Object.entries(first).map(([name, value]) => [name, known[name] ?? value]));

export class CalicoStatusWriter {
  readonly #options: Required<CalicoStatusWriterOptions>;
  /** By path: what was written, as JSON. */
  #written = new Map<string, string>();
  #newest: readonly ObjectStatus[] = [];
  #running: Promise<void> | null = null;

  constructor(options: CalicoStatusWriterOptions) {
    this.#options = { now: () => new Date(), retryMillis: STATUS_RETRY_MILLIS, ...options };
  }

  /** Takes the newest; what differs from what was written is on its way when this returns. */
  update(statuses: readonly ObjectStatus[]): void {
    this.#newest = statuses;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when the newest is written, or the term is over. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    const { signal, retryMillis } = this.#options;
    while (!signal.aborted) {
      const paths = new Set(this.#newest.map(pathOf));
      this.#written = new Map([...this.#written].filter(([path]) => paths.has(path)));
      const waiting = this.#newest.filter(
        (status) => this.#written.get(pathOf(status)) !== JSON.stringify(status),
      );
      if (waiting.length === 0) return;
      let failed = false;
      for (const status of waiting) failed = !(await this.#write(status)) || failed;
      // It rejects where the term is over, which the loop sees.
      if (failed) await sleep(retryMillis, undefined, { signal }).catch(() => undefined);
    }
  }

  /** @returns whether it needs no other attempt */
  async #write(status: ObjectStatus): Promise<boolean> {
    const { api, signal, now } = this.#options;
    const path = pathOf(status);
    const { kind, apiVersion, namespace, name, extra, first } = status;
    try {
      if (signal.aborted) return true;
      const known = await this.#read(path);
      if (known === null) return this.#done(status);
      const answer = await api.send({
        method: 'PATCH',
        path: `${path}/status?fieldManager=${FIELD_MANAGER}&force=true`,
        contentType: 'application/apply-patch+yaml',
        body: {
          ...{ apiVersion, kind, metadata: { name, ...(namespace !== '' && { namespace }) } },
          status: {
            ...kept(first, known),
            ...extra,
            conditions: withTimes(status, conditionsIn(known), now().toISOString()),
          },
        },
        timeoutMillis: STATUS_MILLIS_MAX,
        signal,
      });
      if (isSuccess(answer) || answer.status === NOT_FOUND) return this.#done(status);
      this.#failed(path, `${answer.status} ${statusBody(answer).message ?? ''}`);
      return !(PASSING.includes(answer.status) || answer.status >= 500) && this.#done(status);
    } catch (error) {
      if (!signal.aborted) this.#failed(path, reasonOf(error));
      return signal.aborted;
    }
  }

  /** The status as it stands; null where the object is gone. */
  async #read(path: string): Promise<Readonly<Record<string, unknown>> | null> {
    const { api, signal } = this.#options;
    const answer = await api.send({ method: 'GET', path, timeoutMillis: STATUS_MILLIS_MAX, signal });
    if (answer.status === NOT_FOUND) return null;
    const status = isObject(answer.body) ? answer.body.status : undefined;
    return isObject(status) ? status : {};
  }

  #done(status: ObjectStatus): true {
    this.#written.set(pathOf(status), JSON.stringify(status));
    return true;
  }

  #failed(path: string, reason: string): void {
    this.#options.log.warn({ path, reason }, "a status of Calico's kinds could not be written");
  }
}
