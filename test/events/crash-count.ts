/** What a data stream holds, counted document by document by the test itself. */
import { AskFault, ask } from './ask.ts';

/** Documents of one run, whose ids are RUN-000000000, RUN-000000001, … */
export interface RunCount {
  /** Different ids. */
  distinct: number;
  /** Documents with an id that was there already. */
  doubled: number;
  /** One more than the highest number. */
  end: number;
  /** By number. */
  seen: Uint8Array;
}

const PAGE = 10_000;
const ID = /^(.+)-(\d{9})$/;

interface Shards {
  readonly _shards: { readonly failed: number };
}

/** A count of some shards is none, and nothing else says so. */
function whole<Answer extends Shards>(answer: Answer): Answer {
  if (answer._shards.failed > 0)
    throw new AskFault(`some shards did not answer: ${JSON.stringify(answer._shards)}`);
  return answer;
}

interface ScrollPage extends Shards {
  readonly _scroll_id: string;
  readonly hits: { readonly hits: readonly { readonly _id: string }[] };
}

export interface StreamCount {
  /** By name. */
  readonly runs: ReadonlyMap<string, RunCount>;
  /** Documents whose ids Sluice has made, how often each. */
  readonly others: ReadonlyMap<string, number>;
}

export async function countStream(url: string, stream: string): Promise<StreamCount> {
  whole((await ask(url, 'POST', `/${stream}/_refresh`)) as Shards);
  const runs = new Map<string, RunCount>();
  const others = new Map<string, number>();
  const query = { size: PAGE, _source: false, sort: ['_doc'] };
  const path = `/${stream}/_search?scroll=5m&allow_partial_search_results=false`;
  let page = whole((await ask(url, 'POST', path, query)) as ScrollPage);
  while (page.hits.hits.length > 0) {
    for (const { _id } of page.hits.hits) {
      const [, run, digits] = ID.exec(_id) ?? [];
      if (run === undefined) others.set(_id, (others.get(_id) ?? 0) + 1);
      else count(runs, run, Number(digits));
    }
    const next = { scroll: '5m', scroll_id: page._scroll_id };
    page = whole((await ask(url, 'POST', '/_search/scroll', next)) as ScrollPage);
  }
  return { runs, others };
}

function count(runs: Map<string, RunCount>, run: string, number: number): void {
  let known = runs.get(run);
  if (known === undefined) {
    known = { distinct: 0, doubled: 0, end: 0, seen: new Uint8Array(1_024) };
    runs.set(run, known);
  }
  if (number >= known.seen.length) {
    const longer = new Uint8Array(Math.max(2 * known.seen.length, number + 1));
    longer.set(known.seen);
    known.seen = longer;
  }
  if (known.seen[number] === 1) known.doubled++;
  else known.distinct++;
  known.seen[number] = 1;
  known.end = Math.max(known.end, number + 1);
}
