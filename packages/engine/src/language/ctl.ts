/** The argument of `ctl`: `option=value`, `ruleRemoveTargetById=ID;TARGET`. */
import { asciiLower } from '../bytes.ts';
import type { SourcePosition } from '../errors.ts';
import type { CtlArgument, TargetNode } from './ast.ts';
import { parseIdRanges } from './id-ranges.ts';
import { badArgument, type Locate, locateAll, shown, unsupported } from './place.ts';
import { skipBlanks, trimEnd } from './quoting.ts';
import { suggestion } from './suggestion.ts';
import { parseTargets } from './targets.ts';
import { choice, integer, nonEmpty, ON_OFF, pattern, type ValueForm } from './value-forms.ts';

/** `ids` are rule ids and ranges, checked by themselves. */
const OPTIONS: Readonly<Record<string, { readonly value: ValueForm | 'ids'; readonly hasTarget?: true }>> = {
  auditEngine: { value: choice('On', 'Off', 'RelevantOnly') },
  auditLogParts: { value: pattern(/^[+-]?[A-KZ]+$/i, 'letters A to K and Z, after + or - those to change') },
  debugLogLevel: { value: integer(0, 9) },
  forceRequestBodyVariable: { value: ON_OFF },
  forceResponseBodyVariable: { value: ON_OFF },
  parseXmlIntoArgs: { value: choice('On', 'Off', 'OnlyArgs') },
  requestBodyAccess: { value: ON_OFF },
  requestBodyLimit: { value: integer(0, Number.MAX_SAFE_INTEGER) },
  requestBodyProcessor: { value: choice('URLENCODED', 'MULTIPART', 'JSON', 'XML', 'RAW') },
  responseBodyAccess: { value: ON_OFF },
  responseBodyLimit: { value: integer(0, Number.MAX_SAFE_INTEGER) },
  responseBodyProcessor: { value: choice('JSON', 'XML') },
  ruleEngine: { value: choice('On', 'Off', 'DetectionOnly') },
  ruleRemoveById: { value: 'ids' },
  ruleRemoveByMsg: { value: nonEmpty },
  ruleRemoveByTag: { value: nonEmpty },
  ruleRemoveTargetById: { value: 'ids', hasTarget: true },
  ruleRemoveTargetByMsg: { value: nonEmpty, hasTarget: true },
  ruleRemoveTargetByTag: { value: nonEmpty, hasTarget: true },
};

/** Names of all options, in the spelling of the reference manual. */
export const CTL_OPTIONS: readonly string[] = Object.keys(OPTIONS);

const REFUSED: ReadonlyMap<string, readonly [name: string, alternative: string]> = new Map(
  (
    [
      ['hashEngine', 'Leave it out: links are not signed here.'],
      ['hashEnforcement', 'Leave it out: links are not signed here.'],
    ] as const
  ).map((entry) => [asciiLower(entry[0]), entry]),
);

/** Names of the options that are refused. */
export const REFUSED_CTL_OPTIONS: readonly string[] = [...REFUSED.values()].map(([name]) => name);

const BY_LOWER_NAME = new Map(CTL_OPTIONS.map((name) => [asciiLower(name), name]));

/**
 * Takes the argument apart. Values out of a fixed set come in the manual's spelling (`On`, `DetectionOnly`, `XML`).
 *
 * @param at the action's position, or the places of the argument's characters
 * @throws EngineError SECLANG_BAD_ARGUMENT, SECLANG_UNSUPPORTED, and what `parseTargets` throws
 */
export function parseCtl(text: string, at: SourcePosition | Locate): CtlArgument {
  const locate = typeof at === 'function' ? at : locateAll(at);
  const equals = text.indexOf('=');
  if (equals < 0) throw badArgument(locate(0), 'ctl', 'expected OPTION=VALUE');
  const option = requireOption(text.slice(0, trimEnd(text, 0, equals)), locate);
  const { value: form, hasTarget } = OPTIONS[option] ?? { value: nonEmpty };
  const semicolon = hasTarget ? text.indexOf(';', equals) : -1;
  if (hasTarget && semicolon < 0) {
    throw badArgument(
      locate(equals + 1),
      `ctl:${option}`,
      'expected a target after a semicolon, as in 942100;ARGS:name',
    );
  }
  const valueStart = skipBlanks(text, equals + 1);
  const valueEnd = trimEnd(text, valueStart, semicolon < 0 ? text.length : semicolon);
  const written = text.slice(valueStart, valueEnd);
  if (form === 'ids') parseIdRanges(written, `ctl:${option}`, (index) => locate(valueStart + index));
  const value = form === 'ids' ? written : form.canonical(written);
  if (value === null || value === '') {
    const expected = form === 'ids' ? 'a rule id or a range of ids' : form.expected;
    throw badArgument(locate(valueStart), `ctl:${option}`, `expected ${expected}, not ${shown(written)}`);
  }
  return { option, value, target: semicolon < 0 ? null : parseTarget(text, semicolon + 1, option, locate) };
}

function requireOption(name: string, locate: Locate): string {
  const option = BY_LOWER_NAME.get(asciiLower(name));
  if (option !== undefined) return option;
  const refused = REFUSED.get(asciiLower(name));
  if (refused !== undefined) throw unsupported(locate(0), `ctl:${refused[0]}`, refused[1]);
  throw badArgument(locate(0), 'ctl', `unknown option ${shown(name)}${suggestion(name, CTL_OPTIONS)}`);
}

function parseTarget(text: string, start: number, option: string, locate: Locate): TargetNode {
  const [target, second] = parseTargets(text.slice(start), (index) => locate(start + index));
  if (target === undefined || second !== undefined || target.exclude || target.count) {
    throw badArgument(locate(start), `ctl:${option}`, 'expected one target, without ! or &');
  }
  return target;
}
