/** Documents that a query singles out by a value that it demands: few enough to be fetched, or nothing is gained. */
import { addressBlock, addressKey } from '../../query/address.ts';
import type { Condition, Query } from '../../query/tree.ts';
import type { Database } from './database.ts';
import { type Layout, WINDOWED } from './layout.ts';
import { CANDIDATE_TERMS_MAX } from './limits.ts';
import { manyWindows, termOf, windowsOf } from './terms.ts';
import { plainText, type Sql } from './translate.ts';

/** Each document that matches is among those that the SQL selects: `seq` of each. */
type Candidates = Sql;

/** Terms of which each document that matches has one; undefined where nothing can be said. */
function termsOf(layout: Layout, condition: Condition): readonly string[] | undefined {
  const { path, type } = condition.field;
  if (path === WINDOWED.path && condition.kind === 'in') return windowTerms(condition);
  const name = layout.terms.get(path);
  if (name === undefined) return undefined;
  if (condition.kind === 'in') {
    const texts = condition.patterns.map(plainText);
    return texts.every((text) => text !== undefined) ? texts.map((text) => termOf(name, text)) : undefined;
  }
  if (condition.operator !== '=') return undefined;
  if (type !== 'ip') return [termOf(name, condition.value)];
  const text = String(condition.value);
  const key = addressBlock(text) === undefined ? addressKey(text) : undefined;
  return key === undefined ? undefined : [termOf(name, key)];
}

/** `*942100*`: what matches has these six digits in a row. */
function windowTerms({ patterns }: Extract<Condition, { kind: 'in' }>): readonly string[] | undefined {
  const windows = patterns.map((pattern) =>
    pattern.flatMap((part) => (part.kind === 'text' ? (windowsOf(part.text) ?? []) : [])).at(0),
  );
  if (!windows.every((window) => window !== undefined)) return undefined;
  return [...windows.map((window) => termOf(WINDOWED.name, window)), manyWindows(WINDOWED.name)];
}

function candidatesOf(layout: Layout, query: Query): readonly Candidates[] {
  const { dataSet } = layout;
  if (query.kind === 'and') return query.of.flatMap((each) => candidatesOf(layout, each));
  if (query.kind === 'compare' && query.field.path === 'event.id' && query.operator === '=') {
    return [{ text: `SELECT seq FROM ${dataSet} WHERE id = ?`, values: [String(query.value)] }];
  }
  const terms = termsOfAny(layout, query);
  if (terms === undefined || terms.length === 0 || terms.length > CANDIDATE_TERMS_MAX) return [];
  return [
    {
      text: `SELECT rowid AS seq FROM ${dataSet}_terms WHERE ${dataSet}_terms MATCH ?`,
      values: [terms.join(' OR ')],
    },
  ];
}

function termsOfAny(layout: Layout, query: Query): readonly string[] | undefined {
  if (query.kind === 'compare' || query.kind === 'in') return termsOf(layout, query);
  if (query.kind !== 'or') return undefined;
  const terms = query.of.map((each) => termsOfAny(layout, each));
  return terms.every((each) => each !== undefined) ? terms.flat() : undefined;
}

/** The smallest set of at most so many documents that the query demands; undefined where there is none. */
export function fewCandidates(
  database: Database,
  layout: Layout,
  query: Query,
  most: number,
): Candidates | undefined {
  let best: { readonly candidates: Candidates; readonly count: number } | undefined;
  for (const candidates of candidatesOf(layout, query)) {
    const probe = `SELECT count(*) AS count FROM (${candidates.text} LIMIT ${most + 1})`;
    const count = Number(database.prepare(probe).get(...candidates.values)?.count);
    if (count <= most && count < (best?.count ?? most + 1)) best = { candidates, count };
  }
  return best?.candidates;
}
