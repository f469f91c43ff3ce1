/** Reads documents of a store, of which nothing is taken for granted: fields may be missing, or of another type. */
import type { Document, Json } from '@sluice/spool';

const isObject = (value: Json): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** All values at a path with dots, those of all elements where arrays are on the way. Names may hold dots themselves. */
export function valuesAt(value: Json, path: string): readonly Json[] {
  if (Array.isArray(value)) return value.flatMap((each: Json) => valuesAt(each, path));
  if (!isObject(value)) return [];
  const found: Json[] = [];
  for (const [name, child] of Object.entries(value)) {
    if (name === path) found.push(...leaves(child));
    else if (path.startsWith(`${name}.`)) found.push(...valuesAt(child, path.slice(name.length + 1)));
  }
  return found;
}

const leaves = (value: Json): readonly Json[] =>
  Array.isArray(value) ? value.flatMap((each: Json) => leaves(each)) : value === null ? [] : [value];

export function textAt(document: Json, path: string): string | null {
  const value = valuesAt(document, path)[0];
  return value === undefined || (typeof value === 'object' && value !== null) ? null : String(value);
}

export function numberAt(document: Json, path: string): number | null {
  const value = valuesAt(document, path)[0];
  return typeof value === 'number' ? value : null;
}

export const isTrueAt = (document: Json, path: string): boolean => valuesAt(document, path)[0] === true;

export const textsAt = (document: Json, path: string): readonly string[] =>
  valuesAt(document, path).flatMap((value) => (typeof value === 'string' ? [value] : []));

/** Path and value of each leaf, in the order of the document: `waf.rules[0].id`. */
export function* flatten(value: Json, path = ''): Generator<readonly [path: string, value: Json]> {
  if (Array.isArray(value) && value.length > 0) {
    for (const [index, child] of value.entries()) yield* flatten(child, `${path}[${index}]`);
  } else if (isObject(value) && Object.keys(value).length > 0) {
    for (const [name, child] of Object.entries(value))
      yield* flatten(child, path === '' ? name : `${path}.${name}`);
  } else yield [path, value];
}
