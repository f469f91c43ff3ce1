/**
 * Every action of the ModSecurity reference manual (v2.9 and v3): its group, whether it takes an argument, and which are
 * refused because this engine has no such thing, with what to write instead.
 */
import { asciiLower } from '../bytes.ts';
import { parseCtl } from './ctl.ts';
import { checkMacros } from './macro.ts';
import { badArgument, type Locate, type Place, refuse, shown, unsupported } from './place.ts';
import { parseSetvar } from './setvar.ts';
import { suggestion } from './suggestion.ts';
import { requireTransformation } from './transformations.ts';
import { choice, integer, type ValueForm } from './value-forms.ts';
import { WRITABLE_COLLECTIONS } from './variables.ts';
import { isXmlns } from './xmlns.ts';

/** `data` belongs to another action: `status` to deny. */
export type ActionGroup = 'metadata' | 'disruptive' | 'flow' | 'nonDisruptive' | 'data';

type CheckArgument = (argument: string, locate: Locate) => void;

export interface ActionDefinition {
  readonly name: string;
  readonly group: ActionGroup;
  readonly argument: 'none' | 'required' | 'optional';
  /** Refuses an argument of the wrong form, with SECLANG_BAD_ARGUMENT or a code of what it is made of. */
  readonly check?: CheckArgument;
}

const SEVERITIES = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'];

const ofForm =
  (name: string, ...forms: readonly ValueForm[]): CheckArgument =>
  (argument, locate) => {
    if (forms.some((form) => form.canonical(argument) !== null)) return;
    const expected = forms.map((form) => form.expected).join(', or ');
    throw badArgument(locate(0), name, `expected ${expected}, not ${shown(argument)}`);
  };

/** `collection.name=amount/seconds` of deprecatevar. */
const DEPRECATION = /^([A-Za-z]+)\.[^=]+=\d{1,9}\/0*[1-9]\d{0,8}$/;

/** `collection=key` of initcol, `collection.name=seconds` of expirevar. */
const ofCollection =
  (name: string, form: RegExp, expected: string): CheckArgument =>
  (argument, locate) => {
    const collection = form.exec(argument)?.[1];
    if (collection === undefined || !WRITABLE_COLLECTIONS.includes(collection.toUpperCase())) {
      throw badArgument(locate(0), name, `expected ${expected}, not ${shown(argument)}`);
    }
    checkMacros(argument, locate);
  };

/** How many bytes at the beginning and the end of a match stay to be seen. */
const checkShownBytes: CheckArgument = (argument, locate) => {
  if (/^\d{1,4}\/\d{1,4}$/.test(argument)) return;
  throw badArgument(locate(0), 'sanitiseMatchedBytes', `expected FIRST/LAST, not ${shown(argument)}`);
};

const checkSetenv: CheckArgument = (argument, locate) => {
  checkMacros(argument, locate);
  if (/^!?[^=\s]+(?:=|$)/.test(argument)) return;
  throw badArgument(locate(0), 'setenv', `expected NAME=VALUE, not ${shown(argument)}`);
};

