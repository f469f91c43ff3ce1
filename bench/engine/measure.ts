/** Measures contenders on a case: the same fresh requests for all, in rounds, one after the other. */
import type { BenchCase } from './cases/case.ts';
import type { Batch, BenchVerdict, Contender, ContenderName } from './contender.ts';
import type { Corpus } from './corpus.ts';
import { ascending, percentile, sumOf } from './percentile.ts';
import { type BenchRequest, bytesOf } from './request.ts';
import { type Pace, warmUp } from './warm.ts';

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
/**
 * An engine's own time before each of its batches that is not measured: those before it have used the processor's caches.
 * The same for all, as what is lost there is the same: 0.5 ms are nothing in a batch of 40 ms, and half of one that takes 1 ms.
 */
const LEAD_MICROS = 10_000;
const LEAD_REQUESTS_MAX = 200;
/** Seconds of warming up for each second of measuring, and at most so many. */
const WARM_PART = 1;
const WARM_SECONDS_MAX = 2;
const ROUNDS_MIN = 5;
const DISSENT_SHOWN_MAX = 5;
/** Texts of chance hold a word now and then that looks like an attack to all. */
const SURPRISING_MAX = 0.02;
/** A case that costs some engine more than its time many times over ends with fewer rounds. */
const PATIENCE = 8;

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
    const sorted = ascending(this.wall);
    return {
      p50Us: percentile(sorted, 0.5),
      p99Us: percentile(sorted, 0.99),
      meanUs: this.spentMicros / sorted.length,
      cpuUs: this.cpuMicros / sorted.length,
      coldUs: this.coldUs,
    };
  }
}

export class Measurement {
  readonly #case: BenchCase;
  readonly #corpus: Corpus;
  readonly #contenders: readonly Contender[];
  readonly #tallies = new Map<ContenderName, Tally>();
  readonly #paces = new Map<ContenderName, Pace>();
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
    const size = await this.#warm(requests === null ? Math.min(seconds * WARM_PART, WARM_SECONDS_MAX) : 0);
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

  /** Each contender until its times have settled. Returns the requests of a batch. */
  async #warm(seconds: number): Promise<number> {
    for (const contender of this.#contenders)
      this.#paces.set(contender.name, await warmUp(contender, this.#corpus, seconds));
    const paces = [...this.#paces.values()];
    const longest = Math.max(...paces.map(({ medianMicros }) => medianMicros));
    const bytes = Math.max(...paces.map(({ bytesMean }) => bytesMean));
    return Math.max(1, Math.floor(Math.min(BATCH_MICROS / longest, BATCH_BYTES_MAX / bytes)));
  }

  /** Requests for an engine alone, so that all come to their batch with caches as warm. */
  #lead(contender: Contender): readonly BenchRequest[] {
    const pace = this.#paces.get(contender.name);
    if (pace === undefined) return [];
    const { medianMicros, bytesMean } = pace;
    const count = Math.min(LEAD_MICROS / medianMicros, BATCH_BYTES_MAX / bytesMean, LEAD_REQUESTS_MAX);
    return this.#corpus.take(Math.floor(count));
  }

  async #round(size: number, round: number): Promise<void> {
    const requests = this.#corpus.take(size);
    const answers = new Map<ContenderName, Batch>();
    const { length } = this.#contenders;
    for (let step = 0; step < length; step++) {
      // Nobody is always the one after the slowest.
      const contender = this.#contenders[(step + round) % length];
      if (contender === undefined) continue;
      const batch = await contender.inspect(requests, this.#lead(contender));
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
