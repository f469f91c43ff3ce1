/** Counts of cases, from a process whose heap is large enough that nothing is collected meanwhile. */
import type { BenchCase } from './cases/case.ts';
import { Corpus, Sent } from './corpus.ts';
import type { Counts } from './counts.ts';
import { BenchError } from './errors.ts';
import { sluiceProcess } from './process-contender.ts';
import { errorIn, toWire } from './protocol.ts';
import { bytesOf } from './request.ts';
import type { RuleChoice } from './rules.ts';

/** The young generation, in MiB, of which two halves are in use; no batch allocates more. */
const YOUNG_MIB = 256;
const FLAGS = [
  '--expose-gc',
  `--min-semi-space-size=${YOUNG_MIB}`,
  `--max-semi-space-size=${YOUNG_MIB}`,
  // Counts of bytes must not depend on when a function was optimized.
  '--no-opt',
  '--no-maglev',
  '--no-sparkplug',
];

/** Requests of a batch: fewer of large ones, so that the heap has room for what they allocate. */
const BATCH_REQUESTS_MAX = 40;
const BATCH_BYTES_MAX = 250_000;

/** The same for the same seed. */
export async function countCases(
  cases: readonly BenchCase[],
  choice: RuleChoice,
  seed: string,
): Promise<ReadonlyMap<string, Counts>> {
  const child = sluiceProcess(choice, null, FLAGS);
  try {
    await child.next();
    const counts = new Map<string, Counts>();
    for (const each of cases) {
      const corpus = new Corpus(each, seed, new Sent());
      const [first] = corpus.take(1);
      if (first === undefined) continue;
      // What is made when a rule is first asked is not the request's.
      await child.ask({ count: [toWire(first)] });
      const size = Math.min(BATCH_REQUESTS_MAX, Math.max(1, Math.floor(BATCH_BYTES_MAX / bytesOf(first))));
      const line = await child.ask({ count: corpus.take(size).map(toWire) });
      if (!isCounts(line)) {
        const reason = errorIn(line) ?? 'it does not tell its counts';
        throw new BenchError('BENCH_CONTENDER', { name: 'sluice', reason });
      }
      counts.set(each.name, line);
    }
    return counts;
  } finally {
    await child.close();
  }
}

const isCounts = (line: unknown): line is Counts =>
  typeof line === 'object' && line !== null && 'work' in line && 'heapBytes' in line;
