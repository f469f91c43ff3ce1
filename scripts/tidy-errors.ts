import { type ObjectExpression, Visitor } from 'oxc-parser';
import type { Source, Tree, Violation } from './tidy-source.ts';

export const ERRORS_DOCUMENT = 'docs/errors.md';

interface CodedError {
  readonly code: string;
  readonly line: number;
  readonly message: string;
  readonly remedy: string;
}

/** A package's errors: the constant `…_ERRORS` in a file named errors.ts. */
interface ErrorTable {
  readonly path: string;
  readonly name: string;
  readonly errors: readonly CodedError[];
}

/** The value of a constant string, pieces joined by `+` included; undefined for anything else. */
function constantString(node: unknown): string | undefined {
  if (typeof node !== 'object' || node === null || !('type' in node)) return undefined;
  if (node.type === 'Literal' && 'value' in node && typeof node.value === 'string') return node.value;
  if (node.type !== 'BinaryExpression' || !('left' in node) || !('right' in node)) return undefined;
  const left = constantString(node.left);
  const right = constantString(node.right);
  return left === undefined || right === undefined ? undefined : left + right;
}

function propertyOf(object: ObjectExpression, name: string): unknown {
  for (const property of object.properties) {
    if (property.type !== 'Property' || property.key.type !== 'Identifier') continue;
    if (property.key.name === name) return property.value;
  }
  return undefined;
}

function readErrors(source: Source, object: ObjectExpression): readonly CodedError[] {
  const errors: CodedError[] = [];
  for (const property of object.properties) {
    if (property.type !== 'Property' || property.key.type !== 'Identifier') continue;
    const definition = property.value.type === 'ObjectExpression' ? property.value : undefined;
    errors.push({
      code: property.key.name,
      line: source.lineOf(property.start),
      message: (definition && constantString(propertyOf(definition, 'message'))) ?? '',
      remedy: (definition && constantString(propertyOf(definition, 'remedy'))) ?? '',
    });
  }
  return errors;
}

/** The tables of all packages, in the order of their paths. */
export function errorTables(sources: readonly Source[]): readonly ErrorTable[] {
  const tables: ErrorTable[] = [];
  for (const source of sources) {
    if (!/^packages\/[^/]+\/src\/(?:.*\/)?errors\.ts$/.test(source.path)) continue;
    new Visitor({
      VariableDeclarator({ id, init }) {
        if (id.type !== 'Identifier' || !id.name.endsWith('_ERRORS')) return;
        let value = init;
        while (value?.type === 'TSSatisfiesExpression' || value?.type === 'TSAsExpression') {
          value = value.expression;
        }
        if (value?.type !== 'ObjectExpression') return;
        tables.push({ path: source.path, name: id.name, errors: readErrors(source, value) });
      },
    }).visit(source.program);
  }
  return tables.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const cell = (text: string): string => text.replace(/\|/g, '\\|');

const titleOf = (table: ErrorTable): string =>
  table.path
    .replace(/^packages\//, '')
    .replace(/\/src\//, '/')
    .replace(/\/errors\.ts$/, '');

/** docs/errors.md as the tables have it. */
export function errorsDocument(sources: readonly Source[]): string {
  const sections = errorTables(sources).map((table) => {
    const rows = table.errors.map(
      ({ code, message, remedy }) => `| \`${code}\` | ${cell(message)} | ${cell(remedy)} |`,
    );
    return `## ${titleOf(table)}\n\n| Code | Message | Remedy |\n|---|---|---|\n${rows.join('\n')}\n`;
  });
  const head = [
    '# Errors',
    '',
    'Every error that Sluice raises on purpose has a code. A code keeps its meaning for good: a retired one is not used again.',
    'Names in braces stand for what the error is about.',
    '',
    'This page is written by `node scripts/errors-doc.ts` from the tables in the code.',
  ].join('\n');
  return `${[head, ...sections].join('\n\n').trimEnd()}\n`;
}

/** Codes are unique, complete, documented as they are, and raised somewhere. */
export function errorCodes(sources: readonly Source[], tree: Tree): readonly Violation[] {
  const found: Violation[] = [];
  const tables = errorTables(sources);
  const owners = new Map<string, string>();
  const isUsed = usedWords(sources, tree);
  for (const { path, errors } of tables) {
    for (const { code, line, message, remedy } of errors) {
      const refuse = (rule: string, text: string): void => {
        found.push({ rule, path, line, message: `${code} ${text}` });
      };
      const owner = owners.get(code);
      if (owner !== undefined) refuse('error-code', `is ${owner}'s too`);
      owners.set(code, path);
      if (message === '' || remedy === '') refuse('error-code', 'lacks a message or a remedy');
      if (!isUsed(code)) refuse('unused-error-code', 'is raised nowhere');
    }
  }
  if (tables.length > 0 && tree.get(ERRORS_DOCUMENT) !== errorsDocument(sources)) {
    found.push({
      rule: 'error-document',
      path: ERRORS_DOCUMENT,
      line: 0,
      message: 'is not what the tables say: run node scripts/errors-doc.ts',
    });
  }
  return found;
}

/** Whether a word is a string in source, or stands in native code. Keys of the tables themselves are no strings. */
function usedWords(sources: readonly Source[], tree: Tree): (word: string) => boolean {
  const words = new Set(sources.filter((source) => !source.isTest).flatMap((source) => source.strings()));
  const native = [...tree].filter(([path]) => /\.(?:cc|h)$/.test(path)).map(([, text]) => text);
  return (word) => words.has(word) || native.some((text) => text.includes(word));
}
