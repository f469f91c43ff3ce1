/** `*`, `+`, `?`, `{n}`, `{n,}`, `{n,m}`, each greedy, lazy (`?`) or possessive (`+`). */
import { skipIgnored } from './ignored.ts';
import { isDigit, type PatternReader } from './reader.ts';
import type { RepeatMode } from './tree.ts';

export interface Quantifier {
  readonly min: number;
  /** Infinity where there is no upper bound. */
  readonly max: number;
  readonly mode: RepeatMode;
}

/** PCRE2's bound. */
const COUNT_MAX = 65_535;

/** Reads the quantifier that stands here; null where there is none, a `{` that is itself included. */
export function readQuantifier(reader: PatternReader): Quantifier | null {
  const counts = readCounts(reader);
  if (counts === null) return null;
  return { ...counts, mode: readMode(reader) };
}

/** Whether the place is at a `{` that is a quantifier. */
export function atCounts(reader: PatternReader): boolean {
  const { position } = reader;
  const found = reader.peek() === '{' && readCounts(reader) !== null;
  reader.position = position;
  return found;
}

function readCounts(reader: PatternReader): { min: number; max: number } | null {
  if (reader.take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
  if (reader.take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
  if (reader.take('?')) return { min: 0, max: 1 };
  if (reader.peek() !== '{') return null;
  const start = reader.position;
  reader.position++;
  const counts = readBraces(reader);
  // PCRE2 10.42 takes {,5} and {a} literally.
  if (counts === null) reader.position = start;
  return counts;
}

function readBraces(reader: PatternReader): { min: number; max: number } | null {
  const start = reader.position - 1;
  const min = readCount(reader);
  if (min === null) return null;
  if (reader.take('}')) return { min, max: min };
  if (!reader.take(',')) return null;
  if (reader.take('}')) return { min, max: Number.POSITIVE_INFINITY };
  const max = readCount(reader);
  if (max === null || reader.peek() !== '}') return null;
  if (max < min) throw reader.syntax('a repeat whose most is below its least', start);
  reader.position++;
  return { min, max };
}

function readCount(reader: PatternReader): number | null {
  const start = reader.position;
  const digits = reader.takeRun(isDigit);
  if (digits === '') return null;
  const count = Number.parseInt(digits, 10);
  if (count > COUNT_MAX) throw reader.syntax(`a repeat of more than ${COUNT_MAX}`, start);
  return count;
}

function readMode(reader: PatternReader): RepeatMode {
  while (skipIgnored(reader));
  const { ungreedy } = reader.flags;
  if (reader.take('+')) return 'possessive';
  const swapped = reader.take('?');
  return swapped === ungreedy ? 'greedy' : 'lazy';
}
