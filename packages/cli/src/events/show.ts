/** `sluice events show`: all that a store has of an event. */
import type { Document } from '@sluice/spool';
import { type Style, styleFor } from '../inspect/render-value.ts';
import { EXIT } from '../setup/errors.ts';
import { flatten } from './document.ts';
import { findById } from './find.ts';
import { EXIT_NOTHING } from './search.ts';
import { type EventsEnvironment, readDataSet, type StoreFlags, withStore } from './session.ts';
import { oneLine, safeJson } from './text.ts';

export interface ShowFlags extends StoreFlags {
  readonly dataSet: string;
  readonly json?: true;
}

/**
 * Prints each field on a line, or the document as JSON, a line for each where an id is that of several.
 *
 * @returns 0 where it was found, 4 where it was not
 */
export async function runShow(id: string, flags: ShowFlags, environment: EventsEnvironment): Promise<number> {
  const dataSet = readDataSet(flags.dataSet);
  const { stdout, stderr, variables } = environment;
  return withStore(flags, environment, async (store, name) => {
    const { documents, more } = await findById(store, dataSet, id);
    const style = styleFor(stdout, variables);
    for (const [at, { document }] of documents.entries()) {
      if (flags.json === true) stdout.write(`${safeJson(document)}\n`);
      else stdout.write(`${at === 0 ? '' : '\n'}${fieldsOf(document, style)}`);
    }
    if (more) stderr.write(`there are more events of ${oneLine(id, 80)}\n`);
    if (documents.length > 0) return EXIT.ok;
    stderr.write(`${name} has no event ${oneLine(id, 80)}\n`);
    return EXIT_NOTHING;
  });
}

function fieldsOf(document: Document, style: Style): string {
  const fields = [...flatten(document)].map(([path, value]) => [oneLine(path), value] as const);
  const width = Math.max(0, ...fields.map(([path]) => path.length));
  return fields
    .map(([path, value]) => {
      const text = typeof value === 'string' ? oneLine(value) : safeJson(value);
      return `${style.dim(path.padEnd(width))}  ${text}\n`;
    })
    .join('');
}
