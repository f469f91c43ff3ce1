/** Whole rule sets: a base with its settings, and a policy on it with units before and after, exclusions and pinned values. */
import {
  type Engine,
  overlayFor,
  type PolicyOverlay,
  type RuleSet,
} from '../../packages/engine/src/index.ts';
import { anyEffects, anyHead, anyTransformations, quoted } from './actions.ts';
import { anyOperator, type DataFiles } from './operators.ts';
import type { Random } from './random.ts';
import { anyTarget, anyTargets } from './targets.ts';
import { NAMESPACE, PREFIX } from './vocabulary.ts';

export interface Files extends DataFiles {
  readonly geo: string;
}

interface GeneratedLink {
  /** Empty for SecAction. */
  readonly targets: readonly string[];
  readonly operator: string;
  readonly actions: readonly string[];
}

/** A directive as it is written, or a chain. */
type GeneratedItem = string | readonly GeneratedLink[];

export interface GeneratedRules {
  readonly base: readonly GeneratedItem[];
  readonly before: readonly GeneratedItem[];
  readonly after: readonly GeneratedItem[];
  readonly policy: Omit<PolicyOverlay, 'name' | 'before' | 'after'>;
  readonly paranoiaMax: 1 | 2 | 3 | 4;
}

const RULES_MAX = 10;
/** Ids by unit; those of the base are few, so that ranges of exclusions meet them. */
const FIRST_ID = { base: 1, before: 101, after: 201 } as const;

/** A unit sees only its own. */
const DATASETS: readonly string[] = [
  'SecDataset words `\nevil\nunion select\n../\n<script\na\n`',
  'SecDataset addresses `\n192.0.2.0/24\n2001:db8::/32\n203.0.113.9\n`',
];

const PROCESSORS: readonly string[] = [
  `SecRule REQUEST_HEADERS:Content-Type "@contains xml" "id:90000,phase:1,pass,nolog,t:lowercase,ctl:requestBodyProcessor=XML"`,
  `SecRule REQUEST_HEADERS:Content-Type "@contains json" "id:90001,phase:1,pass,nolog,t:lowercase,ctl:requestBodyProcessor=JSON"`,
];

export function anyRules(random: Random, files: Files): GeneratedRules {
  const base = [...settings(random, files), ...rules(random, files, 'base', RULES_MAX)];
  const hasOverlay = random.oneIn(2);
  const unit = (name: 'before' | 'after'): readonly GeneratedItem[] =>
    hasOverlay && random.oneIn(2)
      ? [...exclusions(random), ...DATASETS, ...rules(random, files, name, 3)]
      : [];
  return {
    base: [...base, ...exclusions(random)],
    before: unit('before'),
    after: unit('after'),
    policy: policy(random),
    paranoiaMax: random.pick([4, 4, 4, 2, 1]),
  };
}

function policy(random: Random): GeneratedRules['policy'] {
  const paranoia = random.oneIn(3) ? 1 + random.below(4) : undefined;
  const mode = random.pick(['Block', 'Block', 'Detect', null, 'Off'] as const);
  return {
    mode: mode === 'Off' && !random.oneIn(5) ? 'Detect' : mode,
    ...(paranoia === undefined
      ? {}
      : { paranoia, detectionParanoia: Math.min(4, paranoia + random.below(2)) }),
    ...(random.oneIn(3) ? { inboundThreshold: 1 + random.below(9), outboundThreshold: 4 } : {}),
  };
}

function settings(random: Random, files: Files): readonly string[] {
  const some = random.many(0, 3, () =>
    random.pick([
      'SecRuleEngine DetectionOnly',
      'SecRequestBodyAccess On',
      'SecRequestBodyAccess Off',
      'SecResponseBodyAccess On',
      'SecResponseBodyMimeType text/html text/plain application/json',
      'SecArgumentSeparator ;',
      'SecCookieFormat 1',
      'SecRequestBodyLimit 40',
      'SecRequestBodyLimitAction ProcessPartial',
      'SecResponseBodyLimit 20',
      'SecResponseBodyLimitAction Reject',
      'SecRequestBodyNoFilesLimit 30',
      'SecRequestBodyJsonDepthLimit 2',
      'SecParseXmlIntoArgs On',
      'SecParseXmlIntoArgs OnlyArgs',
      'SecArgumentsLimit 3',
      'SecUploadFileLimit 2',
      'SecPcreMatchLimit 500',
      'SecWebAppId evil',
      'SecDefaultAction "phase:2,deny,status:409,log"',
      'SecDefaultAction "phase:1,pass,nolog,t:lowercase"',
    ]),
  );
  // Two default actions of a phase are refused, and so would the rules be.
  const once = some.filter((line, index) => some.indexOf(line) === index);
  return [...once, ...DATASETS, `SecGeoLookupDb ${files.geo}`, ...(random.oneIn(4) ? [] : PROCESSORS)];
}

function rules(
  random: Random,
  files: Files,
  unit: keyof typeof FIRST_ID,
  max: number,
): readonly GeneratedItem[] {
  const items: GeneratedItem[] = [];
  const count = 1 + random.below(max);
  // A marker stands behind each rule that may skip to it.
  const markers = random.oneIn(2) ? [] : [`M1-${unit}`, `M2-${unit}`];
  const firstAt = random.below(count);
  for (let at = 0; at < count; at++) {
    const left = at < firstAt ? markers : markers.slice(1);
    items.push(chain(random, files, FIRST_ID[unit] + at, left));
    if (at === firstAt && markers[0] !== undefined) items.push(`SecMarker ${markers[0]}`);
  }
  return markers[1] === undefined ? items : [...items, `SecMarker ${markers[1]}`];
}

