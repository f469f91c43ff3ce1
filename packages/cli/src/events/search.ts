/** `sluice events search`. */
import type { EventStore, Page, SearchRequest } from '@sluice/hub';
import { styleFor } from '../inspect/render-value.ts';
import { EXIT } from '../setup/errors.ts';
import { COLUMNS } from './columns.ts';
import { type EventsEnvironment, readCount, type SelectFlags, selectionOf, withStore } from './session.ts';
import { parseSort } from './sort.ts';
import { Table } from './table.ts';
import { safeJson } from './text.ts';

export interface SearchFlags extends SelectFlags {
  readonly sort: string;
  readonly size: string;
  readonly cursor?: string;
  readonly all?: true;
  readonly json?: true;
}

/** The status where nothing was found: apart from what errors give. */
export const EXIT_NOTHING = 4;

/** Documents that are asked for at once where all are wanted. */
export const PAGE_DOCUMENTS = 500;
/** Documents on a page, at most. */
export const SIZE_MAX = 10_000;

/**
 * Prints what was found as a table, or as one JSON object `{documents, cursor}`.
 *
 * @returns 0 where there is something, 4 where there is nothing
 * @throws EventsError, HubError
 */
export async function runSearch(
  query: string,
  flags: SearchFlags,
  environment: EventsEnvironment,
): Promise<number> {
  const selection = selectionOf(query, flags, environment.now());
  const request: SearchRequest = {
    ...selection,
    sort: parseSort(flags.sort, selection.dataSet),
    size: flags.all === true ? PAGE_DOCUMENTS : readCount('--size', flags.size, SIZE_MAX),
    ...(flags.cursor === undefined ? {} : { cursor: flags.cursor }),
  };
  return withStore(flags, environment, async (store) => {
    const print = flags.json === true ? printJson : printTable;
    const found = await print(pagesOf(store, request, flags.all === true), request, environment);
    return found ? EXIT.ok : EXIT_NOTHING;
  });
}

/** One page, or all of them. */
export async function* pagesOf(
  store: EventStore,
  request: SearchRequest,
  all: boolean,
): AsyncGenerator<Page> {
  let page = await store.search(request);
  yield page;
  while (all && page.cursor !== null) {
    page = await store.search({ ...request, cursor: page.cursor });
    yield page;
  }
}

type Print = (pages: AsyncGenerator<Page>, request: SearchRequest, to: EventsEnvironment) => Promise<boolean>;

/** Written as it comes, and still one object: all of it need not fit into memory. */
const printJson: Print = async (pages, _, { stdout }) => {
  let count = 0;
  let cursor: string | null = null;
  stdout.write('{"documents":[');
  for await (const page of pages) {
    for (const { document } of page.documents) {
      stdout.write(`${count === 0 ? '\n' : ',\n'}${safeJson(document)}`);
      count++;
    }
    cursor = page.cursor;
  }
  stdout.write(`${count === 0 ? '' : '\n'}],"cursor":${safeJson(cursor)}}\n`);
  return count > 0;
};

const printTable: Print = async (pages, { dataSet }, { stdout, stderr, variables }) => {
  const columns = stdout.isTTY === true ? stdout.columns : undefined;
  const table = new Table(COLUMNS[dataSet], styleFor(stdout, variables), columns);
  let count = 0;
  let cursor: string | null = null;
  for await (const page of pages) {
    const rows = table.rows(page.documents.map(({ document }) => document));
    if (count === 0 && rows !== '') stdout.write(table.head());
    stdout.write(rows);
    count += page.documents.length;
    cursor = page.cursor;
  }
  if (count === 0) stderr.write('nothing found\n');
  if (cursor !== null) stderr.write(`there is more: --cursor ${cursor}, or --all\n`);
  return count > 0;
};
