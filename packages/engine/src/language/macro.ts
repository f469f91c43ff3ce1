/** Macros: `%{VAR}`, `%{VAR.key}`, `%{tx.0}`. Whatever does not have this form is literal text, `%{2,3}` of a pattern too. */
import { asciiUpper } from '../bytes.ts';
import type { Macro, MacroPart } from './ast.ts';
import { badArgument, type Locate } from './place.ts';
import { requireVariable } from './variables.ts';

const OPEN = '%{';
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;

interface FoundMacro {
  /** Index of its `%`. */
  readonly start: number;
  /** Index after its `}`. */
  readonly end: number;
  readonly variable: string;
  readonly key: string | null;
}

/**
 * Takes a text apart. Variables become upper case, keys keep their case; neighbouring literals are one part, and an empty
 * text has no part. Total and linear; whether a variable exists is not asked.
 */
export function parseMacro(text: string): Macro {
  const parts: MacroPart[] = [];
  let literalStart = 0;
  for (const { start, end, variable, key } of findMacros(text)) {
    if (start > literalStart) parts.push(text.slice(literalStart, start));
    parts.push({ variable, key });
    literalStart = end;
  }
  if (literalStart < text.length) parts.push(text.slice(literalStart));
  return parts;
}

/** The text that `parseMacro` gives these parts for. */
export const printMacro = (macro: Macro): string =>
  macro
    .map((part) => {
      if (typeof part === 'string') return part;
      return part.key === null ? `%{${part.variable}}` : `%{${part.variable}.${part.key}}`;
    })
    .join('');

/**
 * Refuses macros of variables that do not exist, and keys of variables that have none.
 *
 * @throws EngineError SECLANG_UNKNOWN_VARIABLE, SECLANG_UNSUPPORTED, SECLANG_BAD_ARGUMENT
 */
export function checkMacros(text: string, locate: Locate): void {
  for (const { start, variable, key } of findMacros(text)) {
    const place = locate(start + OPEN.length);
    const definition = requireVariable(variable, place);
    if (key !== null && !definition.collection) {
      throw badArgument(place, `%{${variable}.…}`, 'this variable has no parts to select from');
    }
  }
}

function* findMacros(text: string): Generator<FoundMacro> {
  let from = 0;
  for (;;) {
    const start = text.indexOf(OPEN, from);
    if (start < 0) return;
    from = start + OPEN.length;
    NAME.lastIndex = from;
    const name = NAME.exec(text)?.[0];
    if (name === undefined) continue;
    const afterName = from + name.length;
    const next = text[afterName];
    const hasKey = next === '.' || next === ':';
    if (!hasKey && next !== '}') continue;
    const close = hasKey ? text.indexOf('}', afterName) : afterName;
    // Nothing after this can close either, and a search for each would make the cost quadratic.
    if (close < 0) return;
    const key = hasKey ? text.slice(afterName + 1, close) : null;
    yield { start, end: close + 1, variable: asciiUpper(name), key };
    from = close + 1;
  }
}