function chain(
  random: Random,
  files: Files,
  id: number,
  markers: readonly string[],
): readonly GeneratedLink[] {
  const phase = random.pick([1, 2, 2, 2, 2, 3, 4, 5]);
  const length = random.pick([1, 1, 1, 1, 2, 2, 3]);
  return Array.from({ length }, (_, index): GeneratedLink => {
    const head = index > 0 ? [] : [`id:${id}`, `phase:${phase}`, ...anyHead(random, markers)];
    const isAction = index === 0 && random.oneIn(10);
    const actions = [...head, ...(isAction ? [] : anyTransformations(random)), ...anyEffects(random)];
    if (isAction) return { targets: [], operator: '', actions };
    const targets = anyTargets(random);
    const named = targets.some((target) => target.includes(`${PREFIX}:`))
      ? [...actions, quoted('xmlns', `${PREFIX}=${NAMESPACE}`)]
      : actions;
    return { targets, operator: anyOperator(random, files), actions: named };
  });
}

function exclusions(random: Random): readonly string[] {
  if (!random.oneIn(3)) return [];
  return random.many(1, 2, () => {
    const ids = random.pick(['1', '2-3', '4', '101', '1-9']);
    switch (random.below(7)) {
      case 0:
        return `SecRuleRemoveById ${ids}`;
      case 1:
        return `SecRuleRemoveByTag ${random.pick(['attack', '^t$', 'paranoia-level/4'])}`;
      case 2:
        return `SecRuleRemoveByMsg ${random.pick(['evil', '^m'])}`;
      case 3:
        return `SecRuleUpdateTargetById ${ids} "${random.pick(['!', '', '!'])}${anyTarget(random)}"`;
      case 4:
        return `SecRuleUpdateTargetByTag t "!${anyTarget(random)}"`;
      case 5:
        return `SecRuleUpdateTargetByMsg evil "!${anyTarget(random)}"`;
      default:
        return `SecRuleUpdateActionById ${random.pick(['1', '2', '3'])} "${random.pick(['pass', 'deny,status:404', 't:none,t:lowercase', quoted('setvar', 'tx.x=+1')])}"`;
    }
  });
}

export const textOf = (items: readonly GeneratedItem[]): string =>
  items.map((item) => (typeof item === 'string' ? item : item.map(linkText).join('\n'))).join('\n');

function linkText(
  { targets, operator, actions }: GeneratedLink,
  index: number,
  all: readonly GeneratedLink[],
): string {
  const list = (index < all.length - 1 ? [...actions, 'chain'] : actions).join(',').replaceAll('"', '\\"');
  if (targets.length === 0) return `SecAction "${list}"`;
  const head = `SecRule ${targets.join('|')} "${operator.replaceAll('"', '\\"')}"`;
  return list === '' ? head : `${head} "${list}"`;
}

/** @throws EngineError where the engine refuses the rules */
export function linkRules(engine: Engine, rules: GeneratedRules): RuleSet {
  const load = (name: string, items: readonly GeneratedItem[]) =>
    engine.loadRules([{ path: `${name}.conf`, text: textOf(items) }], { paranoiaMax: rules.paranoiaMax });
  const units = (name: 'before' | 'after') => (rules[name].length === 0 ? [] : [load(name, rules[name])]);
  const overlay = overlayFor({
    name: 'generated',
    ...rules.policy,
    before: units('before'),
    after: units('after'),
  });
  return engine.ruleSet(load('base', rules.base), overlay);
}

/** Smaller rules to try in their place: without items, links, targets or actions. */
export function* smallerRules(rules: GeneratedRules): Generator<GeneratedRules> {
  for (const unit of ['after', 'before', 'base'] as const) {
    if (rules[unit].length > 0 && unit !== 'base') yield { ...rules, [unit]: [] };
    for (const [index, item] of rules[unit].entries()) {
      yield { ...rules, [unit]: rules[unit].toSpliced(index, 1) };
      if (typeof item === 'string') continue;
      for (const smaller of smallerChains(item)) yield { ...rules, [unit]: rules[unit].with(index, smaller) };
    }
  }
  if (rules.paranoiaMax !== 4) yield { ...rules, paranoiaMax: 4 };
  if (Object.keys(rules.policy).length > 1) yield { ...rules, policy: { mode: rules.policy.mode } };
  if (rules.policy.mode !== 'Detect') yield { ...rules, policy: { ...rules.policy, mode: 'Detect' } };
}

function* smallerChains(links: readonly GeneratedLink[]): Generator<readonly GeneratedLink[]> {
  for (const [index, link] of links.entries()) {
    if (index > 0) yield links.toSpliced(index, 1);
    for (const at of link.targets.keys()) {
      if (link.targets.length > 1)
        yield links.with(index, { ...link, targets: link.targets.toSpliced(at, 1) });
    }
    for (const at of link.actions.keys())
      yield links.with(index, { ...link, actions: link.actions.toSpliced(at, 1) });
  }
}
