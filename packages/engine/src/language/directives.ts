/** One directive: its words to a node of the tree. */
import { asciiLower } from '../bytes.ts';
import { parseActions } from './action-list.ts';
import { ACTIONS, type ActionDefinition } from './actions.ts';
import type { ActionNode, DirectiveNode, RuleSelection, TargetNode } from './ast.ts';
import { type IdRange, parseIdRanges } from './id-ranges.ts';
import { parseOperator } from './operator.ts';
import { badArgument, type Place, refuse, shown, unsupported } from './place.ts';
import { REFUSED_DIRECTIVES, SETTINGS, type SettingDefinition } from './settings.ts';
import { suggestion } from './suggestion.ts';
import { parseTargets } from './targets.ts';
import type { Word, WordForm } from './words.ts';

/** The directive's name as a word, and its arguments. */
export interface DirectiveWords {
  readonly name: Word;
  readonly arguments: readonly Word[];
}

interface StructuredDirective {
  readonly name: string;
  /** What it takes, for the message about a wrong number of arguments. */
  readonly usage: string;
  readonly min: number;
  readonly max: number;
  /** The argument from which on bare words are targets. */
  readonly targetsFrom?: number;
  readonly targetsTo?: number;
  parse(words: readonly Word[], name: Word): DirectiveNode;
}

const MANY = Number.POSITIVE_INFINITY;

const actionsOf = (
  word: Word | undefined,
  accept?: (definition: ActionDefinition, place: Place) => void,
): readonly ActionNode[] =>
  word === undefined ? [] : parseActions(word.value, (index) => word.placeAt(index), accept);

const targetsOf = (word: Word): readonly TargetNode[] =>
  parseTargets(word.value, (index) => word.placeAt(index));

const idsOf = (words: readonly Word[], name: string): readonly IdRange[] =>
  words.flatMap((word) => parseIdRanges(word.value, name, (index) => word.placeAt(index)));

/** The word of an index below the directive's `min`, which was checked before. */
function wordAt(words: readonly Word[], index: number, name: Word): Word {
  const word = words[index];
  if (word === undefined) throw badArgument(name.place, name.value, 'an argument is missing');
  return word;
}

function patternOf(word: Word, name: Word): string {
  if (word.value === '') throw badArgument(word.place, name.value, 'the pattern is empty');
  return word.value;
}

const removal = (name: string, by: 'tag' | 'msg'): StructuredDirective => ({
  name,
  usage: 'PATTERN',
  min: 1,
  max: 1,
  parse: (words, at) => {
    const pattern = patternOf(wordAt(words, 0, at), at);
    return { kind: 'removeRules', by: { kind: by, pattern }, position: at.position };
  },
});

/** What an update says of targets: the words after those that select rules. */
function updateOf(by: RuleSelection, words: readonly Word[], at: Word): DirectiveNode {
  const targets = targetsOf(wordAt(words, 0, at));
  const [, replacedWord] = words;
  if (replacedWord === undefined) return { kind: 'updateTargets', by, targets, position: at.position };
  const [replaced, second] = targetsOf(replacedWord);
  if (replaced === undefined || second !== undefined || replaced.exclude) {
    throw badArgument(replacedWord.place, at.value, 'expected one target to replace, without !');
  }
  return { kind: 'updateTargets', by, targets, replaced, position: at.position };
}

/** Words of ids and ranges; any other begins the targets. */
const IDS = /^[\d\s,-]+$/;

const targetUpdate = (name: string, by: 'tag' | 'msg'): StructuredDirective => ({
  name,
  usage: 'PATTERN TARGETS [REPLACED_TARGET]',
  min: 2,
  max: 3,
  targetsFrom: 1,
  parse: (words, at) => {
    const selection: RuleSelection = { kind: by, pattern: patternOf(wordAt(words, 0, at), at) };
    return updateOf(selection, words.slice(1), at);
  },
});

