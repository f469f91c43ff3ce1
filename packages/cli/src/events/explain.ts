/** `sluice events explain`: the story of an event. */
import { styleFor } from '../inspect/render-value.ts';
import { EXIT } from '../setup/errors.ts';
import { findById } from './find.ts';
import { renderEvent } from './render.ts';
import { EXIT_NOTHING } from './search.ts';
import { type EventsEnvironment, type StoreFlags, withStore } from './session.ts';
import { tellEvent } from './story.ts';
import { oneLine, safeJson } from './text.ts';

export interface ExplainFlags extends StoreFlags {
  readonly json?: true;
}

/**
 * Prints why a request was, or would be, refused; each event of the id where there are several, newest first.
 *
 * @returns 0 where it was found, 4 where it was not
 */
export async function runExplain(
  id: string,
  flags: ExplainFlags,
  environment: EventsEnvironment,
): Promise<number> {
  const { stdout, stderr, variables } = environment;
  return withStore(flags, environment, async (store, name) => {
    const { documents, more } = await findById(store, 'waf', id);
    const style = styleFor(stdout, variables);
    for (const [at, { document }] of documents.entries()) {
      const story = tellEvent(document);
      if (flags.json === true) stdout.write(`${safeJson(story)}\n`);
      else stdout.write((at === 0 ? '' : '\n') + renderEvent(document, story, style, flags.verbose === true));
    }
    if (documents.length > 1 || more) {
      const count = more ? `more than ${documents.length}` : documents.length;
      stderr.write(`there are ${count} events with the request id ${oneLine(id, 80)}\n`);
    }
    if (documents.length > 0) return EXIT.ok;
    stderr.write(`${name} has no event of ${oneLine(id, 80)}; clean requests make none\n`);
    return EXIT_NOTHING;
  });
}
