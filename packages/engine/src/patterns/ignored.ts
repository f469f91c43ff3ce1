/** What stands between items without being one. */
import type { PatternReader } from './reader.ts';

/**
 * Skips a comment, ignored blanks, an empty quotation or a `\E` without its `\Q`. A quantifier behind them belongs to
 * what is before, and so does the `?` or `+` of a quantifier.
 *
 * @returns whether anything was skipped; there may be more
 */
export function skipIgnored(reader: PatternReader): boolean {
  if (reader.take('\\E') || reader.take('\\Q\\E')) return true;
  if (reader.startsWith('(?#')) {
    const end = reader.text.indexOf(')', reader.position);
    if (end === -1) throw reader.syntax('a comment without its )');
    reader.position = end + 1;
    return true;
  }
  if (!reader.flags.extended) return false;
  if (reader.take('#')) {
    const end = reader.text.indexOf('\n', reader.position);
    reader.position = end === -1 ? reader.text.length : end + 1;
    return true;
  }
  return reader.takeRun((char) => ' \t\n\v\f\r'.includes(char)) !== '';
}
