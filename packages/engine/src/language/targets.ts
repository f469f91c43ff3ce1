/** Lists of targets: `ARGS|!ARGS:foo|&TX:/^x_/|XML://@*|REQUEST_COOKIES:'/a|b/'`. A comma separates as a bar does. */
import { parseXmlPath } from '../body/xml-path.ts';
import type { Selector, TargetNode } from './ast.ts';
import { badArgument, type Locate, shown, syntaxError, unsupported } from './place.ts';
import { isBlank, readQuoted, skipBlanks } from './quoting.ts';
import { requireVariable } from './variables.ts';

const NAME = /[A-Za-z0-9_-]+/y;

interface Read<T> {
  readonly node: T;
  readonly end: number;
}

/**
 * Parses a list of targets, at least one.
 *
 * @throws EngineError SECLANG_SYNTAX, SECLANG_UNKNOWN_VARIABLE, SECLANG_UNSUPPORTED, or SECLANG_BAD_ARGUMENT for a selector
 *   on a variable without parts
 */
export function parseTargets(text: string, locate: Locate): readonly TargetNode[] {
  const targets: TargetNode[] = [];
  let index = 0;
  for (;;) {
    const { node, end } = readTarget(text, skipBlanks(text, index), locate);
    targets.push(node);
    index = skipBlanks(text, end);
    if (index === text.length) return targets;
    if (!isSeparator(text[index])) {
      throw syntaxError(
        locate(index),
        `expected | or the end of the targets${endsRegex(text, index) ? '; inside a pattern write \\/' : ''}`,
      );
    }
    index++;
  }
}

const isSeparator = (character: string | undefined): boolean => character === '|' || character === ',';

const endsRegex = (text: string, index: number): boolean => text[index - 1] === '/';

function readTarget(text: string, start: number, locate: Locate): Read<TargetNode> {
  const prefix = text[start];
  const exclude = prefix === '!';
  const count = prefix === '&';
  const nameStart = exclude || count ? start + 1 : start;
  NAME.lastIndex = nameStart;
  const name = NAME.exec(text)?.[0];
  if (name === undefined) throw syntaxError(locate(start), 'expected the name of a variable');
  const definition = requireVariable(name, locate(nameStart));
  const position = locate(start).position;
  const afterName = nameStart + name.length;
  if (text[afterName] !== ':') {
    return {
      node: { variable: definition.name, selector: null, count, exclude, position },
      end: afterName,
    };
  }
  if (!definition.collection) {
    throw badArgument(locate(afterName), definition.name, 'this variable has no parts to select from');
  }
  const read = definition.name.endsWith('XML') ? readXpath : readSelector;
  const { node: selector, end } = read(text, afterName + 1, locate);
  return { node: { variable: definition.name, selector, count, exclude, position }, end };
}

function readSelector(text: string, start: number, locate: Locate): Read<Selector> {
  if (text[start] === "'") return readQuotedSelector(text, start, locate);
  if (text[start] === '/') return readPattern(text, start, locate);
  const { node: key, end } = readBare(text, start, locate);
  return { node: { kind: 'key', key }, end };
}

/** In quotes a pattern goes from the first slash to the last, and needs no escapes. */
function readQuotedSelector(text: string, start: number, locate: Locate): Read<Selector> {
  const quoted = readQuoted(text, start, true);
  if (quoted === null) throw syntaxError(locate(start), 'a quote is not closed');
  const { value, end } = quoted;
  const isPattern = value.length > 2 && value.startsWith('/') && value.endsWith('/');
  return {
    node: isPattern ? { kind: 'regex', pattern: value.slice(1, -1) } : { kind: 'key', key: value },
    end,
  };
}

/** `/pattern/`; a slash in it is written `\/`, and stays so: to every regex engine it is a slash. */
function readPattern(text: string, start: number, locate: Locate): Read<Selector> {
  let index = start + 1;
  while (index < text.length && text[index] !== '/') index += text[index] === '\\' ? 2 : 1;
  if (index >= text.length) {
    throw syntaxError(locate(start), "the pattern has no closing slash; put a key with a slash in '…'");
  }
  if (index === start + 1) throw syntaxError(locate(start), 'the pattern is empty');
  return { node: { kind: 'regex', pattern: text.slice(start + 1, index) }, end: index + 1 };
}

function readBare(text: string, start: number, locate: Locate): Read<string> {
  let end = start;
  while (end < text.length && !isSeparator(text[end]) && !isBlank(text[end])) end++;
  if (end === start) throw syntaxError(locate(start), 'expected a key or /pattern/ after the colon');
  const next = skipBlanks(text, end);
  if (next < text.length && !isSeparator(text[next])) {
    throw syntaxError(locate(end), "a blank in a key; put the key in '…'");
  }
  return { node: text.slice(start, end), end };
}

function readXpath(text: string, start: number, locate: Locate): Read<Selector> {
  const isQuoted = text[start] === "'";
  const read = isQuoted ? readQuotedSelector(text, start, locate) : null;
  const { node: xpath, end } =
    read === null
      ? readBareXpath(text, start)
      : { node: read.node.kind === 'key' ? read.node.key : `/${read.node.pattern}/`, end: read.end };
  const path = parseXmlPath(xpath);
  if ('reason' in path) {
    const place = locate(start + path.at + (isQuoted ? 1 : 0));
    throw unsupported(place, `XPath ${shown(xpath)} (${path.reason})`, XPATH_ADVICE);
  }
  return { node: { kind: 'key', key: xpath }, end };
}

const XPATH_ADVICE =
  'Write a path of names, *, // and predicates [3], [@a] or [@a="b"], with @a or text() at its end; or XML:/* or XML://@*.';

/** Up to a separator or blank that stands in no predicate. */
function readBareXpath(text: string, start: number): Read<string> {
  let quote = '';
  let depth = 0;
  let end = start;
  for (; end < text.length; end++) {
    const character = text[end] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (depth > 0 && (character === '"' || character === "'")) quote = character;
    else if (character === '[') depth++;
    else if (character === ']') depth--;
    else if (depth <= 0 && (isSeparator(character) || isBlank(character))) break;
  }
  return { node: text.slice(start, end), end };
}
