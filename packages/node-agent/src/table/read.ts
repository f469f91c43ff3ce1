/** A table from its file: whole and right, or an error with the field, its place and what to do. */
import { readFileSync, statSync } from 'node:fs';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { NodeAgentError, reasonOf, type TablePosition } from '../errors.ts';
import { PROBLEMS_MAX, TABLE_BYTES_MAX } from '../limits.ts';
import { type AgentTable, tableSchema } from './schema.ts';

/** @throws NodeAgentError TABLE_UNREADABLE, TABLE_SYNTAX, TABLE_INVALID */
export function readTable(path: string): AgentTable {
  let text: string;
  try {
    const bytes = statSync(path).size;
    text = bytes > TABLE_BYTES_MAX ? '' : readFileSync(path, 'utf8');
    if (bytes > TABLE_BYTES_MAX)
      throw new NodeAgentError('TABLE_UNREADABLE', { path, reason: `more than ${TABLE_BYTES_MAX} bytes` });
  } catch (cause) {
    if (cause instanceof NodeAgentError) throw cause;
    throw new NodeAgentError('TABLE_UNREADABLE', { path, reason: reasonOf(cause) }, { cause });
  }
  return parseTable(text, path);
}

/**
 * @param file the name that errors show
 * @throws NodeAgentError TABLE_SYNTAX, TABLE_INVALID
 */
export function parseTable(text: string, file: string): AgentTable {
  const fast = asJson(text);
  if (fast !== undefined) {
    const result = tableSchema.safeParse(fast);
    if (result.success) return result.data;
  }
  // Places are worth a slower reader where something is wrong, and YAML needs it anyway.
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): TablePosition => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const fault = document.errors[0];
  if (fault !== undefined)
    throw new NodeAgentError('TABLE_SYNTAX', { reason: fault.message }, { position: at(fault.pos[0]) });
  const result = tableSchema.safeParse(valuesOf(document, file));
  if (result.success) return result.data;
  throw invalid(result.error, document, at);
}

/** Undefined where it is no JSON. */
function asJson(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // It may be YAML in flow style; if it is neither, the YAML reader says where.
    return undefined;
  }
}

function valuesOf(document: Document, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (cause) {
    const position = { file, line: 1, column: 1 };
    throw new NodeAgentError('TABLE_SYNTAX', { reason: reasonOf(cause) }, { position, cause });
  }
}

function invalid(
  error: z.ZodError,
  document: Document,
  at: (offset: number) => TablePosition,
): NodeAgentError {
  const problems = error.issues.flatMap(problemsOf);
  const [first, ...others] = problems.map(({ path, reason }) => ({
    reason: `${path.map(String).join('.') || 'the table'}: ${reason}`,
    position: at(offsetOf(document, path)),
  }));
  const more = others
    .slice(0, PROBLEMS_MAX - 1)
    .map(({ reason, position }) => `\n${position.file}:${position.line}:${position.column}: ${reason}`);
  const reason = (first?.reason ?? 'not a table') + more.join('');
  return new NodeAgentError('TABLE_INVALID', { reason }, { position: first?.position ?? at(0) });
}

interface Problem {
  readonly path: readonly PropertyKey[];
  readonly reason: string;
}

function problemsOf(issue: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...issue.path, key], reason: 'this field is not known' }));
  if (issue.code === 'invalid_value')
    return [{ path: issue.path, reason: `expected ${issue.values.map(String).join(' or ')}` }];
  return [{ path: issue.path, reason: issue.message }];
}

/** Where the value at a path starts, or the nearest one around it that is there. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return document.contents?.range?.[0] ?? 0;
}
