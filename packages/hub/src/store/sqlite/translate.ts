/**
 * A query as a condition in SQL that means what evaluate.ts says, and is 0 or 1, never NULL. Values are bound; the text is made of names of
 * the layout only.
 */
import { addressBlock, addressKey } from '../../query/address.ts';
import { valueTest } from '../../query/evaluate.ts';
import { wellFormed } from '../../query/text.ts';
import type { Condition, PatternPart, Query } from '../../query/tree.ts';
import type { Functions } from './functions.ts';
import { type Column, type Layout, listItem, sqlValue } from './layout.ts';

export interface Sql {
  readonly text: string;
  readonly values: readonly (string | number)[];
}

export const bodyOf = ({ dataSet }: Layout): string =>
  `(SELECT b.body FROM ${dataSet}_body b WHERE b.seq = d.seq)`;

/** Of many parts a balanced tree: SQLite takes expressions of 1,000 within each other, and reads `a OR b OR c` as two. */
function joined(parts: readonly Sql[], operator: 'AND' | 'OR'): Sql {
  const [first] = parts;
  if (first === undefined) return { text: operator === 'AND' ? '1' : '0', values: [] };
  if (parts.length === 1) return first;
  const middle = parts.length >> 1;
  const left = joined(parts.slice(0, middle), operator);
  const right = joined(parts.slice(middle), operator);
  return { text: `(${left.text} ${operator} ${right.text})`, values: [...left.values, ...right.values] };
}

export const allOf = (parts: readonly Sql[]): Sql => joined(parts, 'AND');

/** As JSON.stringify writes it between quotes. */
const asJson = (text: string): string => JSON.stringify(wellFormed(text)).slice(1, -1);

/** Texts of which one must stand in the JSON of each document that matches; undefined where nothing can be said. */
function necessary(condition: Condition): readonly string[] | undefined {
  if (condition.kind === 'compare') {
    const { operator, value, field } = condition;
    if (operator !== '=' || (field.type !== 'keyword' && field.type !== 'long')) return undefined;
    return value === '' ? undefined : [asJson(String(value))];
  }
  const texts = condition.patterns.map(longestText);
  return texts.includes('') ? undefined : texts.map(asJson);
}

function longestText(pattern: readonly PatternPart[]): string {
  const texts = pattern.map((part) => (part.kind === 'text' ? part.text : ''));
  return texts.reduce((longest, text) => (text.length > longest.length ? text : longest), '');
}

/** A pattern that is a plain text; undefined where it has wildcards. */
export function plainText(pattern: readonly PatternPart[]): string | undefined {
  const [only] = pattern;
  if (only === undefined) return '';
  return pattern.length === 1 && only.kind === 'text' ? only.text : undefined;
}

export class Translator {
  readonly #layout: Layout;
  readonly #functions: Functions;

  constructor(layout: Layout, functions: Functions) {
    this.#layout = layout;
    this.#functions = functions;
  }

  translate(query: Query): Sql {
    switch (query.kind) {
      case 'all':
        return { text: '1', values: [] };
      case 'and':
      case 'or':
        return joined(
          query.of.map((each) => this.translate(each)),
          query.kind === 'and' ? 'AND' : 'OR',
        );
      case 'not': {
        const { text, values } = this.translate(query.of);
        return { text: `NOT (${text})`, values };
      }
      case 'compare':
      case 'in':
        return this.#condition(query);
    }
  }

  #condition(condition: Condition): Sql {
    const { path, type } = condition.field;
    if (path === '@timestamp') return comparison('d.time', condition);
    const column = this.#layout.byPath.get(path);
    if (column === undefined) return this.#inDocument(condition);
    if (column.field.many) return this.#inList(column, condition);
    if (condition.kind === 'in') return this.#patterns(`d.${column.name}`, condition);
    return type === 'ip' ? address(`d.${column.name}`, condition) : comparison(`d.${column.name}`, condition);
  }

  #inDocument(condition: Condition): Sql {
    const body = bodyOf(this.#layout);
    const holds: Sql = {
      text: `sluice_holds(?, ?, d.seq, ${body})`,
      values: [this.#functions.test(valueTest(condition)), this.#functions.field(condition.field)],
    };
    const texts = necessary(condition);
    if (texts === undefined) return holds;
    const stands = joined(
      texts.map((text) => ({ text: `instr(${body}, ?) > 0`, values: [text] })),
      'OR',
    );
    // SQLite cannot be stopped while it searches one text after the other: a function between them can.
    return {
      text: `(sluice_tick() AND ${stands.text} AND ${holds.text})`,
      values: [...stands.values, ...holds.values],
    };
  }

  #inList({ name }: Column, condition: Condition): Sql {
    if (condition.kind === 'compare' && condition.operator === '=' && condition.field.type !== 'ip') {
      return { text: `coalesce(instr(d.${name}, ?) > 0, 0)`, values: [listItem(condition.value)] };
    }
    return { text: `sluice_listed(?, d.${name})`, values: [this.#functions.test(valueTest(condition))] };
  }

  #patterns(column: string, { field, patterns }: Extract<Condition, { kind: 'in' }>): Sql {
    const parts = patterns.map((pattern): Sql => {
      const plain = plainText(pattern);
      if (plain !== undefined) return { text: `${column} IS ?`, values: [plain] };
      const [first, second, third] = pattern;
      if (pattern.length === 1 && first?.kind === 'any') return { text: `${column} IS NOT NULL`, values: [] };
      if (pattern.length === 2 && first?.kind === 'text' && second?.kind === 'any') {
        return { text: `coalesce(instr(${column}, ?) = 1, 0)`, values: [first.text] };
      }
      if (pattern.length === 3 && first?.kind === 'any' && second?.kind === 'text' && third?.kind === 'any') {
        return { text: `coalesce(instr(${column}, ?) > 0, 0)`, values: [second.text] };
      }
      const test = this.#functions.test(valueTest({ kind: 'in', field, patterns: [pattern] }));
      return { text: `sluice_test(?, ${column})`, values: [test] };
    });
    return joined(parts, 'OR');
  }
}

function comparison(column: string, condition: Condition): Sql {
  if (condition.kind === 'in') return { text: '0', values: [] };
  const value = sqlValue(condition.value);
  if (condition.operator === '=') return { text: `${column} IS ?`, values: [value] };
  return { text: `coalesce(${column} ${condition.operator} ?, 0)`, values: [value] };
}

function address(column: string, condition: Extract<Condition, { kind: 'compare' }>): Sql {
  const text = String(condition.value);
  const block = condition.operator === '=' ? addressBlock(text) : undefined;
  if (block !== undefined) {
    return { text: `coalesce(${column} BETWEEN ? AND ?, 0)`, values: [block.first, block.last] };
  }
  const key = addressKey(text);
  return key === undefined ? { text: '0', values: [] } : comparison(column, { ...condition, value: key });
}
