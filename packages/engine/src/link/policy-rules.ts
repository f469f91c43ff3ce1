/**
 * What a policy says in data that a rule file would say in rules: addresses that are refused or let pass, exclusions. They
 * become rules of their own in front of all others, made as a tree: no text of a policy is ever read as SecLang but the
 * targets of exclusions.
 */
import { assert } from '../assert.ts';
import { compileProgram } from '../compile/compile.ts';
import { EngineError, type SourcePosition } from '../errors.ts';
import type { DirectiveNode, RuleNode, RuleSelection, TargetNode } from '../language/ast.ts';
import { printIdRanges } from '../language/id-ranges.ts';
import { locateAll } from '../language/place.ts';
import { printDirective } from '../language/print.ts';
import { parseTargets } from '../language/targets.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { noPrefilter } from '../prefilter/prefilter.ts';
import { createEnvironment } from './environment.ts';
import { AMBIGUOUS_PATH } from './paths.ts';
import type { RuleUnit } from './rule-set.ts';

/** Addresses and networks (`192.0.2.0/24`, `2001:db8::/32`) of clients, as the adapter names them. */
export interface PolicyAddresses {
  /** Refused with 403 in phase 1. Comes first: an address in both lists is refused. */
  readonly deny?: readonly string[];
  /** Neither rules nor limits hold for these: as in a policy whose mode is Off. */
  readonly allow?: readonly string[];
}

/** At least one of `ids` and `tags`. */
export interface PolicyExclusion {
  /** Rules by id, or ranges of them. */
  readonly ids?: readonly (number | readonly [first: number, last: number])[];
  /** Rules by a tag of theirs, in full: `attack-sqli`. */
  readonly tags?: readonly string[];
  /** What those rules no longer read: `ARGS:comment`, `REQUEST_COOKIES:/^_ga/`. Without any, they do not run at all. */
  readonly targets?: readonly string[];
  /**
   * Where it holds: `/search`, or all below with `/api/*`, as the path is sent. Everywhere without. A path that another
   * parser may read as another (`..`, `//`, `%2e`, `;`) is in none of them: else a client could choose the exclusion.
   */
  readonly paths?: readonly string[];
}

/** Ids of the rules that stand for a policy's data; rule files may not use them. */
export const POLICY_RULE_IDS = Object.freeze({
  first: 90_000_000,
  deniedAddress: 90_000_001,
  allowedAddress: 90_000_002,
  /** And those above it, one for each path of an exclusion. */
  firstExclusion: 90_001_000,
  last: 90_999_999,
});

/** Tag of the rules that are made of a policy's data. */
export const POLICY_TAG = 'sluice/policy';

export interface PolicyData {
  readonly name: string;
  readonly addresses: PolicyAddresses;
  readonly exclusions: readonly PolicyExclusion[];
}

/** The unit that stands in front of a policy's other rules; none where there is nothing to say. */
export function policyRules({ name, addresses, exclusions }: PolicyData): readonly RuleUnit[] {
  const place = (what: string): SourcePosition => ({ file: `policy ${name}, ${what}`, line: 1, column: 1 });
  const ids = { next: POLICY_RULE_IDS.firstExclusion };
  const directives = [
    ...addressRules(addresses, place),
    ...exclusions.flatMap((exclusion, at) => exclusionRules(exclusion, place(`exclusions[${at}]`), ids)),
  ];
  if (directives.length === 0) return [];
  const program = compileProgram(
    { directives, sources: [], warnings: [] },
    {
      environment: createEnvironment(DEFAULT_LIMITS),
      readData: () => {
        throw new EngineError('RULE_FILE_UNREADABLE', { path: name, reason: 'a policy reads no files' });
      },
    },
  );
  return [{ program, prefilter: noPrefilter() }];
}

/** The SecLang that an exclusion becomes, a directive a line, for people: the engine takes the same tree without reading it again. */
export const exclusionText = (exclusion: PolicyExclusion): string =>
  exclusionRules(
    exclusion,
    { file: 'exclusion', line: 1, column: 1 },
    { next: POLICY_RULE_IDS.firstExclusion },
  )
    .map(printDirective)
    .join('\n');

type Actions = readonly (readonly [name: string, argument?: string])[];

function ruleNode(
  position: SourcePosition,
  variable: string,
  operator: { readonly name: string; readonly negated?: boolean; readonly argument: string },
  actions: Actions,
): RuleNode {
  return {
    kind: 'rule',
    targets: [{ variable, selector: null, count: false, exclude: false, position }],
    operator: { negated: false, ...operator, position, argumentPosition: position },
    actions: actions.map(([name, argument = null]) => ({ name, argument, position })),
    position,
  };
}

const ADDRESS = /^[0-9A-Fa-f:.]+(?:\/\d{1,3})?$/;

