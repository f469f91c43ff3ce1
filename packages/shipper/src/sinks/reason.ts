import { REASON_LENGTH_MAX } from './limits.ts';

/** The text of something thrown or answered, fit for a line of a log: one line, of bounded length. */
export function reasonOf(thrown: unknown): string {
  const text = thrown instanceof Error ? messageOf(thrown) : String(thrown);
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').trim();
  return line.length > REASON_LENGTH_MAX ? `${line.slice(0, REASON_LENGTH_MAX)}…` : line;
}

/** Of an attempt at several addresses Node tells nothing but the attempts. */
function messageOf(error: Error): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
  }
  return error.message;
}
