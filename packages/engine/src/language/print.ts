/**
 * The tree back to SecLang: `parse(print(node))` is the node again, positions aside. The form is the usual one: operators
 * and actions in double quotes, arguments in single quotes where they need them.
 */
import { EngineError } from '../errors.ts';
import type { ActionNode, DirectiveNode, OperatorNode, RuleSelection, TargetNode } from './ast.ts';
import { printIdRanges } from './id-ranges.ts';
import { isBlank, readQuoted, writeQuoted } from './quoting.ts';
import { scanBareWord, type WordForm } from './words.ts';

/** How a whole argument of a directive can be written. */
type Form = (text: string) => string | null;

const doubleQuoted: Form = (text) => (text.includes('\n') ? null : writeQuoted(text, '"'));
const singleQuoted: Form = (text) => (text.includes('\n') ? null : writeQuoted(text, "'"));
const bareForm =
  (form: WordForm): Form =>
  (text) => {
    if (text === '' || /^["'#]/.test(text) || text.includes('\n')) return null;
    const { end, openQuote } = scanBareWord(text, 0, form);
    return openQuote < 0 && end === text.length ? text : null;
  };
const bare = bareForm('plain');
const bareTargets = bareForm('targets');
/** A backslash at a line's end joins the next line, so that other forms are better where there are. */
const bareWithoutBackslash: Form = (text) => (text.endsWith('\\') ? null : bare(text));

/** Of arguments that are usually bare. */
const NAME_FORMS = [bareWithoutBackslash, doubleQuoted, singleQuoted, bare];
/** Of patterns and actions. */
const QUOTED_FORMS = [doubleQuoted, singleQuoted, bare];

/**
 * Prints a directive on one line, without a line end (but for a last word that ends in a backslash).
 *
 * @throws EngineError SECLANG_BAD_ARGUMENT for a value that no quoting can hold; parsed trees have none
 */
export function printDirective(node: DirectiveNode): string {
  switch (node.kind) {
    case 'rule':
      return joined([
        'SecRule',
        printTargets(node.targets),
        printOperator(node.operator),
        ...(node.actions.length === 0 ? [] : [printActions(node.actions)]),
      ]);
    case 'action':
      return joined(['SecAction', printActions(node.actions)]);
    case 'marker':
      return joined(['SecMarker', written(node.name, NAME_FORMS)]);
    case 'defaultAction':
      return joined(['SecDefaultAction', printActions(node.actions)]);
    case 'removeRules':
      return joined([`SecRuleRemove${SUFFIXES[node.by.kind]}`, printSelection(node.by)]);
    case 'updateTargets':
      return joined([
        `SecRuleUpdateTarget${SUFFIXES[node.by.kind]}`,
        printSelection(node.by),
        printTargets(node.targets),
        ...(node.replaced === undefined ? [] : [printTargets([node.replaced])]),
      ]);
    case 'updateActions': {
      const id = node.link === 0 ? String(node.id) : `${node.id}:${node.link}`;
      return joined(['SecRuleUpdateActionById', id, printActions(node.actions)]);
    }
    case 'setting':
      if (node.name === 'SecDataset') return printDataset(node.values);
      return joined([node.name, ...node.values.map((value) => written(value, NAME_FORMS))]);
  }
}

const printDataset = ([name = '', text = '']: readonly string[]): string =>
  joined(['SecDataset', written(name, NAME_FORMS), `\`${text}\``]);

const SUFFIXES = { id: 'ById', tag: 'ByTag', msg: 'ByMsg' } as const;

/** A word can end in a backslash; another one, and an empty line that it joins, keep it from joining what follows. */
function joined(words: readonly string[]): string {
  const line = words.join(' ');
  return line.endsWith('\\') ? `${line}\\\n` : line;
}

const unprintable = (value: string): EngineError =>
  new EngineError('SECLANG_BAD_ARGUMENT', { what: value, reason: 'no quoting can hold this value' });

/** The text in the first form that can hold it. */
function written(text: string, forms: readonly Form[]): string {
  for (const form of forms) {
    const result = form(text);
    if (result !== null) return result;
  }
  throw unprintable(text);
}

const printSelection = (by: RuleSelection): string =>
  by.kind === 'id' ? printIdRanges(by.ranges) : written(by.pattern, QUOTED_FORMS);

function printOperator({ name, negated, argument }: OperatorNode): string {
  const prefix = negated ? '!' : '';
  const explicit = `${prefix}@${name}${argument === '' ? '' : ` ${argument}`}`;
  // Blanks before an argument count only where no name stands before them.
  if (!isBlank(argument[0])) {
    const form = QUOTED_FORMS.find((candidate) => candidate(explicit) !== null);
    if (form !== undefined) return written(explicit, [form]);
  }
  const isImplicit =
    name === 'rx' && !/^[ \t\r\v\f]*@/.test(argument) && (negated || !argument.startsWith('!'));
  if (!isImplicit) throw unprintable(argument);
  return written(prefix + argument, QUOTED_FORMS);
}

const printTargets = (targets: readonly TargetNode[]): string =>
  writtenList(
    targets.map(targetForms),
    '|',
    // Bare first, as rules are written; an exclusion in an update is a bare word, too.
    [bareTargets, doubleQuoted, singleQuoted],
  );

/** The ways to write one target, the usual one first. */
function targetForms({ variable, selector, count, exclude }: TargetNode): readonly string[] {
  const name = `${exclude ? '!' : ''}${count ? '&' : ''}${variable}`;
  if (selector === null) return [name];
  if (selector.kind === 'regex') {
    const forms = hasBareSlash(selector.pattern) ? [] : [`/${selector.pattern}/`];
    return [...forms, ...inQuotes(`/${selector.pattern}/`)].map((form) => `${name}:${form}`);
  }
  const { key } = selector;
  const isPlain = key !== '' && !/^['/]|[|, \t\r\v\f]/.test(key);
  const forms = isPlain || variable === 'XML' ? [key, ...inQuotes(key)] : inQuotes(key);
  return forms.map((form) => `${name}:${form}`);
}

/** Whether a slash in it, not escaped, would end the pattern; a backslash at its end would shield the closing one. */
const hasBareSlash = (pattern: string): boolean => /^(?:[^\\/]|\\[\s\S])*(?:\/|\\$)/.test(pattern);

const printActions = (actions: readonly ActionNode[]): string =>
  writtenList(actions.map(actionForms), ',', QUOTED_FORMS);

function actionForms({ name, argument }: ActionNode): readonly string[] {
  if (argument === null) return [name];
  const isPlain = argument !== '' && !/^'|[,\s]/.test(argument);
  const quoted = inQuotes(argument).map((form) => `${name}:${form}`);
  const isUsuallyQuoted = /[^\w.+-]/.test(argument) && !['ctl', 't'].includes(name);
  if (!isPlain) return quoted;
  return isUsuallyQuoted ? [...quoted, `${name}:${argument}`] : [`${name}:${argument}`, ...quoted];
}

/** In single quotes, with the inner ones escaped or doubled, as far as that reads back. */
const inQuotes = (value: string): readonly string[] =>
  [value.replaceAll("'", "\\'"), value.replaceAll("'", "''")]
    .map((inner) => `'${inner}'`)
    .filter((form) => {
      const read = readQuoted(form, 0, true);
      return read !== null && read.end === form.length && read.value === value;
    });

/**
 * A list in the first form that can hold one of the ways to write each item. Items do not touch each other: a separator
 * stands between, and the closing quote after the last.
 */
function writtenList(
  items: readonly (readonly string[])[],
  separator: string,
  forms: readonly Form[],
): string {
  for (const form of forms) {
    const chosen: string[] = [];
    for (const [index, ways] of items.entries()) {
      const isLast = index === items.length - 1;
      const way = ways.find((candidate) => form(isLast ? candidate : candidate + separator) !== null);
      if (way === undefined) break;
      chosen.push(way);
    }
    const text = chosen.length === items.length ? form(chosen.join(separator)) : null;
    if (text !== null) return text;
  }
  throw unprintable(items.map(([way = '']) => way).join(separator));
}
