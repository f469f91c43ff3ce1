/**
 * A candidate beside the rules in force: a thread judges copies of live requests by newer rules and counts what differs. No answer
 * waits for it, and none depends on it.
 */
import { Worker } from 'node:worker_threads';
import { reasonOf } from '../errors.ts';
import type { EventSink, Inspection, InspectionRequest } from '../inspector.ts';
import { describeFault, type Log } from '../log.ts';
import { compile } from '../reload/build.ts';
import { REHEARSAL_LIMITS } from './limits.ts';
import type { RehearsalAnswer, RehearsalCopy, RehearsalRequest } from './messages.ts';
import { RequestCopy } from './request-copy.ts';
import { Tally, type TallyReport } from './tally.ts';

const WORKER = new URL('./worker.ts', import.meta.url);

export interface RehearsalOptions {
  readonly request: RehearsalRequest;
  /** Where the candidate's rules lie, as sluice.yaml says. */
  readonly directory: string;
  readonly log: Log;
  /** Gets the candidate's events of requests whose verdict changed; null keeps none. */
  readonly events: EventSink | null;
}

/** Why requests were not rehearsed. */
export interface Skipped {
  /** The candidate had not judged those before. */
  busy: number;
  /** Their body is longer than is copied. */
  body: number;
  /** They were decided before they were there whole. */
  cut: number;
  /** The candidate could not judge them. */
  failed: number;
}

export interface RehearsalReport extends TallyReport {
  readonly directory: string;
  /** `refused`: the candidate's rules have a mistake, or fail their self-test. */
  readonly state: 'building' | 'running' | 'refused' | 'ended';
  /** Why it is refused or ended. */
  readonly reason: string;
  readonly version: string;
  readonly sinceMillis: number;
  readonly skipped: Readonly<Skipped>;
  /** Ids of rules that the candidate has and the rules in force have not. */
  readonly addedRules: readonly number[];
  readonly removedRules: readonly number[];
}

export class Rehearsal {
  readonly #options: RehearsalOptions;
  readonly #stop = new AbortController();
  readonly #skipped: Skipped = { busy: 0, body: 0, cut: 0, failed: 0 };
  #worker: Worker | null = null;
  /** Being made, or not judged yet. */
  #copies = 0;
  #report: Omit<RehearsalReport, 'skipped'>;

  constructor(options: RehearsalOptions) {
    this.#options = options;
    this.#report = {
      ...new Tally().report,
      directory: options.directory,
      state: 'building',
      reason: '',
      version: '',
      sinceMillis: Date.now(),
      addedRules: [],
      removedRules: [],
    };
  }

  get report(): RehearsalReport {
    return { ...this.#report, skipped: { ...this.#skipped } };
  }

  /** The candidate cannot be tried. */
  refuse(error: unknown): void {
    this.#end('refused', reasonOf(error));
  }

  /** Compiles beside the server, and begins. Resolves when it runs or is refused; never rejects. */
  async start(): Promise<void> {
    const { request, log, directory } = this.#options;
    if (this.#report.state !== 'building') return;
    try {
      await compile(request, this.#stop.signal);
      if (!this.#stop.signal.aborted) await this.#run();
    } catch (error) {
      this.#end('refused', reasonOf(error));
    }
    const { state, version, reason } = this.#report;
    log.info({ directory, state, version, reason }, 'rehearsal of a candidate');
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#end('ended', 'it was stopped');
    await this.#worker?.terminate();
  }

  /**
   * Begins to copy a request, or null where it cannot be rehearsed now, which is counted.
   *
   * @param bodyBytes as far as they are known
   */
  copyOf(bodyBytes: number): RequestCopy | null {
    if (this.#report.state !== 'running') return null;
    const { copiesMax, bodyBytesMax } = REHEARSAL_LIMITS;
    if (this.#copies >= copiesMax) {
      this.#skipped.busy++;
      return null;
    }
    if (bodyBytes > bodyBytesMax) {
      this.#skipped.body++;
      return null;
    }
    this.#copies++;
    return new RequestCopy({
      give: (request, found) => this.#give(request, found),
      drop: (why) => {
        this.#copies--;
        this.#skipped[why]++;
      },
    });
  }

  #give(request: InspectionRequest, { verdict, rules }: Inspection): void {
    if (this.#worker === null || this.#report.state !== 'running') return;
    const copy: RehearsalCopy = { request, inForce: { verdict: verdict.kind, rules } };
    try {
      this.#worker.postMessage(copy);
    } catch (error) {
      // The answer to the request does not depend on it.
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#copies--;
    this.#skipped.failed++;
    this.#options.log.debug(describeFault(error), 'a request was not rehearsed');
  }

  #run(): Promise<void> {
    const begun = Promise.withResolvers<void>();
    const worker = new Worker(WORKER, {
      workerData: this.#options.request,
      resourceLimits: { maxOldGenerationSizeMb: REHEARSAL_LIMITS.heapMegabytesMax },
    });
    this.#worker = worker;
    worker.on('message', (answer: RehearsalAnswer) => {
      this.#take(answer);
      begun.resolve();
    });
    worker.on('error', (error) => this.#end('ended', reasonOf(error)));
    worker.on('exit', () => {
      this.#end('ended', 'its thread is gone');
      begun.resolve();
    });
    worker.unref();
    return begun.promise;
  }

  #take(answer: RehearsalAnswer): void {
    switch (answer.kind) {
      case 'refused':
        this.#end('refused', answer.message);
        void this.#worker?.terminate();
        return;
      case 'ready': {
        const { version, addedRules, removedRules } = answer;
        this.#report = { ...this.#report, state: 'running', version, addedRules, removedRules };
        return;
      }
      case 'judged':
        this.#copies--;
        this.#report = { ...this.#report, ...answer.report };
        this.#keep(answer.event);
        return;
      case 'failed':
        this.#copies--;
        this.#skipped.failed++;
    }
  }

  #keep(event: unknown): void {
    if (event === null) return;
    try {
      this.#options.events?.accept(event);
    } catch (error) {
      this.#options.log.error(describeFault(error), 'an event of a candidate was not kept');
    }
  }

  #end(state: 'refused' | 'ended', reason: string): void {
    const { state: before } = this.#report;
    if (before === 'refused' || before === 'ended') return;
    this.#report = { ...this.#report, state, reason };
  }
}
