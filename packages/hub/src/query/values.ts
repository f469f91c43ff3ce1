/** The values of a document's field, as they are compared. */
import type { FieldType, Json } from '@sluice/spool';
import { addressKey } from './address.ts';
import { isoMillis } from './date.ts';
import { compareText, wellFormed } from './text.ts';
import type { QueryValue } from './tree.ts';

/** Names may hold dots themselves: `{"ecs.version": …}` is `{"ecs": {"version": …}}`. */
function collect(value: Json | undefined, names: readonly string[], into: Json[]): void {
  if (value === undefined || value === null) return;
  if (Array.isArray(value)) {
    for (const element of value as readonly Json[]) collect(element, names, into);
    return;
  }
  if (names.length === 0) {
    into.push(value);
    return;
  }
  if (typeof value !== 'object') return;
  const object = value as { readonly [name: string]: Json };
  for (let length = 1; length <= names.length; length += 1) {
    const name = names.slice(0, length).join('.');
    if (Object.hasOwn(object, name)) collect(object[name], names.slice(length), into);
  }
}

/** All that stands at a path, elements of arrays one by one; null is no value. */
export function jsonAt(document: Json, path: string): readonly Json[] {
  const found: Json[] = [];
  collect(document, path.split('.'), found);
  return found;
}

/**
 * A value in the form in which values of its type are compared: texts well-formed, addresses as 32 hexadecimal digits, dates in milliseconds
 * since the epoch. Undefined where the value is not of the type.
 */
export function comparable(value: Json, type: FieldType): QueryValue | undefined {
  switch (type) {
    case 'keyword':
      return typeof value === 'string' ? wellFormed(value) : undefined;
    case 'ip':
      return typeof value === 'string' ? addressKey(value) : undefined;
    case 'date':
      return typeof value === 'string' ? isoMillis(value) : undefined;
    case 'long':
      return typeof value === 'number' ? value + 0 : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
  }
}

/** Values of a field in their order in the document, equal ones as often as they stand there. */
export function valuesAt(
  document: Json,
  { path, type }: { readonly path: string; readonly type: FieldType },
): readonly QueryValue[] {
  return jsonAt(document, path)
    .map((value) => comparable(value, type))
    .filter((value) => value !== undefined);
}

/** Numbers by value, texts by their UTF-8, false before true. */
export function compareValues(a: QueryValue, b: QueryValue): number {
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b);
  return Number(a) - Number(b);
}
