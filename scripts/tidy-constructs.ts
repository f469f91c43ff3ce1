import { type Argument, type CatchClause, type Expression, type Function as Fn, Visitor } from 'oxc-parser';
import { BARE_ERRORS, CONSOLE_FOLDERS, FUNCTION_LINES_MAX, UNFINISHED } from './tidy-laws.ts';
import type { Source, Violation } from './tidy-source.ts';

const TEST_FUNCTIONS = ['it', 'test', 'describe', 'suite', 'bench'];
const TEST_CONTEXTS = ['context', 'ctx'];
const SKIPS = ['skip', 'skipIf', 'runIf', 'todo', 'fails'];

/** `it` for `it.skip.each(…)`: the identifier that a chain of members and calls begins with, and the names behind it. */
function chainOf(expression: Expression): { readonly root: string; readonly names: readonly string[] } {
  const names: string[] = [];
  let at = expression;
  for (;;) {
    if (at.type === 'CallExpression') at = at.callee;
    else if (at.type === 'MemberExpression') {
      if (at.property.type === 'Identifier') names.push(at.property.name);
      at = at.object;
    } else return { root: at.type === 'Identifier' ? at.name : '', names };
  }
}

const isConfiguration = (path: string): boolean => /(?:^|\/)[\w.-]+\.config\.ts$/.test(path);

/** Constructs that the house does without. Each rule's reason is in docs/development.md. */
export function bannedConstructs(source: Source): readonly Violation[] {
  const found: Violation[] = [];
  const refuse = (rule: string, offset: number, message: string): void => {
    found.push({ rule, path: source.path, line: source.lineOf(offset), message });
  };
  for (const message of source.syntaxErrors) refuse('syntax', 0, message);
  types(source, refuse);
  errors(source, refuse);
  catches(source, refuse);
  functionLengths(source, refuse);
  testModifiers(source, refuse);
  comments(source, refuse);
  return found;
}

type Refuse = (rule: string, offset: number, message: string) => void;

function types(source: Source, refuse: Refuse): void {
  new Visitor({
    TSAnyKeyword: (node) => refuse('any', node.start, 'say the type, or take unknown and narrow it'),
    TSEnumDeclaration: (node) => refuse('enum', node.start, 'take a union of strings'),
    TSParameterProperty: (node) => refuse('parameter-property', node.start, 'declare the field'),
    ExportDefaultDeclaration(node) {
      if (!isConfiguration(source.path)) refuse('default-export', node.start, 'export by name');
    },
    MemberExpression(node) {
      if (node.object.type !== 'Identifier' || node.object.name !== 'console') return;
      if (CONSOLE_FOLDERS.some((folder) => source.path.startsWith(folder))) return;
      refuse('console', node.start, 'write through the logger');
    },
  }).visit(source.program);
}

function errors(source: Source, refuse: Refuse): void {
  if (source.isTest || source.path.startsWith('bench/')) return;
  const check = (callee: Expression, offset: number): void => {
    if (callee.type !== 'Identifier' || !BARE_ERRORS.includes(callee.name)) return;
    refuse('bare-error', offset, `${callee.name} has no code: throw the package's own error`);
  };
  new Visitor({
    NewExpression: (node) => check(node.callee, node.start),
    CallExpression: (node) => check(node.callee, node.start),
    ThrowStatement(node) {
      if (['Literal', 'TemplateLiteral', 'ObjectExpression'].includes(node.argument.type)) {
        refuse('bare-error', node.start, 'throw an error, not a value');
      }
    },
  }).visit(source.program);
}

/** A catch that neither throws nor looks at what it caught says in a comment why that is right. */
function catches(source: Source, refuse: Refuse): void {
  const clauses: CatchClause[] = [];
  const throws: number[] = [];
  const names: { readonly name: string; readonly at: number }[] = [];
  new Visitor({
    CatchClause: (node) => clauses.push(node),
    ThrowStatement: (node) => throws.push(node.start),
    Identifier: (node) => names.push({ name: node.name, at: node.start }),
    CallExpression(node) {
      const { callee } = node;
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return;
      if (callee.property.name !== 'catch' || !isEmptyFunction(node.arguments[0])) return;
      if (source.hasCommentAt(node.end) || source.hasCommentWithin(node.start, node.end)) return;
      refuse('swallowed', callee.property.start, 'a rejection is thrown away without a word why');
    },
  }).visit(source.program);
  for (const { param, body, start, end } of clauses) {
    if (source.hasCommentWithin(start, end)) continue;
    const within = (at: number): boolean => at > body.start && at < body.end;
    const bound = param?.type === 'Identifier' ? param.name : undefined;
    const looks = names.some(({ name, at }) => name === bound && within(at));
    if (!looks && !throws.some(within))
      refuse('swallowed', start, 'an error is thrown away without a word why');
  }
}

function isEmptyFunction(node: Argument | undefined): boolean {
  if (node?.type !== 'ArrowFunctionExpression' && node?.type !== 'FunctionExpression') return false;
  const { body } = node;
  if (body === null) return false;
  if (body.type === 'BlockStatement') return body.body.length === 0;
  return (body.type === 'Identifier' && body.name === 'undefined') || body.type === 'Literal';
}

function functionLengths(source: Source, refuse: Refuse): void {
  if (source.isTest) return;
  const check = (node: Pick<Fn, 'start' | 'end'>): void => {
    const lines = source.lineOf(node.end - 1) - source.lineOf(node.start) + 1;
    if (lines <= FUNCTION_LINES_MAX) return;
    refuse('function-length', node.start, `${lines} lines, at most ${FUNCTION_LINES_MAX}`);
  };
  new Visitor({
    FunctionDeclaration: check,
    FunctionExpression: check,
    ArrowFunctionExpression: check,
  }).visit(source.program);
}

function testModifiers(source: Source, refuse: Refuse): void {
  // The calls of one chain begin at one place: describe.only.each([1])('x', …) is reported once.
  const seen = new Set<number>();
  new Visitor({
    CallExpression(node) {
      const { root, names } = chainOf(node.callee);
      if (seen.has(node.start)) return;
      seen.add(node.start);
      const isTest = TEST_FUNCTIONS.includes(root);
      if (isTest && names.includes('only')) refuse('only', node.start, 'it hides every other test');
      const skips = names.some((name) => SKIPS.includes(name));
      if (!skips || !(isTest || TEST_CONTEXTS.includes(root))) return;
      // A context's skip takes its reason as an argument.
      const reason = !isTest && node.arguments.length > 0;
      if (!reason && !source.hasCommentAt(node.start))
        refuse('skip', node.start, 'say why in a comment above it');
    },
  }).visit(source.program);
}

function comments(source: Source, refuse: Refuse): void {
  for (const comment of source.comments) {
    if (/@ts-(?:ignore|nocheck)/.test(comment.value)) {
      refuse('ts-ignore', comment.start, 'mend the type, or take @ts-expect-error with its reason');
    }
    if (UNFINISHED.test(comment.value)) refuse('unfinished', comment.start, 'do it, or say what holds today');
  }
}
