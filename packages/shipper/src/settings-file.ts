/** Settings in YAML: read once, checked whole, every problem told with its place. */
import { readFileSync, statSync } from 'node:fs';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { reasonOf } from './errors.ts';

const SETTINGS_BYTES_MAX = 1_048_576;
const PROBLEMS_MAX = 20;

/** What a file of settings is to be, and the errors that say that it is not. */
export interface SettingsKind<T> {
  readonly schema: z.ZodType<T>;
  unreadable(details: { readonly path: string; readonly reason: string }, cause?: unknown): Error;
  /** @param details the place as `file:line:column`; the reason may name further places, a line each */
  invalid(details: { readonly place: string; readonly reason: string }, cause?: unknown): Error;
}

/** Throws what the kind makes of a file that cannot be read, or is wrong. */
export function readSettings<T>(path: string, kind: SettingsKind<T>): T {
  let text: string;
  let size: number;
  try {
    size = statSync(path).size;
    text = size > SETTINGS_BYTES_MAX ? '' : readFileSync(path, 'utf8');
  } catch (cause) {
    throw kind.unreadable({ path, reason: reasonOf(cause) }, cause);
  }
  if (size > SETTINGS_BYTES_MAX) {
    throw kind.unreadable({ path, reason: `it has more than ${SETTINGS_BYTES_MAX} bytes` });
  }
  return parseSettings(text, path, kind);
}

/** @param file the name shown in errors */
export function parseSettings<T>(text: string, file: string, kind: SettingsKind<T>): T {
  const lines = new LineCounter();
  const placeOf = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [fault] = document.errors;
  if (fault !== undefined) throw kind.invalid({ place: placeOf(fault.pos[0]), reason: fault.message });
  let values: unknown;
  try {
    values = document.toJS() ?? {};
  } catch (cause) {
    // Aliases that expand without end, or that name no anchor.
    throw kind.invalid({ place: file, reason: reasonOf(cause) }, cause);
  }
  const result = kind.schema.safeParse(values);
  if (result.success) return result.data;
  const told = result.error.issues.flatMap(innermost).map(({ path, message }) => ({
    place: placeOf(offsetOf(document, path)),
    reason: path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
  }));
  const [first = { place: file, reason: 'not a valid configuration' }, ...others] = told;
  const more = others.slice(0, PROBLEMS_MAX - 1).map(({ place, reason }) => `\n${place}: ${reason}`);
  throw kind.invalid({ place: first.place, reason: first.reason + more.join('') });
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** Of a union, what its last kind says: who writes a map did not mean `false`, which is the first of ours. */
function innermost({ path, message, ...issue }: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code !== 'invalid_union') return [{ path, message }];
  const inner = issue.errors.findLast((each) => each.length > 0);
  if (inner === undefined) return [{ path, message }];
  return inner.flatMap((each) => innermost(each)).map((each) => ({ ...each, path: [...path, ...each.path] }));
}

/** Where the value at a path starts, or the nearest one around it that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return document.contents?.range?.[0] ?? 0;
}
