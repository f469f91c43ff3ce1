/** The requests of a case, one after the other: the same for the same seed, and no two in a run that are equal. */
import type { BenchCase } from './cases/case.ts';
import { BenchError } from './errors.ts';
import { Random } from './random.ts';
import { type BenchRequest, digestOf } from './request.ts';

/** Remembers what a run has sent. */
export class Sent {
  readonly #digests = new Set<string>();

  /** False where the request was sent before. */
  add(request: BenchRequest): boolean {
    const digest = digestOf(request);
    if (this.#digests.has(digest)) return false;
    this.#digests.add(digest);
    return true;
  }
}

export class Corpus {
  readonly #case: BenchCase;
  readonly #seed: string;
  readonly #random: Random;
  readonly #sent: Sent;
  #index = 0;

  constructor(benchCase: BenchCase, seed: string, sent: Sent) {
    this.#case = benchCase;
    this.#seed = seed;
    this.#random = new Random(`${seed} ${benchCase.name}`);
    this.#sent = sent;
  }

  /** @throws BenchError BENCH_REPEATED */
  take(count: number): readonly BenchRequest[] {
    return Array.from({ length: count }, () => {
      const request = this.#case.make(this.#random, this.#index++);
      if (this.#sent.add(request)) return request;
      throw new BenchError('BENCH_REPEATED', { case: this.#case.name, seed: this.#seed });
    });
  }
}
