/** Pieces of queries as text: docs/query.md has the language. */

const escaped = (text: string): string =>
  text
    .replace(/["\\]/g, '\\$&')
    .replace(
      /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );

export const condition = (field: string, value: string | number | boolean, not = false): string =>
  `${field} ${not ? '!=' : '='} ${typeof value === 'string' ? `"${escaped(value)}"` : value}`;

/** Both, in brackets where a query could be read otherwise. */
export function and(query: string, more: string): string {
  const former = query.trim();
  if (former === '') return more;
  return / or /i.test(former) ? `(${former}) AND ${more}` : `${former} AND ${more}`;
}
