/**
 * Leader election by a Lease: of all controllers one writes.
 *
 *     follow ──Lease not renewed for its duration, by the own clock──▶ take it ──▶ lead ──renewal late, refused, or stop──▶ follow
 *
 * No clocks are compared: a contender waits from the moment at which it saw the Lease change, a leader counts from before it sent
 * the renewal. The Lease is replaced with the resourceVersion that was read, so of two who take it one is refused.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { type Api, type ApiAnswer, isSuccess, statusBody } from '../apply/api.ts';
import { ControllerError, reasonOf } from '../errors.ts';
import type { Log } from '../log.ts';
import {
  LEASE_JITTER,
  LEASE_MILLIS,
  LEASE_RELEASED_SECONDS,
  LEASE_RENEW_MILLIS_MAX,
  LEASE_RETRY_MILLIS,
} from './limits.ts';
import { type LeaseName, type LeaseRecord, leaseObject, leasePath, leasesPath, readLease } from './record.ts';
import { type Clock, Term } from './term.ts';

export interface ElectorOptions {
  readonly api: Api;
  readonly lease: LeaseName;
  readonly log: Log;
  /**
   * Called when leadership begins. Resolves when nothing of the term is on its way any more, at the latest soon after its
   * signal was aborted: before that the Lease is neither given back nor taken again.
   */
  readonly lead: (term: Term) => Promise<void>;
  /** Unique among all processes ever; default: the host's name and a random number. */
  readonly identity?: string;
  /** Whole seconds. */
  readonly durationMillis?: number;
  readonly renewMillisMax?: number;
  readonly retryMillis?: number;
}

interface Observed {
  readonly record: LeaseRecord;
  /** By the own clock, when this version was first seen. */
  readonly since: number;
}

interface Leading {
  readonly term: Term;
  /** Version of the Lease that this process has written or read last. */
  resourceVersion: string;
  readonly acquiredAt: Date;
  readonly done: Promise<void>;
}

/** CLOCK_MONOTONIC goes on while a process is stopped; not while a machine sleeps, during which it writes nothing either. */
const monotonic: Clock = () => performance.now();

/** Of a Lease that nobody has made. */
const NEVER: LeaseRecord = { resourceVersion: '', holder: '', durationMillis: 0, transitions: 0 };

export class Elector {
  readonly identity: string;
  readonly #options: Required<Omit<ElectorOptions, 'identity'>>;
  #observed: Observed | null = null;
  #leading: Leading | null = null;
  #loop: Promise<void> | null = null;
  #troubled = false;
  readonly #stop = new AbortController();

