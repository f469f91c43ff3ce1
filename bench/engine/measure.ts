/** Measures contenders on a case: the same fresh requests for all, in rounds, one after the other. */
import type { BenchCase } from './cases/case.ts';
import type { Batch, BenchVerdict, Contender, ContenderName } from './contender.ts';
import type { Corpus } from './corpus.ts';
import { type BenchRequest, bytesOf } from './request.ts';

export interface MeasureOptions {
  /** Seconds for each contender and case, without warming up. */
  readonly seconds: number;
  /** So many requests instead, whatever time they take. */
  readonly requests: number | null;
}

export interface Figures {
  readonly p50Us: number;
  readonly p99Us: number;
  readonly meanUs: number;
  /** Processor time a request, of all threads. */
  readonly cpuUs: number;
  /** The first request of the case, in a process that has seen none of its kind. */
  readonly coldUs: number;
}

/** A request about which an engine thinks otherwise than the first one, or all otherwise than the case expects. */
export interface Dissent {
  readonly case: string;
  readonly contender: ContenderName;
  readonly verdict: BenchVerdict;
  readonly expected: BenchVerdict;
  /** The request line. */
  readonly request: string;
}

export interface CaseResult {
  readonly name: string;
  readonly about: string;
  readonly requests: number;
  /** Mean size of a request with its head. */
  readonly bytes: number;
  /** Of the requests that were measured. */
  readonly denied: number;
  readonly figures: ReadonlyMap<ContenderName, Figures>;
  /** The first few. */
  readonly dissent: readonly Dissent[];
  /** Engines that are known to read such requests otherwise, and so do other work. */
  readonly incomparable: { readonly contenders: readonly ContenderName[]; readonly reason: string } | null;
}

/** A batch takes about so long, so that machines' moods are shared by all. */
const BATCH_MICROS = 40_000;
const BATCH_BYTES_MAX = 4_000_000;
const ROUNDS_MIN = 3;
const DISSENT_SHOWN_MAX = 5;
/** Texts of chance hold a word now and then that looks like an attack to all. */
const SURPRISING_MAX = 0.02;
/** A case that costs some engine more than its time many times over ends with fewer rounds. */
const PATIENCE = 5;

const sumOf = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0);

class Tally {
  readonly wall: number[] = [];
  cpuMicros = 0;
  coldUs = 0;

  add({ wallMicros, cpuMicros }: Batch): void {
    this.wall.push(...wallMicros);
    this.cpuMicros += cpuMicros;
  }

  get spentMicros(): number {
    return sumOf(this.wall);
  }

  figures(): Figures {
    const sorted = this.wall.toSorted((a, b) => a - b);
    return {
      p50Us: percentile(sorted, 0.5),
      p99Us: percentile(sorted, 0.99),
      meanUs: this.spentMicros / sorted.length,
      cpuUs: this.cpuMicros / sorted.length,
      coldUs: this.coldUs,
    };
  }
}

/** The nearest rank. */
export const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;

export class Measurement {
  readonly #case: BenchCase;
  readonly #corpus: Corpus;
  readonly #contenders: readonly Contender[];
  readonly #tallies = new Map<ContenderName, Tally>();
  readonly #dissent: Dissent[] = [];
  #requests = 0;
  #bytes = 0;
  #denied = 0;

  constructor(benchCase: BenchCase, corpus: Corpus, contenders: readonly Contender[]) {
    this.#case = benchCase;
    this.#corpus = corpus;
    this.#contenders = contenders;
    for (const { name } of contenders) this.#tallies.set(name, new Tally());
  }

  /** Asks each contender about the first request of the case. */
  async cold(): Promise<void> {
    const first = this.#corpus.take(1);
    for (const contender of this.#contenders) {
      const { wallMicros } = await contender.inspect(first);
      const tally = this.#tallies.get(contender.name);
      if (tally !== undefined) tally.coldUs = wallMicros[0] ?? Number.NaN;
    }
  }

