/** Lists of actions: `id:1,phase:2,t:none,msg:'it''s, with commas',setvar:'tx.a=%{tx.b}'`. */
import { type ActionDefinition, requireAction } from './actions.ts';
import type { ActionNode } from './ast.ts';
import { badArgument, type Locate, type Place, syntaxError } from './place.ts';
import { readQuoted, skipBlanks, trimEnd } from './quoting.ts';

const NAME = /[A-Za-z][A-Za-z0-9]*/y;

/** Throws for an action that cannot stand where the list stands. */
type AcceptAction = (definition: ActionDefinition, place: Place) => void;

/** An argument as it stands in the list. */
interface Argument {
  readonly value: string;
  readonly end: number;
  readonly locate: Locate;
}

/**
 * Parses a list of actions; it may be empty, and commas more than are needed do not count. An argument without quotes
 * ends at the comma and holds no blanks: ModSecurity takes what follows a blank for the next action, Coraza for the same
 * argument, so that a missing comma would silently lose an action in one.
 *
 * @param accept asked about every action
 * @throws EngineError SECLANG_SYNTAX, SECLANG_UNKNOWN_ACTION, SECLANG_UNSUPPORTED, SECLANG_BAD_ARGUMENT, and what setvar,
 *   ctl and macros throw
 */
export function parseActions(
  text: string,
  locate: Locate,
  accept: AcceptAction = () => {},
): readonly ActionNode[] {
  const actions: ActionNode[] = [];
  let index = skipSeparators(text, 0);
  while (index < text.length) {
    const { node, end } = readAction(text, index, locate, accept);
    actions.push(node);
    index = skipBlanks(text, end);
    if (index < text.length && text[index] !== ',') {
      throw syntaxError(locate(index), 'expected a comma or the end of the actions');
    }
    index = skipSeparators(text, index);
  }
  return actions;
}

function skipSeparators(text: string, from: number): number {
  let index = skipBlanks(text, from);
  while (text[index] === ',') index = skipBlanks(text, index + 1);
  return index;
}

function readAction(
  text: string,
  start: number,
  locate: Locate,
  accept: AcceptAction,
): { readonly node: ActionNode; readonly end: number } {
  NAME.lastIndex = start;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) {
    const hint = text[start] === '#' ? '; a comment cannot stand inside a directive' : '';
    throw syntaxError(locate(start), `expected the name of an action${hint}`);
  }
  const place = locate(start);
  const definition = requireAction(name, place);
  accept(definition, place);
  const afterName = start + name.length;
  const colon = skipBlanks(text, afterName);
  const argument = text[colon] === ':' ? readArgument(text, skipBlanks(text, colon + 1), locate) : null;
  checkArgument(definition, argument, locate, afterName);
  const node = { name: definition.name, argument: argument?.value ?? null, position: place.position };
  return { node, end: argument?.end ?? afterName };
}

function readArgument(text: string, start: number, locate: Locate): Argument {
  if (text[start] === "'") {
    const quoted = readQuoted(text, start, true);
    if (quoted === null) throw syntaxError(locate(start), 'a quote is not closed');
    return { value: quoted.value, end: quoted.end, locate: (index) => locate(quoted.sourceIndex(index)) };
  }
  const comma = text.indexOf(',', start);
  const end = trimEnd(text, start, comma < 0 ? text.length : comma);
  const value = text.slice(start, end);
  const blank = value.search(/[ \t\r\v\f]/);
  if (blank >= 0) {
    throw syntaxError(
      locate(start + blank),
      "a blank in an argument without quotes; put it in '…', or a comma before",
    );
  }
  return { value, end, locate: (index) => locate(start + index) };
}

function checkArgument(
  definition: ActionDefinition,
  argument: Argument | null,
  locate: Locate,
  afterName: number,
): void {
  const { name } = definition;
  if (argument === null) {
    if (definition.argument === 'required')
      throw badArgument(locate(afterName), name, 'an argument is missing');
    return;
  }
  if (definition.argument === 'none') throw badArgument(argument.locate(0), name, 'takes no argument');
  if (argument.value === '' && !MAY_BE_EMPTY.has(name)) {
    throw badArgument(argument.locate(0), name, 'the argument is empty');
  }
  definition.check?.(argument.value, argument.locate);
}

/** Texts that only say something: an empty one changes no verdict. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(['logdata', 'msg', 'rev', 'tag', 'ver']);
