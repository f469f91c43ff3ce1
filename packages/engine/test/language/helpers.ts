import { EngineError } from '../../src/errors.ts';
import type { DirectiveNode } from '../../src/language/ast.ts';
import { parseRules } from '../../src/language/parse.ts';

export const FILE = 'rules.conf';

/** All directives of a text. */
export const parse = (text: string): readonly DirectiveNode[] =>
  parseRules([{ path: FILE, text }]).directives;

/** The only directive of a text. */
export function parseOne(text: string): DirectiveNode {
  const [node, ...rest] = parse(text);
  if (node === undefined || rest.length > 0)
    throw new RangeError(`expected one directive, got ${rest.length + 1}`);
  return node;
}

/** A tree without its positions. */
export const bare = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      /^(?:argumentP|p)osition$/.test(key) ? undefined : inner,
    ),
  );

/** `line:column` of every position in a tree, in the order of its properties. */
export function positions(value: unknown): readonly string[] {
  if (value === null || typeof value !== 'object') return [];
  if ('file' in value && 'line' in value && 'column' in value) return [`${value.line}:${value.column}`];
  return Object.values(value).flatMap(positions);
}

/** What an action throws, which must be an `EngineError`. */
export function failure(action: () => unknown): EngineError {
  try {
    action();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new RangeError('nothing was thrown');
}

/** The error of a text that is refused. */
export const failureOf = (text: string): EngineError => failure(() => parse(text));