  async run({ seconds, requests }: MeasureOptions): Promise<CaseResult> {
    const size = await this.#warm(requests === null ? seconds / 4 : 0);
    const budget = seconds * 1e6 * this.#contenders.length;
    for (let round = 0; ; round++) {
      const left = requests === null ? size : Math.min(size, requests - this.#requests);
      if (left <= 0) break;
      await this.#round(left, round);
      if (requests === null && this.#spent() >= budget * (round + 1 >= ROUNDS_MIN ? 1 : PATIENCE)) break;
    }
    this.#noteSurprises();
    return {
      name: this.#case.name,
      about: this.#case.about,
      requests: this.#requests,
      bytes: this.#bytes / this.#requests,
      denied: this.#denied,
      figures: new Map([...this.#tallies].map(([name, tally]) => [name, tally.figures()])),
      dissent: this.#dissent,
      incomparable: this.#case.differs ?? null,
    };
  }

  #spent(): number {
    return [...this.#tallies.values()].reduce((sum, tally) => sum + tally.spentMicros, 0);
  }

  /** All contenders until the slowest has worked so long. Returns the requests of a batch. */
  async #warm(seconds: number): Promise<number> {
    let size = 1;
    for (let spent = 0, turn = 0; turn === 0 || spent < seconds * 1e6; turn++) {
      const batch = this.#corpus.take(size);
      const bytes = batch.reduce((sum, request) => sum + bytesOf(request), 0);
      let longest = 0;
      for (const contender of this.#contenders) {
        const { wallMicros } = await contender.inspect(batch);
        longest = Math.max(longest, sumOf(wallMicros));
      }
      spent += longest;
      const room = Math.min(4, BATCH_MICROS / longest, BATCH_BYTES_MAX / bytes);
      size = Math.max(1, Math.floor(size * room));
    }
    return size;
  }

  async #round(size: number, round: number): Promise<void> {
    const requests = this.#corpus.take(size);
    const answers = new Map<ContenderName, Batch>();
    const { length } = this.#contenders;
    for (let step = 0; step < length; step++) {
      // Nobody is always the one after the slowest.
      const contender = this.#contenders[(step + round) % length];
      if (contender === undefined) continue;
      const batch = await contender.inspect(requests);
      this.#tallies.get(contender.name)?.add(batch);
      answers.set(contender.name, batch);
    }
    this.#requests += size;
    this.#compare(requests, answers);
  }

  #compare(requests: readonly BenchRequest[], answers: ReadonlyMap<ContenderName, Batch>): void {
    const first = this.#contenders[0];
    const expected = first === undefined ? undefined : answers.get(first.name);
    const silent = this.#case.differs?.contenders ?? [];
    for (const [index, request] of requests.entries()) {
      this.#bytes += bytesOf(request);
      const verdict = expected?.verdicts[index] ?? 'allow';
      if (verdict === 'deny') this.#denied++;
      for (const [contender, { verdicts }] of answers) {
        const said = verdicts[index] ?? 'allow';
        if (said === verdict || silent.includes(contender)) continue;
        this.#note({ contender, verdict: said, expected: verdict, request: lineOf(request) });
      }
    }
  }

  /** All engines may be wrong together, or the corpus may be. */
  #noteSurprises(): void {
    const { verdict } = this.#case;
    const [first] = this.#contenders;
    if (verdict === null || first === undefined) return;
    const surprising = verdict === 'deny' ? this.#requests - this.#denied : this.#denied;
    if (surprising / this.#requests <= SURPRISING_MAX) return;
    const said = verdict === 'deny' ? 'allow' : 'deny';
    const request = `${surprising} of ${this.#requests} requests`;
    this.#note({ contender: first.name, verdict: said, expected: verdict, request });
  }

  #note(dissent: Omit<Dissent, 'case'>): void {
    if (this.#dissent.length < DISSENT_SHOWN_MAX) this.#dissent.push({ case: this.#case.name, ...dissent });
  }
}

const lineOf = ({ method, uri }: BenchRequest): string => `${method} ${uri.slice(0, 200)}`;
