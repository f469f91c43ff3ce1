/** A dead letter as it lies in its file: one line of JSON. */
import { DATA_SETS, type DataSet, type SpoolRecord } from '@sluice/spool';

export interface DeadLetter {
  /** When it was given up, ISO 8601. */
  readonly time: string;
  readonly sink: string;
  /** The spool that it came from. */
  readonly spool: string;
  /** One word of a small set. */
  readonly code: string;
  /** What the sink said. */
  readonly reason: string;
  readonly record: SpoolRecord;
}

export const formatLetter = (letter: DeadLetter): string => `${JSON.stringify(letter)}\n`;

/** Null where the line is none. */
export function parseLetter(line: string): DeadLetter | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The caller counts it, and names the file.
    return null;
  }
  if (!isObject(value) || !isObject(value.record) || !isObject(value.record.document)) return null;
  const { time, sink, spool, code, reason, record } = value;
  const { dataSet, id, source } = record;
  const texts = [time, sink, spool, code, reason, id, source];
  if (texts.some((text) => typeof text !== 'string') || !isDataSet(dataSet)) return null;
  // Every field was looked at above but the document, which is what JSON made of it.
  return value as unknown as DeadLetter;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isDataSet = (value: unknown): value is DataSet => DATA_SETS.some((each) => each === value);
