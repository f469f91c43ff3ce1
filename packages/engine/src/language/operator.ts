/** The operator of a rule: `@name argument`, `!@name argument`, `pattern`, `!pattern`. */
import type { OperatorNode } from './ast.ts';
import { checkMacros } from './macro.ts';
import { requireOperator } from './operators.ts';
import { syntaxError } from './place.ts';
import { isBlank, skipBlanks } from './quoting.ts';
import type { Word } from './words.ts';

/**
 * Parses an operator. Blanks between name and argument do not count; those after the argument do.
 *
 * @throws EngineError SECLANG_SYNTAX, SECLANG_UNKNOWN_OPERATOR, SECLANG_UNSUPPORTED, and what `checkMacros` throws
 */
export function parseOperator(word: Word): OperatorNode {
  const text = word.value;
  const negated = text.startsWith('!');
  const start = negated ? 1 : 0;
  const explicit = readName(word, start);
  const argumentStart = explicit?.argumentStart ?? start;
  const argument = text.slice(argumentStart);
  checkMacros(argument, (index) => word.placeAt(argumentStart + index));
  return {
    name: explicit?.name ?? 'rx',
    negated,
    argument,
    position: word.positionAt(0),
    argumentPosition: word.positionAt(argumentStart),
  };
}

/** The name after an `@`, or null where the text is a pattern. */
function readName(
  word: Word,
  start: number,
): { readonly name: string; readonly argumentStart: number } | null {
  const text = word.value;
  const at = skipBlanks(text, start);
  if (text[at] !== '@') return null;
  // ModSecurity would take ` @eq 0` for a pattern, which nobody means.
  if (at > start)
    throw syntaxError(word.placeAt(start), 'blanks before @; for a pattern that begins so, write @rx');
  let end = at + 1;
  while (end < text.length && !isBlank(text[end])) end++;
  if (end === at + 1) throw syntaxError(word.placeAt(at), 'expected the name of an operator after @');
  const name = requireOperator(text.slice(at + 1, end), word.placeAt(at + 1));
  return { name, argumentStart: skipBlanks(text, end) };
}
