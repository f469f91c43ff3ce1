/** Pieces of queries as text: docs/query.md has the language. */
import { UNSEEN } from './unseen.ts';

const escaped = (text: string): string =>
  text
    .replace(/["\\]/g, '\\$&')
    .replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** As a value: a text between quotes. */
export const valueText = (value: string | number | boolean): string =>
  typeof value === 'string' ? `"${escaped(value)}"` : String(value);

/** As a value of IN, where a `*` would stand for anything. */
export const patternText = (value: string | number | boolean): string =>
  valueText(value).replace(/[*?]/g, '\\$&');

export const beginsWith = (field: string, text: string): string =>
  `${valueText(field)} IN {${patternText(text).slice(0, -1)}*"}`;

export const condition = (field: string, value: string | number | boolean, not = false): string =>
  `${field} ${not ? '!=' : '='} ${valueText(value)}`;

/** Both, in brackets where a query could be read otherwise. */
export function and(query: string, more: string): string {
  const former = query.trim();
  if (former === '') return more;
  return / or /i.test(former) ? `(${former}) AND ${more}` : `${former} AND ${more}`;
}
