/**
 * Long texts in patterns and ranges, of which Elasticsearch will not make an automaton because it would be too large. They are
 * replaced by the values that meet them; which these are is found out beforehand, by a condition that is weaker and short.
 */
import type { estypes } from '@elastic/elasticsearch';
import { HubError } from '../../errors.ts';
import { compareText } from '../../query/text.ts';
import type { ComparisonOperator, PatternPart, Query, QueryField } from '../../query/tree.ts';
import { wildcard } from '../../query/wildcard.ts';
import type { Selection } from '../event-store.ts';
import type { StreamSource } from './connection.ts';
import { isIn, patternDsl, selectionDsl } from './query-dsl.ts';
import { WHOLE_ANSWER } from './whole-answer.ts';

type Pattern = readonly PatternPart[];

/** UTF-16 units of a text that is sought in the middle: its automaton takes the square of it in steps, of which 10,000 are allowed. */
const PIECE_CHARACTERS_MAX = 64;
/** Values that are looked at for a text, and how many at once. Those that fit become a query: index.max_terms_count is 65,536. */
const VALUES_MAX = 50_000;
const VALUES_AT_ONCE = 1_000;

const ANY: PatternPart = { kind: 'any' };

/** Values of a field: those that `patterns` all hold for are looked at, those that `fits` holds for are meant. */
interface Wanted {
  readonly field: QueryField;
  readonly patterns: readonly Pattern[];
  readonly fits: (value: string) => boolean;
}

type FindValues = (wanted: Wanted) => Promise<Query>;

const isTooLarge = (error: unknown): boolean =>
  error instanceof HubError && error.code === 'STORE_REFUSED' && /automaton/.test(error.message);

/**
 * Asks with the selection as it is, and, where a text in it is too long, with one that means the same.
 *
 * @throws what `ask` throws; the refusal where more values than {@link VALUES_MAX} would have to be looked at
 */
export async function withLongTexts<T>(
  source: StreamSource,
  selection: Selection,
  ask: (query: Query) => Promise<T>,
): Promise<T> {
  try {
    return await ask(selection.query);
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    const find: FindValues = async (wanted) => {
      const values = await valuesOf(source, { ...selection, query: { kind: 'all' } }, wanted);
      if (values === null) throw error;
      return { kind: 'in', field: wanted.field, patterns: values.map((text) => [{ kind: 'text', text }]) };
    };
    return ask(await replaced(selection.query, find));
  }
}

async function replaced(query: Query, find: FindValues): Promise<Query> {
  switch (query.kind) {
    case 'all':
      return query;
    case 'compare':
      return query.field.type === 'keyword' && query.operator !== '='
        ? replacedRange(query.field, query.operator, String(query.value), find)
        : query;
    case 'not':
      return { kind: 'not', of: await replaced(query.of, find) };
    case 'and':
    case 'or': {
      const of: Query[] = [];
      for (const each of query.of) of.push(await replaced(each, find));
      return { kind: query.kind, of };
    }
    case 'in': {
      const of: Query[] = [{ ...query, patterns: query.patterns.filter(isShort) }];
      for (const pattern of query.patterns.filter((each) => !isShort(each)))
        of.push(await find({ field: query.field, patterns: weaker(pattern), fits: wildcard(pattern) }));
      return { kind: 'or', of };
    }
  }
}

/** Whether it needs no automaton, or a small one. */
function isShort(pattern: Pattern): boolean {
  const wild = pattern.filter(({ kind }) => kind !== 'text').length;
  const characters = pattern.reduce((sum, part) => sum + (part.kind === 'text' ? part.text.length : 1), 0);
  return wild === 0 || (wild <= 2 && characters <= PIECE_CHARACTERS_MAX);
}

/** What holds wherever the pattern does: its beginning, and a piece of its longest text. */
function weaker(pattern: Pattern): readonly Pattern[] {
  const [first] = pattern;
  const texts = pattern.map((part) => (part.kind === 'text' ? part.text : ''));
  const longest = texts.reduce((a, b) => (b.length > a.length ? b : a));
  const within: Pattern = [ANY, { kind: 'text', text: pieceOf(longest) }, ANY];
  return first?.kind === 'text' ? [within, beginningWith(pieceOf(first.text))] : [within];
}

/** Values that begin differently lie on one side of the bound as a whole; of the others each is looked at. */
async function replacedRange(
  field: QueryField,
  operator: ComparisonOperator,
  bound: string,
  find: FindValues,
): Promise<Query> {
  const piece = pieceOf(bound);
  if (piece === bound) return { kind: 'compare', field, operator, value: bound };
  const isBelow = operator === '<' || operator === '<=';
  const orEqual = operator === '<=' || operator === '>=';
  const fits = (value: string): boolean => {
    const order = compareText(value, bound);
    return order === 0 ? orEqual : order < 0 === isBelow;
  };
  const alike = await find({ field, patterns: [beginningWith(piece)], fits });
  const next = isBelow ? piece : afterAllThatBeginWith(piece);
  if (next === null) return alike;
  const others: Query = { kind: 'compare', field, operator: isBelow ? '<' : '>=', value: next };
  return { kind: 'or', of: [others, alike] };
}

const beginningWith = (text: string): Pattern => [{ kind: 'text', text }, ANY];

/** The beginning of a text, no character cut in two. */
const pieceOf = (text: string): string =>
  text.slice(0, PIECE_CHARACTERS_MAX).replace(/[\ud800-\udbff]$/u, '');

const LAST_CHARACTER = 0x10ffff;
const BEFORE_SURROGATES = 0xd7ff;
const BEHIND_SURROGATES = 0xe000;

/** The least text that is greater than all that begin so; null where there is none. */
function afterAllThatBeginWith(text: string): string | null {
  const characters = [...text];
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    const code = last.codePointAt(0) ?? 0;
    if (code === LAST_CHARACTER) continue;
    const next = code === BEFORE_SURROGATES ? BEHIND_SURROGATES : code + 1;
    return characters.join('') + String.fromCodePoint(next);
  }
  return null;
}

/** Values of the field that fit; null where too many would have to be looked at. */
async function valuesOf(
  { connection, stream }: StreamSource,
  selection: Selection,
  { field, patterns, fits }: Wanted,
): Promise<readonly string[] | null> {
  const query = isIn([selectionDsl(selection), ...patterns.map((each) => patternDsl(field.path, each))]);
  const found: string[] = [];
  let after: estypes.AggregationsCompositeAggregateKey | undefined;
  for (let seen = 0; seen <= VALUES_MAX; ) {
    const composite: estypes.AggregationsCompositeAggregation = {
      size: VALUES_AT_ONCE,
      sources: [{ value: { terms: { field: field.path } } }],
      ...(after === undefined ? {} : { after }),
    };
    const aggregations = { values: { composite } };
    const answer = await connection.ask((client) =>
      client.search({ ...WHOLE_ANSWER, index: stream, size: 0, query, aggregations }),
    );
    const { buckets, after_key: next } = Object(Object(answer.aggregations).values);
    const values: readonly string[] = Array.isArray(buckets)
      ? buckets.map((bucket) => String(Object(Object(bucket).key).value))
      : [];
    found.push(...values.filter(fits));
    if (values.length < VALUES_AT_ONCE) return found;
    seen += values.length;
    after = next;
  }
  return null;
}