const STRUCTURED: readonly StructuredDirective[] = [
  {
    name: 'SecRule',
    usage: 'TARGETS OPERATOR [ACTIONS]',
    min: 2,
    max: 3,
    targetsFrom: 0,
    targetsTo: 0,
    parse: (words, at) => ({
      kind: 'rule',
      targets: targetsOf(wordAt(words, 0, at)),
      operator: parseOperator(wordAt(words, 1, at)),
      actions: actionsOf(words[2]),
      position: at.position,
    }),
  },
  {
    name: 'SecAction',
    usage: 'ACTIONS',
    min: 1,
    max: 1,
    parse: (words, at) => ({ kind: 'action', actions: actionsOf(words[0]), position: at.position }),
  },
  {
    name: 'SecMarker',
    usage: 'NAME',
    min: 1,
    max: 1,
    parse: (words, at) => {
      const { value: name, place } = wordAt(words, 0, at);
      if (name === '') throw badArgument(place, 'SecMarker', 'the name is empty');
      return { kind: 'marker', name, position: at.position };
    },
  },
  {
    name: 'SecDefaultAction',
    usage: 'ACTIONS',
    min: 1,
    max: 1,
    parse: (words, at) => {
      const actions = defaultActionsOf(wordAt(words, 0, at));
      return { kind: 'defaultAction', actions, position: at.position };
    },
  },
  {
    name: 'SecRuleRemoveById',
    usage: 'ID…',
    min: 1,
    max: MANY,
    parse: (words, at) => {
      const ranges = idsOf(words, 'SecRuleRemoveById');
      return { kind: 'removeRules', by: { kind: 'id', ranges }, position: at.position };
    },
  },
  removal('SecRuleRemoveByTag', 'tag'),
  removal('SecRuleRemoveByMsg', 'msg'),
  {
    name: 'SecRuleUpdateTargetById',
    usage: 'ID… TARGETS [REPLACED_TARGET]',
    min: 2,
    max: MANY,
    targetsFrom: 0,
    parse: (words, at) => {
      const last = words.length - 1;
      // With a target before the last word, that is what the last one replaces.
      const replaces = last > 1 && !IDS.test(wordAt(words, last - 1, at).value);
      const from = replaces ? last - 1 : last;
      const ranges = idsOf(words.slice(0, from), 'SecRuleUpdateTargetById');
      return updateOf({ kind: 'id', ranges }, words.slice(from), at);
    },
  },
  targetUpdate('SecRuleUpdateTargetByTag', 'tag'),
  targetUpdate('SecRuleUpdateTargetByMsg', 'msg'),
  {
    name: 'SecRuleUpdateActionById',
    usage: 'ID[:LINK] ACTIONS',
    min: 2,
    max: 2,
    parse: (words, at) => {
      const { id, link } = idAndLink(wordAt(words, 0, at));
      const actions = actionsOf(wordAt(words, 1, at), acceptUpdate);
      return { kind: 'updateActions', id, link, actions, position: at.position };
    },
  },
];

const BY_LOWER_NAME: ReadonlyMap<string, StructuredDirective> = new Map(
  STRUCTURED.map((directive) => [asciiLower(directive.name), directive]),
);

/** Names of all directives that are accepted. */
export function directiveNames(): readonly string[] {
  const settings = [...SETTINGS.values()].map((definition) => definition.name);
  return [...STRUCTURED.map((directive) => directive.name), ...settings, 'Include', 'IncludeOptional'];
}

/** How the bare words of a directive are read; see `readWords`. */
export function wordForms(directiveName: string): (index: number) => WordForm {
  if (asciiLower(directiveName) === 'secdataset') return (index) => (index === 2 ? 'block' : 'plain');
  const { targetsFrom = MANY, targetsTo = MANY } = BY_LOWER_NAME.get(asciiLower(directiveName)) ?? {};
  return (index) => (index - 1 >= targetsFrom && index - 1 <= targetsTo ? 'targets' : 'plain');
}

/**
 * Parses one directive other than Include.
 *
 * @param ignore told why a directive changes nothing here
 * @throws EngineError SECLANG_UNKNOWN_DIRECTIVE, SECLANG_UNSUPPORTED, SECLANG_BAD_ARGUMENT, and the codes of its parts
 */
