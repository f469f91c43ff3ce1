/**
 * restpath: the value has a path of this form, `/users/{id}/posts/{post}`. What stands for the names goes to ARGS_PATH; a
 * name takes all up to the next slash or question mark. Captures nothing.
 *
 * Source: Coraza, "restpath". What is not a name is a pattern, and is searched anywhere in the value.
 */
import { asciiLower } from '../bytes.ts';
import { badArgument } from './bad-argument.ts';
import { NO_CAPTURES, type OperatorDefinition, type Regex } from './operator.ts';
import { prepared } from './prepared.ts';

const NAME = 'restpath';
/** Groups that an engine tells. */
const NAMES_MAX = 9;
/** A name, or what a pattern may hold besides, so that a brace that is escaped or counts is none. */
const TOKEN = /\{([A-Za-z_][A-Za-z0-9_]*)\}|\{[0-9]+(?:,[0-9]*)?\}|\\.|\[(?:\\.|[^\]\\])*\]|./gs;

interface PathForm {
  readonly regex: Regex;
  readonly names: readonly string[];
}

function parse(text: string, compileRegex: (pattern: string) => Regex): PathForm {
  const names: string[] = [];
  const pattern = [...text.matchAll(TOKEN)].map(([token, name], index, tokens) => {
    if (name !== undefined) {
      names.push(name);
      return '([^?/]+)';
    }
    if (token === '{')
      throw badArgument(NAME, 'a brace that holds no name; a name has letters, digits and _');
    // A group of the pattern's own would take the place of a name.
    if (token === '(' && tokens[index + 1]?.[0] !== '?') return '(?:';
    return token;
  });
  if (names.length > NAMES_MAX) throw badArgument(NAME, `more than ${NAMES_MAX} names in braces`);
  if (new Set(names).size < names.length) throw badArgument(NAME, 'a name in braces stands twice');
  const named = /\(\?P?<[A-Za-z_]/.exec(text);
  if (named !== null) throw badArgument(NAME, 'a group has a name; write the name in braces');
  return { regex: compileRegex(pattern.join('')), names };
}

export const restpath: OperatorDefinition = {
  name: NAME,
  create(argument, environment) {
    const compileRegex = (pattern: string) => environment.compileRegex(pattern);
    const form = prepared(argument, (text) => parse(text, compileRegex));
    return {
      match: (value, expanded) => (form(expanded).regex.test(value) ? NO_CAPTURES : null),
      tell(findings, value, expanded) {
        const { regex, names } = form(expanded);
        const captures = regex.exec(value) ?? [];
        const told = names.map((key, index) => ({
          key,
          lowerKey: asciiLower(key),
          value: captures[index + 1] ?? '',
        }));
        const before = findings.pathArguments.filter(({ key }) => !names.includes(key));
        findings.pathArguments = [...before, ...told];
      },
    };
  },
};
