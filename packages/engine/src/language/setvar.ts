/** The argument of `setvar`: `tx.name=value`, `tx.name=+1`, `tx.name=-%{tx.x}`, `tx.name`, `!tx.name`. */
import { asciiUpper } from '../bytes.ts';
import type { SourcePosition } from '../errors.ts';
import type { SetvarArgument } from './ast.ts';
import { checkMacros, parseMacro, printMacro } from './macro.ts';
import { badArgument, type Locate, locateAll } from './place.ts';
import { skipBlanks, trimEnd } from './quoting.ts';
import { WRITABLE_COLLECTIONS } from './variables.ts';

/**
 * Takes the argument apart. A name without a value is set to 1 (ModSecurity reference manual); blanks around the name and
 * before the value do not count.
 *
 * @param at the action's position, or the places of the argument's characters
 * @throws EngineError SECLANG_BAD_ARGUMENT, and what `checkMacros` throws
 */
export function parseSetvar(text: string, at: SourcePosition | Locate): SetvarArgument {
  const locate = typeof at === 'function' ? at : locateAll(at);
  const start = skipBlanks(text, 0);
  const removes = text[start] === '!';
  const nameFrom = removes ? start + 1 : start;
  const equals = text.indexOf('=', nameFrom);
  const nameEnd = trimEnd(text, nameFrom, equals < 0 ? text.length : equals);
  const { collection, nameStart } = readCollection(text, nameFrom, nameEnd, locate);
  const name = parseMacro(text.slice(nameStart, nameEnd));
  checkMacros(text, locate);
  if (removes) {
    if (equals >= 0) throw badArgument(locate(equals), 'setvar', 'a variable that is removed takes no value');
    return { collection, name, operation: 'remove', value: [] };
  }
  if (equals < 0) return { collection, name, operation: 'set', value: ['1'] };
  const valueStart = skipBlanks(text, equals + 1);
  const sign = text[valueStart];
  if (sign === '+')
    return { collection, name, operation: 'add', value: parseMacro(text.slice(valueStart + 1)) };
  if (sign === '-') {
    return { collection, name, operation: 'subtract', value: parseMacro(text.slice(valueStart + 1)) };
  }
  return { collection, name, operation: 'set', value: parseMacro(text.slice(valueStart)) };
}

function readCollection(
  text: string,
  from: number,
  end: number,
  locate: Locate,
): { readonly collection: string; readonly nameStart: number } {
  const dot = text.indexOf('.', from);
  if (dot < 0 || dot + 1 >= end) {
    throw badArgument(locate(from), 'setvar', 'expected COLLECTION.NAME, as in tx.score');
  }
  const collection = asciiUpper(text.slice(from, dot));
  if (!WRITABLE_COLLECTIONS.includes(collection)) {
    throw badArgument(
      locate(from),
      'setvar',
      `expected one of the collections ${WRITABLE_COLLECTIONS.join(', ')}`,
    );
  }
  return { collection, nameStart: dot + 1 };
}

/** The text that `parseSetvar` gives this for. */
export function printSetvar({ collection, name, operation, value }: SetvarArgument): string {
  const variable = `${collection}.${printMacro(name)}`;
  switch (operation) {
    case 'remove':
      return `!${variable}`;
    case 'add':
      return `${variable}=+${printMacro(value)}`;
    case 'subtract':
      return `${variable}=-${printMacro(value)}`;
    case 'set':
      return `${variable}=${printMacro(value)}`;
  }
}
