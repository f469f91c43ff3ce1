/**
 * Who stands behind an address, by a file that somebody else keeps up to date. A new file is taken over whole, in one turn of the
 * event loop; one that is wrong leaves the former in force. No request waits for it, and none depends on it.
 */
import type { EventEnds, EventWorkload } from '@sluice/engine';
import { reasonOf } from '../errors.ts';
import type { L7Workload } from '../l7/document.ts';
import { describeFault, type Log } from '../log.ts';
import { FileWatch } from '../reload/watch.ts';
import { WORKLOADS_LIMITS } from './limits.ts';
import { readWorkloads, type Standing, type WorkloadTable } from './read-workloads.ts';
import { plainAddress, type WorkloadLine } from './workload-file.ts';

export interface WorkloadsOptions {
  readonly path: string;
  readonly log: Log;
  readonly pollMillis?: number;
}

export interface WorkloadsStatus {
  readonly path: string;
  readonly workloads: number;
  /** Addresses that several workloads claim, of which no event names one. */
  readonly disputed: number;
  /** Of the file in force, in milliseconds since 1970; null where none was ever good. */
  readonly sinceMillis: number | null;
  /** Why the newest file is not in force; empty where it is. */
  readonly problem: string;
  readonly taken: number;
  readonly refused: number;
}

const NOBODY: WorkloadTable = { byAddress: new Map(), workloads: 0, disputed: 0 };

export class Workloads {
  readonly #options: WorkloadsOptions;
  readonly #watch: FileWatch;
  /** What events say of a workload is made when one is first told of, and once. */
  readonly #sources = new WeakMap<WorkloadLine, EventWorkload>();
  readonly #destinations = new WeakMap<WorkloadLine, EventWorkload>();
  #table = NOBODY;
  #status: WorkloadsStatus;

  constructor(options: WorkloadsOptions) {
    this.#options = options;
    const { path, log, pollMillis = WORKLOADS_LIMITS.pollMillis } = options;
    this.#status = { path, ...countsOf(NOBODY), sinceMillis: null, problem: '', taken: 0, refused: 0 };
    this.#watch = new FileWatch({
      paths: () => [path],
      onChange: () => this.#take(),
      log,
      pollMillis,
      quietMillis: WORKLOADS_LIMITS.quietMillis,
    });
  }

  get status(): WorkloadsStatus {
    return this.#status;
  }

  /** Resolves when the file as it is now was read, or refused. Never rejects for what is wrong with it. */
  async start(): Promise<void> {
    // What changes while it is read is seen: the watch knows the file of before.
    await this.#watch.start();
    await this.#take();
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  /**
   * At this moment. Null where it is known of neither.
   *
   * @param peer who is connected with Envoy, never what a header says; empty where it is not known
   * @param destination as Envoy has it
   */
  endsOf(peer: string, destination: string): EventEnds | null {
    const source = this.#standing(peer);
    const workload = this.#standing(destination);
    if (source === null && workload === null) return null;
    return {
      ...(source === null ? {} : { source: told(source, this.#sources, sourceOf) }),
      ...(workload === null ? {} : { destination: told(workload, this.#destinations, destinationOf) }),
    };
  }

  /** At this moment. */
  workloadOf(address: string): L7Workload | null {
    const standing = this.#standing(address);
    if (standing === null) return null;
    const { namespace, pod, owner } = standing;
    return { namespace, pod, owner };
  }

  /** A line for /readyz. */
  line(): string {
    const { path, workloads, sinceMillis, problem } = this.#status;
    const inForce =
      sinceMillis === null ? 'none known' : `${workloads} since ${new Date(sinceMillis).toISOString()}`;
    return problem === ''
      ? `workloads ${path}: ${inForce}`
      : `workloads: ${inForce}; not taken over: ${problem}`;
  }

  #standing(address: string): Standing {
    return this.#table.byAddress.get(plainAddress(address)) ?? null;
  }

  async #take(): Promise<void> {
    const { path, log } = this.#options;
    try {
      const table = await readWorkloads(path);
      this.#table = table;
      const taken = this.#status.taken + 1;
      this.#status = { ...this.#status, ...countsOf(table), sinceMillis: Date.now(), problem: '', taken };
      log.debug({ path, ...countsOf(table) }, 'workloads taken over');
    } catch (error) {
      const problem = reasonOf(error);
      this.#status = { ...this.#status, problem, refused: this.#status.refused + 1 };
      log.error({ path, error: problem, ...describeFault(error) }, 'workloads not taken over');
    }
  }
}

const countsOf = ({ workloads, disputed }: WorkloadTable) => ({ workloads, disputed });

function told(
  workload: WorkloadLine,
  known: WeakMap<WorkloadLine, EventWorkload>,
  make: (workload: WorkloadLine) => EventWorkload,
): EventWorkload {
  let value = known.get(workload);
  if (value === undefined) {
    value = make(workload);
    known.set(workload, value);
  }
  return value;
}

/** What is not known is absent. */
const sourceOf = ({ namespace, pod, uid, owner, labels }: WorkloadLine): EventWorkload => ({
  namespace,
  pod,
  uid,
  ...(owner === '' ? {} : { owner }),
  ...(labels.length === 0 ? {} : { labels }),
});

/** Which of several Services was asked, an address does not say. */
function destinationOf(workload: WorkloadLine): EventWorkload {
  const { services } = workload;
  const [service] = services;
  return {
    ...sourceOf(workload),
    ...(service === undefined || services.length > 1 ? {} : { service }),
    ...(services.length === 0 ? {} : { services }),
  };
}