function addressRules(
  { deny = [], allow = [] }: PolicyAddresses,
  place: (what: string) => SourcePosition,
): readonly RuleNode[] {
  const rule = (list: readonly string[], what: string, id: number, actions: Actions): readonly RuleNode[] => {
    if (list.length === 0) return [];
    const wrong = list.findIndex((text) => !ADDRESS.test(text));
    if (wrong >= 0) {
      throw refusal(place(`${what}[${wrong}]`), `${list[wrong]}`, 'expected an address or a network');
    }
    const own: Actions = [['id', String(id)], ['phase', '1'], ['tag', POLICY_TAG], ...actions];
    return [ruleNode(place(what), 'REMOTE_ADDR', { name: 'ipMatch', argument: list.join(',') }, own)];
  };
  return [
    ...rule(deny, 'addresses.deny', POLICY_RULE_IDS.deniedAddress, [
      ['deny'],
      ['status', '403'],
      ['log'],
      ['msg', 'Client address denied by policy'],
    ]),
    ...rule(allow, 'addresses.allow', POLICY_RULE_IDS.allowedAddress, [
      ['pass'],
      ['nolog'],
      ['ctl', 'ruleEngine=Off'],
    ]),
  ];
}

function exclusionRules(
  exclusion: PolicyExclusion,
  position: SourcePosition,
  ids: { next: number },
): readonly DirectiveNode[] {
  const selections = selectionsOf(exclusion, position);
  if (selections.length === 0) throw refusal(position, 'exclusion', 'expected ids or tags of rules');
  const targets = (exclusion.targets ?? []).map((text) => targetOf(text, position));
  if (exclusion.paths === undefined) {
    return selections.map((by): DirectiveNode => {
      const excluded = targets.map((target) => ({ ...target, exclude: true }));
      return targets.length === 0
        ? { kind: 'removeRules', by, position }
        : { kind: 'updateTargets', by, targets: excluded, position };
    });
  }
  const changes = selections.flatMap((by): Actions => {
    const { option, value } = ctlOf(by);
    if (targets.length === 0) return [['ctl', `ruleRemove${option}=${value}`]];
    return (exclusion.targets ?? []).map((text) => ['ctl', `ruleRemoveTarget${option}=${value};${text}`]);
  });
  return exclusion.paths.flatMap((path) => pathRules(path, changes, ids.next++, position));
}

function selectionsOf({ ids = [], tags = [] }: PolicyExclusion, position: SourcePosition): RuleSelection[] {
  const ranges = ids.map((id) => (typeof id === 'number' ? ([id, id] as const) : id));
  for (const [first, last] of ranges) {
    const isRange = Number.isSafeInteger(first) && Number.isSafeInteger(last) && first >= 0 && first <= last;
    if (!isRange) throw refusal(position, `${first}-${last}`, 'expected an id, or a first and a last id');
    if (last >= POLICY_RULE_IDS.first && first <= POLICY_RULE_IDS.last) {
      throw refusal(position, `${first}-${last}`, 'these ids are those of policies themselves');
    }
  }
  return [
    ...(ranges.length === 0 ? [] : [{ kind: 'id', ranges } as const]),
    ...tags.map((tag) => ({ kind: 'tag', pattern: patternOf(tag, position) }) as const),
  ];
}

/** A pattern that finds this tag and no other. */
function patternOf(tag: string, position: SourcePosition): string {
  if (!/^[\x20-\x7e]+$/.test(tag)) throw refusal(position, 'tag', 'expected printable ASCII');
  const escaped = tag.replace(
    /[^A-Za-z0-9]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return `^${escaped}$`;
}

function targetOf(text: string, position: SourcePosition): TargetNode {
  const [target, second] = parseTargets(text, locateAll(position));
  assert(target !== undefined, 'a list of targets has one');
  if (second === undefined && !target.exclude && !target.count) return target;
  throw refusal(position, text, 'expected one target, without ! or &');
}

const ctlOf = (by: RuleSelection): { readonly option: string; readonly value: string } =>
  by.kind === 'id'
    ? { option: 'ById', value: printIdRanges(by.ranges) }
    : { option: by.kind === 'tag' ? 'ByTag' : 'ByMsg', value: by.pattern };

function pathRules(
  path: string,
  changes: Actions,
  id: number,
  position: SourcePosition,
): readonly RuleNode[] {
  const isBelow = path.endsWith('/*');
  const argument = isBelow ? path.slice(0, -1) : path;
  if (!argument.startsWith('/') || /[*?#]|%\{/.test(argument) || /[^\x21-\x7e]/.test(argument)) {
    throw refusal(position, path, 'expected a path, or a path that ends in /* for all below it');
  }
  if (id > POLICY_RULE_IDS.last) throw refusal(position, path, 'more paths than a policy may have');
  const operator = { name: isBelow ? 'beginsWith' : 'streq', argument };
  return [
    ruleNode(position, 'REQUEST_FILENAME', operator, [
      ['id', String(id)],
      ['phase', '1'],
      ['pass'],
      ['nolog'],
      ['tag', POLICY_TAG],
      ['chain'],
    ]),
    // What a link does happens when that link matches: it must be the last one.
    ruleNode(position, 'REQUEST_FILENAME', { name: 'rx', negated: true, argument: AMBIGUOUS_PATH }, changes),
  ];
}

const refusal = (position: SourcePosition, what: string, reason: string): EngineError =>
  new EngineError('SECLANG_BAD_ARGUMENT', { what, reason }, { position });