  constructor(options: ElectorOptions) {
    this.identity = options.identity ?? `${hostname()}_${randomUUID()}`;
    this.#options = {
      durationMillis: LEASE_MILLIS,
      renewMillisMax: LEASE_RENEW_MILLIS_MAX,
      retryMillis: LEASE_RETRY_MILLIS,
      ...options,
    };
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  get leading(): boolean {
    return (this.#leading?.term.remainingMillis() ?? 0) > 0;
  }

  /** Who leads, as far as this process has seen; `''` where nobody does. */
  get leader(): string {
    return this.leading ? this.identity : (this.#observed?.record.holder ?? '');
  }

  /** Ends the term, waits until nothing of it is on its way, and gives the Lease back so that another need not wait. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#leading?.term.end('it is being stopped');
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { retryMillis } = this.#options;
    while (!this.#stop.signal.aborted) {
      await this.#look();
      if (this.#leading?.term.remainingMillis() === 0) await this.#leave(this.#leading);
      await this.#pause(retryMillis * (1 + LEASE_JITTER * Math.random()));
    }
    if (this.#leading !== null) await this.#leave(this.#leading);
  }

  /** What goes wrong is told when it begins and when it is over. */
  async #look(): Promise<void> {
    const { log, lease } = this.#options;
    try {
      await (this.#leading === null ? this.#follow() : this.#renew(this.#leading));
      if (this.#troubled) log.info({ lease: lease.name }, 'leader election: the Lease can be used again');
      this.#troubled = false;
    } catch (error) {
      if (!this.#troubled)
        log.warn({ error: reasonOf(error), lease: lease.name }, 'leader election: the Lease cannot be used');
      this.#troubled = true;
    }
  }

  /** Shorter where the term or the process ends. */
  async #pause(millis: number): Promise<void> {
    const term = this.#leading?.term;
    const shorter = Math.min(millis, term?.remainingMillis() ?? millis);
    const signals = [this.#stop.signal, ...(term === undefined ? [] : [term.signal])];
    await new Promise<void>((resolve) => {
      const signal = AbortSignal.any(signals);
      if (signal.aborted) resolve();
      const timer = setTimeout(resolve, shorter);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** A look at the Lease, and taking it where it is free. */
  async #follow(): Promise<void> {
    const { lease, durationMillis } = this.#options;
    const answer = await this.#send('GET', leasePath(lease), undefined, durationMillis);
    const there = answer.status !== 404;
    // One that was deleted may still be believed in by its holder.
    const record = there
      ? readLease(accepted(answer))
      : { ...(this.#observed?.record ?? NEVER), resourceVersion: '' };
    const now = monotonic();
    if (this.#observed?.record.resourceVersion !== record.resourceVersion)
      this.#observed = { record, since: now };
    // This process leads no more, and has nothing under way.
    const own = record.holder === this.identity;
    const free = record.holder === '' || own || now - this.#observed.since > record.durationMillis;
    if (free) await this.#take(record);
  }

  /** @param former without a resourceVersion where the Lease is to be made */
  async #take(former: LeaseRecord): Promise<void> {
    const sentAt = monotonic();
    const now = new Date();
    const epoch = former.transitions + 1;
    const { durationMillis, renewMillisMax, lease, lead, log } = this.#options;
    const content = {
      holder: this.identity,
      durationSeconds: durationMillis / 1_000,
      transitions: epoch,
      ...{ acquiredAt: now, renewedAt: now },
    };
    const object = leaseObject(lease, content, former.resourceVersion);
    const answer = await (former.resourceVersion === ''
      ? this.#send('POST', leasesPath(lease), object, renewMillisMax)
      : this.#send('PUT', leasePath(lease), object, renewMillisMax));
    // Another was faster.
    if (answer.status === 409) return;
    const { resourceVersion } = readLease(accepted(answer));
    const term = new Term(epoch, sentAt + renewMillisMax, monotonic);
    if (term.remainingMillis() === 0) return;
    log.info({ lease: lease.name, identity: this.identity, epoch }, 'leader election: leading');
    const done = lead(term).then(
      () => term.end('it gave up'),
      (error: unknown) => {
        log.error({ error: reasonOf(error) }, 'leader election: the leader failed');
        term.end('it failed');
      },
    );
    this.#leading = { term, resourceVersion, acquiredAt: now, done };
  }

  async #renew(leading: Leading): Promise<void> {
    const { term } = leading;
    const sentAt = monotonic();
    const { durationMillis, renewMillisMax, retryMillis, lease } = this.#options;
    const content = {
      holder: this.identity,
      durationSeconds: durationMillis / 1_000,
      transitions: term.epoch,
      acquiredAt: leading.acquiredAt,
      renewedAt: new Date(),
    };
    // One that hangs must leave time for another.
    const timeout = Math.min(term.remainingMillis(), Math.max(retryMillis, renewMillisMax / 3));
    if (timeout === 0) return;
    const object = leaseObject(lease, content, leading.resourceVersion);
    const answer = await this.#send('PUT', leasePath(lease), object, timeout);
    if (answer.status === 404) return term.end('the Lease was deleted');
    if (answer.status === 409) return this.#reconsider(leading);
    leading.resourceVersion = readLease(accepted(answer)).resourceVersion;
    term.extend(sentAt + renewMillisMax);
  }

  /** A renewal was refused: the Lease is another's, or a renewal before it was done whose answer was lost. */
  async #reconsider(leading: Leading): Promise<void> {
    const { lease, retryMillis } = this.#options;
    const record = readLease(accepted(await this.#send('GET', leasePath(lease), undefined, retryMillis)));
    if (record.holder !== this.identity || record.transitions !== leading.term.epoch) {
      this.#observed = { record, since: monotonic() };
      return leading.term.end(`the Lease is held by ${record.holder || 'nobody'}`);
    }
    leading.resourceVersion = record.resourceVersion;
    return this.#renew(leading);
  }

  async #leave(leading: Leading): Promise<void> {
    const { log, lease } = this.#options;
    leading.term.end('it is over');
    log.info({ lease: lease.name, reason: String(leading.term.signal.reason) }, 'leader election: following');
    await leading.done;
    this.#leading = null;
    if (this.#stop.signal.aborted) await this.#release(leading);
  }

  /** Refused where another has the Lease already. */
  async #release({ resourceVersion, term, acquiredAt }: Leading): Promise<void> {
    const { lease, log, retryMillis } = this.#options;
    const content = {
      holder: '',
      durationSeconds: LEASE_RELEASED_SECONDS,
      transitions: term.epoch,
      acquiredAt,
      renewedAt: new Date(),
    };
    try {
      await this.#send('PUT', leasePath(lease), leaseObject(lease, content, resourceVersion), retryMillis);
    } catch (error) {
      log.warn({ error: reasonOf(error) }, 'leader election: the Lease could not be given back');
    }
  }

  #send(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body: unknown,
    timeoutMillis: number,
  ): Promise<ApiAnswer> {
    return this.#options.api.send({ method, path, body, timeoutMillis });
  }
}

/** @throws ControllerError KUBERNETES_REFUSED */
function accepted(answer: ApiAnswer): unknown {
  if (isSuccess(answer)) return answer.body;
  const reason = statusBody(answer).message ?? `status ${answer.status}`;
  throw new ControllerError('KUBERNETES_REFUSED', { what: 'the Lease', status: answer.status, reason });
}
