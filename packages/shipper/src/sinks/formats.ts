/** How a document is written where people and their tools read lines. */
import type { SpoolRecord } from '@sluice/spool';

export const FORMATS = ['ndjson'] as const;

export type Format = (typeof FORMATS)[number];

/** The text of a record with its line ends; null where the format has no form for its data set. */
export type Formatter = (record: SpoolRecord) => string | null;

const FORMATTERS: Readonly<Record<Format, Formatter>> = {
  ndjson: ({ document }) => `${JSON.stringify(document)}\n`,
};

export const formatOf = (format: Format): Formatter => FORMATTERS[format];
