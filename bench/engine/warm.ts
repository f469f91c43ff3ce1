/** Brings engines to the speed at which they stay: V8 compiles what runs often, and goes on doing so for thousands of requests. */
import type { Contender } from './contender.ts';
import type { Corpus } from './corpus.ts';
import { ascending, percentile, sumOf } from './percentile.ts';
import { bytesOf } from './request.ts';

const BLOCK_MICROS = 50_000;
const BLOCK_REQUESTS_MAX = 500;
const BLOCK_BYTES_MAX = 4_000_000;
/** Blocks that could be so many times as large are not full yet. */
const GROWING = 2;
/** A block is so much faster than the last one that was, or it is not faster. */
const GAIN_MIN = 0.03;
/** So many blocks in a row that are not faster, and the engine is taken for warm. */
const STEADY_BLOCKS = 4;

/** How long an engine takes for a request of a case, once warm. */
export interface Pace {
  readonly medianMicros: number;
  readonly bytesMean: number;
}

/**
 * Gives an engine fresh requests until their median settles, or for so many seconds of its own time; one request at least.
 */
export async function warmUp(contender: Contender, corpus: Corpus, secondsMax: number): Promise<Pace> {
  let size = 1;
  let settled = Number.POSITIVE_INFINITY;
  let pace: Pace = { medianMicros: Number.NaN, bytesMean: 1 };
  for (let spent = 0, steady = 0; steady < STEADY_BLOCKS; ) {
    const batch = corpus.take(size);
    const { wallMicros } = await contender.inspect(batch);
    const micros = sumOf(wallMicros);
    const bytes = sumOf(batch.map(bytesOf));
    pace = { medianMicros: percentile(ascending(wallMicros), 0.5), bytesMean: bytes / size };
    spent += micros;
    if (spent >= secondsMax * 1e6) break;
    const room = Math.min(4, BLOCK_MICROS / micros, BLOCK_BYTES_MAX / bytes, BLOCK_REQUESTS_MAX / size);
    // The first blocks grow, and are too short to tell.
    if (pace.medianMicros < settled * (1 - GAIN_MIN)) {
      settled = pace.medianMicros;
      steady = 0;
    } else if (room < GROWING) steady++;
    size = Math.max(1, Math.floor(size * room));
  }
  return pace;
}
