/** How a document is written where people and their tools read lines. */
import { corazaJson, modsecurityJson, modsecurityNative, type SpoolRecord } from '@sluice/spool';

export const FORMATS = ['ndjson', 'modsecurity-json', 'coraza-json', 'modsecurity-native'] as const;

export type Format = (typeof FORMATS)[number];

/** The text of a record with its line end; null where the format has no form for its data set. */
export type Formatter = (record: SpoolRecord) => string | null;

const line = (value: unknown): string => `${JSON.stringify(value)}\n`;

const FORMATTERS: Readonly<Record<Format, Formatter>> = {
  ndjson: ({ document }) => line(document),
  // An audit log is of requests.
  'modsecurity-json': ({ dataSet, document }) => (dataSet === 'waf' ? line(modsecurityJson(document)) : null),
  'coraza-json': ({ dataSet, document }) => (dataSet === 'waf' ? line(corazaJson(document)) : null),
  'modsecurity-native': ({ dataSet, document }) => (dataSet === 'waf' ? modsecurityNative(document) : null),
};

export const formatOf = (format: Format): Formatter => FORMATTERS[format];
