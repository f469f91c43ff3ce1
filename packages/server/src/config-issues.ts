/** What zod found wrong, in words, with the place in the file. */
import { type Document, isMap, isNode, isScalar, type Node } from 'yaml';
import { z } from 'zod';
import { configSchema } from './config-schema.ts';
import { nearest } from './nearest.ts';
import { unwrap } from './policies/setting-paths.ts';

export interface ConfigProblem {
  readonly reason: string;
  /** Where in the file, in UTF-16 units. */
  readonly offset: number;
}

type Path = readonly PropertyKey[];

/** One problem for each unknown key, one for any other issue. */
export function explainIssue(issue: z.core.$ZodIssue, document: Document): readonly ConfigProblem[] {
  const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
  const offset = offsetOf(document, issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(key, issue.path, where, document));
    case 'invalid_key': {
      const key = String(issue.path.at(-1));
      const reason = `${where}${issue.issues[0]?.message ?? 'a name of this form is not allowed'}`;
      return [{ reason, offset: keyOffset(document, issue.path.slice(0, -1), key) }];
    }
    case 'invalid_value': {
      const given = document.getIn(issue.path);
      const hint = typeof given === 'string' ? suggestion(given, issue.values.map(String)) : '';
      return [{ reason: `${where}expected ${issue.values.map(String).join(' or ')}${hint}`, offset }];
    }
    case 'invalid_union': {
      const inner = issue.errors.flat()[0];
      return [{ reason: `${where}${inner?.message ?? issue.message}`, offset }];
    }
    default:
      return [{ reason: `${where}${issue.message}`, offset }];
  }
}

function unknownKey(key: string, path: Path, where: string, document: Document): ConfigProblem {
  const known = keysAt(configSchema, path);
  const hint = suggestion(key, known);
  const listed = hint === '' && known.length > 0 ? `; known are ${known.join(', ')}` : hint;
  return { reason: `${where}unknown key ${key}${listed}`, offset: keyOffset(document, path, key) };
}

function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === null ? '' : `; did you mean ${near}?`;
}

/** The keys that the schema knows at a path. */
function keysAt(schema: z.core.$ZodType, path: Path): readonly string[] {
  const inner = unwrap(schema);
  const [head, ...rest] = path;
  if (inner instanceof z.ZodObject) {
    if (head === undefined) return Object.keys(inner.shape);
    const next: z.core.$ZodType | undefined = inner.shape[String(head)];
    return next === undefined ? [] : keysAt(next, rest);
  }
  if (inner instanceof z.ZodRecord) {
    if (head !== undefined) return keysAt(inner.valueType, rest);
    return inner.keyType instanceof z.ZodEnum ? inner.keyType.options.map(String) : [];
  }
  if (inner instanceof z.ZodArray && head !== undefined) return keysAt(inner.element, rest);
  return [];
}

/** Where the value at a path starts, or the nearest one around it that is there. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return startOf(node);
  }
  return startOf(document.contents);
}

function keyOffset(document: Document, path: Path, key: string): number {
  const map = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(map)) return offsetOf(document, path);
  const pair = map.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
  return isNode(pair?.key) ? startOf(pair.key) : offsetOf(document, path);
}

/** Where a value starts in the file; null where the file does not have it. */
export function valueOffset(document: Document, path: Path): number | null {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  return isNode(node) ? startOf(node) : null;
}

const startOf = (node: Node | null): number => node?.range?.[0] ?? 0;
