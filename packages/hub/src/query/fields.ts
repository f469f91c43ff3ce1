/** Fields of a schema by the names that queries, sorts and aggregations have for them. */
import { suggestion } from '@sluice/engine/suggestion';
import type { Field, Schema } from '@sluice/spool';

const indexes = new WeakMap<Schema, ReadonlyMap<string, Field>>();

function indexOf(schema: Schema): ReadonlyMap<string, Field> {
  const known = indexes.get(schema);
  if (known !== undefined) return known;
  const index = new Map(schema.fields.map((field) => [field.path, field]));
  indexes.set(schema, index);
  return index;
}

/** The field at a path: one of its own, or a child of a family, whose name comes from data. */
export function findField(schema: Schema, path: string): Field | undefined {
  const field = indexOf(schema).get(path);
  if (field !== undefined) return field;
  const family = schema.families.find((each) => isChild(each, path));
  return family === undefined ? undefined : { ...family, path };
}

function isChild(family: Field, path: string): boolean {
  const parent = family.path.slice(0, -1);
  return path.startsWith(parent) && /^[^.*\0]+$/.test(path.slice(parent.length)) && path.isWellFormed();
}

/** ` (did you mean …?)`: a path that ends as the text does (`ip`, `rules.id`), or one that is written like it. */
export function nearField(schema: Schema, path: string): string {
  const paths = schema.fields.map((field) => field.path);
  const tail = paths.find((each) => each.toLowerCase().endsWith(`.${path.toLowerCase()}`));
  return tail === undefined ? suggestion(path, paths) : ` (did you mean ${tail}?)`;
}
