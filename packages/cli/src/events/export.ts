/** `sluice events export`. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { SearchRequest } from '@sluice/hub';
import { corazaJson, type Document, modsecurityJson, modsecurityNative } from '@sluice/spool';
import { EXIT } from '../setup/errors.ts';
import { EventsError } from './errors.ts';
import { EXIT_NOTHING, PAGE_DOCUMENTS, pagesOf } from './search.ts';
import { type EventsEnvironment, type SelectFlags, selectionOf, withStore } from './session.ts';
import { oneLine, safeJson } from './text.ts';

type Format = (document: Document) => string;

const line = (value: unknown): string => `${safeJson(value)}\n`;

const FORMATS: Readonly<Record<string, Format>> = {
  ndjson: line,
  modsecurity: (document) => line(modsecurityJson(document)),
  coraza: (document) => line(corazaJson(document)),
  'modsecurity-native': (document) =>
    modsecurityNative(document)
      .split('\n')
      .map((text) => oneLine(text))
      .join('\n'),
};

export const FORMAT_NAMES: readonly string[] = Object.keys(FORMATS);

/** @throws EventsError EVENTS_OPTION */
function formatOf({ format, dataSet }: ExportFlags): Format {
  const found = Object.hasOwn(FORMATS, format) ? FORMATS[format] : undefined;
  const refuse = (reason: string): never => {
    throw new EventsError('EVENTS_OPTION', { option: '--format', reason });
  };
  if (found === undefined) return refuse(`one of ${FORMAT_NAMES.join(', ')}`);
  return dataSet === 'waf' || format === 'ndjson'
    ? found
    : refuse('ModSecurity has audit logs of events only');
}

export interface ExportFlags extends SelectFlags {
  readonly output?: string;
  readonly format: string;
}

/**
 * Writes all documents, oldest first: a line of JSON each, or as ModSecurity's audit logs have them.
 *
 * @returns 0 where there is something, 4 where there is nothing
 * @throws EventsError, HubError
 */
export async function runExport(
  query: string,
  flags: ExportFlags,
  environment: EventsEnvironment,
): Promise<number> {
  const write = formatOf(flags);
  const selection = selectionOf(query, flags, environment.now());
  const request: SearchRequest = {
    ...selection,
    sort: { field: '@timestamp', order: 'asc' },
    size: PAGE_DOCUMENTS,
  };
  return withStore(flags, environment, async (store) => {
    const output = openOutput(flags.output, environment);
    let count = 0;
    try {
      for await (const { documents } of pagesOf(store, request, true)) {
        output.write(documents.map(({ document }) => write(document)).join(''));
        count += documents.length;
      }
    } finally {
      output.close();
    }
    if (flags.verbose === true) environment.stderr.write(`${count} written\n`);
    return count > 0 ? EXIT.ok : EXIT_NOTHING;
  });
}

interface Output {
  write(text: string): void;
  close(): void;
}

/** @throws EventsError EVENTS_OPTION where the file cannot be written: it is there already, or its folder is not */
function openOutput(path: string | undefined, { stdout }: EventsEnvironment): Output {
  if (path === undefined) return { write: (text) => void stdout.write(text), close: () => undefined };
  const file = open(path);
  return { write: (text) => writeAll(file, text), close: () => closeSync(file) };
}

function writeAll(file: number, text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
}

function open(path: string): number {
  try {
    // Events tell of attacks and of clients: they are their owner's alone.
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EventsError('EVENTS_OPTION', { option: '--output', reason }, error);
  }
}
