/** Values of a document, which may hold anything: what is missing or of another type is as good as absent. */
import { valueAt as at } from '../document.ts';
import type { Document, Json } from '../record.ts';

const isObject = (value: Json | undefined): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @param path with dots */
export const valueAt = (document: Document, path: string): Json | undefined =>
  at(document, ...path.split('.'));

/** Empty where it is absent. */
export function textAt(document: Document, path: string): string {
  const value = valueAt(document, path);
  return typeof value === 'string' ? value : '';
}

export function numberAt(document: Document, path: string): number | null {
  const value = valueAt(document, path);
  return typeof value === 'number' ? value : null;
}

export function objectsAt(document: Document, path: string): readonly Document[] {
  const value = valueAt(document, path);
  return Array.isArray(value) ? value.filter((each: Json) => isObject(each)) : [];
}

export function textsAt(document: Document, path: string): readonly string[] {
  const value = valueAt(document, path);
  return Array.isArray(value) ? value.filter((each: Json) => typeof each === 'string') : [];
}

/** Without what is absent: no null and no empty text stands for it. */
export const present = (fields: { readonly [name: string]: Json | undefined }): Document =>
  Object.fromEntries(
    Object.entries(fields).filter(
      (entry): entry is [string, Json] => entry[1] !== undefined && entry[1] !== null && entry[1] !== '',
    ),
  );
