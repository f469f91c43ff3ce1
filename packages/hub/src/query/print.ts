/** A tree as text that gives the same tree again. */
import type { PatternPart, Query, QueryField, QueryValue } from './tree.ts';

const PLAIN_FIELD = /^[A-Za-z_][A-Za-z0-9_]*$/;
const RESERVED = /^(?:and|or|not|in|notin)$/i;
const SHORT: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
};

const character = (text: string): string =>
  SHORT[text] ?? `\\u${text.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Control characters, separators of lines and the marks that turn the direction of text are escaped, too. */
const escaped = (text: string): string =>
  text.replace(/["\\\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, character);

const quoted = (text: string): string => `"${escaped(text)}"`;

const fieldText = ({ path }: QueryField): string =>
  PLAIN_FIELD.test(path) && !RESERVED.test(path) ? path : quoted(path);

function valueText({ type }: QueryField, value: QueryValue): string {
  if (type === 'date' && typeof value === 'number') return quoted(new Date(value).toISOString());
  return typeof value === 'string' ? quoted(value) : String(value);
}

const patternText = (parts: readonly PatternPart[]): string =>
  `"${parts
    .map((part) => {
      if (part.kind === 'text') return escaped(part.text).replace(/[*?]/g, (wildcard) => `\\${wildcard}`);
      return part.kind === 'any' ? '*' : '?';
    })
    .join('')}"`;

const setText = (query: Extract<Query, { kind: 'in' }>, word: 'IN' | 'NOTIN'): string =>
  `${fieldText(query.field)} ${word} {${query.patterns.map(patternText).join(', ')}}`;

function within(query: Query, parent: 'and' | 'or' | 'not'): string {
  const text = printed(query);
  const looser = query.kind === 'and' || query.kind === 'or';
  const needs = looser && !(parent === 'or' && query.kind === 'and');
  return needs ? `(${text})` : text;
}

function printed(query: Query): string {
  switch (query.kind) {
    case 'all':
      return '*';
    case 'and':
    case 'or':
      return query.of.map((each) => within(each, query.kind)).join(query.kind === 'and' ? ' AND ' : ' OR ');
    case 'not': {
      const { of } = query;
      if (of.kind === 'compare' && of.operator === '=') {
        return `${fieldText(of.field)} != ${valueText(of.field, of.value)}`;
      }
      return of.kind === 'in' ? setText(of, 'NOTIN') : `NOT ${within(of, 'not')}`;
    }
    case 'compare':
      return `${fieldText(query.field)} ${query.operator} ${valueText(query.field, query.value)}`;
    case 'in':
      return setText(query, 'IN');
  }
}

/** For every tree that `parseQuery` gives, text from which it makes an equal one. */
export const printQuery = (query: Query): string => (query.kind === 'all' ? '' : printed(query));
