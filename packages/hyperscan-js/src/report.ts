import { checkKeys, choice } from './options.ts';

/**
 * What a scan writes of each match, in words of 32 bits:
 * - 'ids': [value, id]
 * - 'ends': [value, id, end]
 * - 'spans': [value, id, start, end]
 *
 * `value` is the index of the value in its batch, 0 elsewhere; `end` is the offset behind the match's last byte; `start`
 * is that of its first byte where the pattern has `Flags.SOM_LEFTMOST`, else 0. Offsets count from the value's first byte.
 */
export type Report = 'ids' | 'ends' | 'spans';

/** What a scanner is made for. */
export interface ScanOptions {
  /** Default: 'ids'. */
  readonly report?: Report;
}

/** The start of a match that began further back in its stream than the horizon. */
export const START_UNKNOWN = 0xffffffff;

const RECORD_WORDS: Readonly<Record<Report, number>> = { ids: 2, ends: 3, spans: 4 };

/** The words of one match in `out`. */
export const wordsOf = (report: Report): number => choice(RECORD_WORDS, report, 'options.report');

/**
 * Checks the options of a scanner, and answers the words of one match in `out`.
 * @throws HyperscanError HS_BAD_ARGUMENT
 */
export function recordWords(options: ScanOptions): number {
  checkKeys(options, ['report'], 'options');
  return wordsOf(options.report ?? 'ids');
}