export function parseDirective(words: DirectiveWords, ignore: (message: string) => void): DirectiveNode {
  const { name } = words;
  const lower = asciiLower(name.value);
  const structured = BY_LOWER_NAME.get(lower);
  if (structured !== undefined) {
    checkCount(words, structured.name, structured.usage, structured.min, structured.max);
    return structured.parse(words.arguments, name);
  }
  const definition = SETTINGS.get(lower);
  if (definition !== undefined) {
    const node = parseSetting(words, definition);
    if (definition.ignoredBecause !== undefined) ignore(`${definition.name}: ${definition.ignoredBecause}`);
    return node;
  }
  const refused = REFUSED_DIRECTIVES.get(lower);
  if (refused !== undefined) throw unsupported(name.place, refused.name, refused.alternative);
  if (lower.startsWith('<')) {
    throw unsupported(
      name.place,
      `Apache’s ${shown(name.value)}`,
      'Keep only the rules themselves in the file.',
    );
  }
  throw refuse(name.place, 'SECLANG_UNKNOWN_DIRECTIVE', {
    name: shown(name.value),
    suggestion: suggestion(name.value, directiveNames()),
  });
}

function checkCount(words: DirectiveWords, name: string, usage: string, min: number, max: number): void {
  const { length } = words.arguments;
  if (length >= min && length <= max) return;
  const place = length > max ? words.arguments[max]?.place : undefined;
  throw badArgument(place ?? words.name.place, name, `takes ${usage}, not ${length} arguments`);
}

function parseSetting(words: DirectiveWords, definition: SettingDefinition): DirectiveNode {
  const { name, forms, min, max, only } = definition;
  const expected = forms.length === 0 ? 'no argument' : forms.map((form) => form.expected).join(' and ');
  checkCount(words, name, expected, min, max);
  const values = words.arguments.map((word, index) => {
    const form = forms[Math.min(index, forms.length - 1)];
    const value = form?.canonical(word.value) ?? null;
    if (form === undefined || value === null) {
      throw badArgument(
        word.place,
        name,
        `expected ${form?.expected ?? 'nothing'}, not ${shown(word.value)}`,
      );
    }
    if (only !== undefined && value !== only.value) {
      throw unsupported(word.place, `${name} ${value}`, only.alternative);
    }
    return value;
  });
  return { kind: 'setting', name, values, position: words.name.position };
}

function idAndLink(word: Word): { readonly id: number; readonly link: number } {
  const match = /^(\d{1,15})(?::(\d{1,4}))?$/.exec(word.value);
  if (match === null) {
    throw badArgument(
      word.place,
      'SecRuleUpdateActionById',
      `expected ID or ID:LINK, not ${shown(word.value)}`,
    );
  }
  return { id: Number(match[1]), link: Number(match[2] ?? 0) };
}

/**
 * What a default action must have and must not have (ModSecurity reference manual). A tag may stand there, as
 * crs-setup.conf shows under "Self-contained mode": ModSecurity 2 looks for the other metadata only.
 */
function defaultActionsOf(word: Word): readonly ActionNode[] {
  const actions = actionsOf(word, ({ name, group }, place) => {
    const described = group === 'metadata' && name !== 'phase' && name !== 'tag';
    if (described || group === 'flow' || name === 'block')
      throw badArgument(place, 'SecDefaultAction', `${name} cannot stand here`);
  });
  if (!actions.some((action) => action.name === 'phase')) {
    throw badArgument(word.place, 'SecDefaultAction', 'phase is missing');
  }
  if (!actions.some((action) => ACTIONS.get(action.name)?.group === 'disruptive')) {
    throw badArgument(word.place, 'SecDefaultAction', 'a disruptive action (pass, deny, …) is missing');
  }
  return actions;
}

/** Which rule it is, when it runs and what belongs to its chain stay as they are. */
const acceptUpdate = ({ name }: ActionDefinition, place: Place): void => {
  if (!['id', 'phase', 'chain'].includes(name)) return;
  throw badArgument(place, 'SecRuleUpdateActionById', `${name} cannot be changed`);
};