const DEFINITIONS: readonly ActionDefinition[] = [
  { name: 'accuracy', group: 'metadata', argument: 'required', check: ofForm('accuracy', integer(0, 9)) },
  {
    name: 'id',
    group: 'metadata',
    argument: 'required',
    check: ofForm('id', integer(1, 999_999_999_999_999)),
  },
  { name: 'maturity', group: 'metadata', argument: 'required', check: ofForm('maturity', integer(0, 9)) },
  { name: 'msg', group: 'metadata', argument: 'required', check: checkMacros },
  {
    name: 'phase',
    group: 'metadata',
    argument: 'required',
    check: ofForm('phase', integer(1, 5), choice('request', 'response', 'logging')),
  },
  { name: 'rev', group: 'metadata', argument: 'required' },
  {
    name: 'severity',
    group: 'metadata',
    argument: 'required',
    check: ofForm('severity', integer(0, 7), choice(...SEVERITIES)),
  },
  { name: 'tag', group: 'metadata', argument: 'required', check: checkMacros },
  { name: 'ver', group: 'metadata', argument: 'required' },
  {
    name: 'allow',
    group: 'disruptive',
    argument: 'optional',
    check: ofForm('allow', choice('phase', 'request')),
  },
  { name: 'block', group: 'disruptive', argument: 'none' },
  { name: 'deny', group: 'disruptive', argument: 'none' },
  { name: 'drop', group: 'disruptive', argument: 'none' },
  { name: 'pass', group: 'disruptive', argument: 'none' },
  { name: 'redirect', group: 'disruptive', argument: 'required', check: checkMacros },
  { name: 'status', group: 'data', argument: 'required', check: ofForm('status', integer(200, 599)) },
  { name: 'chain', group: 'flow', argument: 'none' },
  { name: 'skip', group: 'flow', argument: 'required', check: ofForm('skip', integer(1, 1_000_000)) },
  { name: 'skipAfter', group: 'flow', argument: 'required' },
  { name: 'auditlog', group: 'nonDisruptive', argument: 'none' },
  { name: 'capture', group: 'nonDisruptive', argument: 'none' },
  { name: 'ctl', group: 'nonDisruptive', argument: 'required', check: parseCtl },
  {
    name: 'deprecatevar',
    group: 'nonDisruptive',
    argument: 'required',
    check: ofCollection('deprecatevar', DEPRECATION, 'COLLECTION.NAME=AMOUNT/SECONDS'),
  },
  {
    name: 'expirevar',
    group: 'nonDisruptive',
    argument: 'required',
    check: ofCollection('expirevar', /^([A-Za-z]+)\.[^=]+=./, 'COLLECTION.NAME=SECONDS'),
  },
  {
    name: 'initcol',
    group: 'nonDisruptive',
    argument: 'required',
    check: ofCollection('initcol', /^([A-Za-z]+)=./, 'COLLECTION=KEY'),
  },
  { name: 'log', group: 'nonDisruptive', argument: 'none' },
  { name: 'logdata', group: 'nonDisruptive', argument: 'required', check: checkMacros },
  { name: 'multiMatch', group: 'nonDisruptive', argument: 'none' },
  { name: 'noauditlog', group: 'nonDisruptive', argument: 'none' },
  { name: 'nolog', group: 'nonDisruptive', argument: 'none' },
  { name: 'sanitiseArg', group: 'nonDisruptive', argument: 'required' },
  { name: 'sanitiseMatched', group: 'nonDisruptive', argument: 'none' },
  { name: 'sanitiseMatchedBytes', group: 'nonDisruptive', argument: 'optional', check: checkShownBytes },
  { name: 'sanitiseRequestHeader', group: 'nonDisruptive', argument: 'required' },
  { name: 'sanitiseResponseHeader', group: 'nonDisruptive', argument: 'required' },
  { name: 'setenv', group: 'nonDisruptive', argument: 'required', check: checkSetenv },
  { name: 'setrsc', group: 'nonDisruptive', argument: 'required', check: checkMacros },
  { name: 'setsid', group: 'nonDisruptive', argument: 'required', check: checkMacros },
  { name: 'setuid', group: 'nonDisruptive', argument: 'required', check: checkMacros },
  { name: 'setvar', group: 'nonDisruptive', argument: 'required', check: parseSetvar },
  {
    name: 't',
    group: 'nonDisruptive',
    argument: 'required',
    check: (argument, locate) => requireTransformation(argument, locate(0)),
  },
  {
    name: 'xmlns',
    group: 'nonDisruptive',
    argument: 'required',
    check: (argument, locate) => {
      if (isXmlns(argument)) return;
      throw badArgument(locate(0), 'xmlns', `expected PREFIX=URI, not ${shown(argument)}`);
    },
  },
];

/** Names by what to write instead. */
const REFUSED: readonly (readonly [names: string, alternative: string])[] = [
  ['append prepend', 'Leave it out: responses are judged here, not rewritten.'],
  ['exec', 'Act on the event instead: by an alert, or a webhook.'],
  ['pause', 'Use deny; to slow clients down, set a rate limit in the proxy.'],
  ['proxy', 'Use deny or redirect; routes belong to the proxy.'],
];

/** Names of the actions that are refused, with an s. */
export const REFUSED_ACTION_NAMES: readonly string[] = REFUSED.flatMap(([names]) => names.split(' '));

/** All actions by name. */
export const ACTIONS: ReadonlyMap<string, ActionDefinition> = new Map(
  DEFINITIONS.map((definition) => [definition.name, definition]),
);

const BY_LOWER_NAME = new Map(DEFINITIONS.map((definition) => [asciiLower(definition.name), definition]));

const REFUSED_BY_LOWER_NAME = new Map(
  REFUSED.flatMap(([names, alternative]) =>
    names
      .split(' ')
      .map((name): [string, readonly [string, string]] => [asciiLower(name), [name, alternative]]),
  ),
);

/**
 * The action of a name in any case.
 *
 * @throws EngineError SECLANG_UNKNOWN_ACTION, or SECLANG_UNSUPPORTED for one that this engine does not have
 */
export function requireAction(name: string, place: Place): ActionDefinition {
  const lower = asciiLower(name);
  // Those of sanitise… exist with a z, too.
  const definition = BY_LOWER_NAME.get(lower.replace(/^sanitize/, 'sanitise'));
  if (definition !== undefined) return definition;
  const refused = REFUSED_BY_LOWER_NAME.get(lower);
  if (refused !== undefined) throw unsupported(place, `action ${refused[0]}`, refused[1]);
  throw refuse(place, 'SECLANG_UNKNOWN_ACTION', {
    name: shown(name),
    suggestion: suggestion(name, ACTIONS.keys()),
  });
}
