/** Look-ups in an ordered header list. Names are compared without ASCII case; the list itself is never changed. */
import { asciiLower } from '../bytes.ts';
import type { HeaderList } from './http-attributes.ts';

/** Value of the first header of this name, or undefined. */
export function findHeader(headers: HeaderList, name: string): string | undefined {
  const wanted = asciiLower(name);
  for (const [candidate, value] of headers) {
    if (candidate.length === wanted.length && asciiLower(candidate) === wanted) return value;
  }
  return undefined;
}

/** Values of all headers of this name, in wire order. */
export function findHeaders(headers: HeaderList, name: string): string[] {
  const wanted = asciiLower(name);
  const values: string[] = [];
  for (const [candidate, value] of headers) {
    if (candidate.length === wanted.length && asciiLower(candidate) === wanted) values.push(value);
  }
  return values;
}

/** Whether a header of this name is there, with whatever value. */
export const hasHeader = (headers: HeaderList, name: string): boolean =>
  findHeader(headers, name) !== undefined;
