/**
 * Where one policy is weaker than another: where it lets through, or leaves unseen, anything that the other would not. A field that is not
 * compared here cannot be weaker: block pages, sampling and hashes of events.
 */
import { UNINSPECTABLE_CAUSES, type UninspectableCause } from '@sluice/server';
import { canonicalJson } from '../canonical-json.ts';
import type { Allowances, Exclusion, Mode, PolicySettings } from '../kinds/objects.ts';
import { coverage } from './rule-ranges.ts';
import { dataPathOf } from './settings.ts';

export interface Weakness {
  /** `thresholds.inbound`. */
  readonly field: string;
  /** `12 is more than 5`: what it says, and what it may say. */
  readonly message: string;
  /** Rules that nobody may do without, whatever is allowed. */
  readonly protected: boolean;
}

type Compare = (inherited: PolicySettings, own: PolicySettings, allow: Allowances) => readonly Weakness[];

/** The larger the stricter. */
const MODE_STRENGTH: Readonly<Record<Mode, number>> = { Off: 0, Detect: 1, Block: 2 };

const weaker = (field: string, message: string): readonly Weakness[] => [
  { field, message, protected: false },
];
const NONE: readonly Weakness[] = [];

/** @param own with what it inherits */
export const weaknesses = (
  inherited: PolicySettings,
  own: PolicySettings,
  allow: Allowances,
): readonly Weakness[] => COMPARISONS.flatMap((compare) => compare(inherited, own, allow));

const mode: Compare = (inherited, own, allow) => {
  const strength = ({ mode: given = 'Detect' }: PolicySettings): number => MODE_STRENGTH[given];
  const least = Math.min(
    strength(inherited),
    allow.mode === undefined ? Number.POSITIVE_INFINITY : MODE_STRENGTH[allow.mode],
  );
  if (strength(own) >= least) return NONE;
  const name = (Object.keys(MODE_STRENGTH) as Mode[]).find((each) => MODE_STRENGTH[each] === least);
  return weaker('mode', `${own.mode ?? 'Detect'} is weaker than ${name}`);
};

/** A policy in Detect that blocks for some already is stricter than one that does not. */
const staged: Compare = (inherited, own, allow) => {
  const [before, now] = [inherited.staged, own.staged];
  if (before === undefined || (inherited.mode ?? 'Detect') !== 'Detect' || own.mode === 'Block') return NONE;
  const has = new Set(now?.paths);
  const isCovered =
    (now?.percent ?? 0) >= 100 ||
    ((now?.percent ?? 0) >= (before.percent ?? 0) && (before.paths ?? []).every((path) => has.has(path)));
  if (isCovered || (allow.mode !== undefined && MODE_STRENGTH[allow.mode] <= MODE_STRENGTH.Detect))
    return NONE;
  return weaker('staged', 'blocks less than what is inherited');
};

const paranoia: Compare = (inherited, own, allow) => {
  const [value, least] = [
    own.paranoia ?? 1,
    Math.min(inherited.paranoia ?? 1, allow.paranoia ?? Number.POSITIVE_INFINITY),
  ];
  return value < least ? weaker('paranoia', `${value} is less than ${least}`) : NONE;
};

const DEFAULT_THRESHOLDS = { inbound: 5, outbound: 4 } as const;

const thresholds: Compare = (inherited, own, allow) =>
  (['inbound', 'outbound'] as const).flatMap((side) => {
    const of = ({ thresholds: given }: PolicySettings): number => given?.[side] ?? DEFAULT_THRESHOLDS[side];
    const most = Math.max(of(inherited), allow.thresholds?.[side] ?? 0);
    return of(own) > most ? weaker(`thresholds.${side}`, `${of(own)} is more than ${most}`) : NONE;
  });

const unavailable: Compare = (inherited, own, allow) =>
  own.unavailable === 'Open' && inherited.unavailable !== 'Open' && !allow.unavailable?.includes('Open')
    ? weaker('unavailable', 'Open is weaker than Closed')
    : NONE;

const actionFor = ({ uninspectable: given }: PolicySettings, cause: UninspectableCause): 'deny' | 'allow' =>
  given?.overrides?.[cause] ?? given?.default ?? 'deny';

const uninspectable: Compare = (inherited, own, allow) =>
  UNINSPECTABLE_CAUSES.filter(
    (cause) =>
      actionFor(own, cause) === 'allow' &&
      actionFor(inherited, cause) === 'deny' &&
      !allow.uninspectable?.includes(cause),
  ).flatMap((cause) => weaker(`uninspectable.${cause}`, 'allow is weaker than deny'));

/** What both have is inherited. */
const beyond = <T>(inherited: readonly T[] = [], own: readonly T[] = []): readonly T[] => {
  const known = new Set(inherited.map(canonicalJson));
  return own.filter((entry) => !known.has(canonicalJson(entry)));
};

const exclusions: Compare = (inherited, own, allow) =>
  beyond<Exclusion>(inherited.exclusions, own.exclusions).flatMap((exclusion) =>
    coverage(exclusion, allow.exclusions ?? []).map(({ name, reason, isProtected }) => ({
      field: 'exclusions',
      message: `${name}: ${reason}`,
      protected: isProtected,
    })),
  );

const addresses: Compare = (inherited, own, allow) => {
  const added = beyond(inherited.addresses?.allow, own.addresses?.allow);
  const missing = beyond(own.addresses?.deny, inherited.addresses?.deny);
  return [
    ...(added.length > 0 && allow.addresses !== true
      ? weaker('addresses.allow', `${added.join(', ')} would not be inspected`)
      : NONE),
    ...(missing.length > 0 ? weaker('addresses.deny', `${missing.join(', ')} would not be denied`) : NONE),
  ];
};

interface Limits {
  readonly beyond?: 'Refuse' | 'Partial' | undefined;
  readonly [limit: string]: number | string | undefined;
}

/**
 * A limit that is lower inspects less where what is beyond goes on, one that is higher lets through what was refused where it does not. Absent is
 * as the rule files say, which nobody knows here: any change from it is one.
 */
function limitsWeaker(
  part: string,
  inherited: Limits,
  own: Limits,
  names: readonly string[],
  passes: boolean,
): readonly Weakness[] {
  const refuses = own.beyond === 'Refuse' && !passes;
  const changed = names.flatMap((name) => {
    const [from, to] = [inherited[name], own[name]];
    if (from === to) return NONE;
    if (typeof from !== 'number' || typeof to !== 'number')
      return weaker(`${part}.${name}`, `${to ?? 'none'} in place of ${from ?? 'what the rule files say'}`);
    if (refuses ? to <= from : own.beyond === 'Partial' && inherited.beyond === 'Partial' && to >= from)
      return NONE;
    return weaker(`${part}.${name}`, `${to} in place of ${from}`);
  });
  const rank = ({ beyond: action }: Limits): number =>
    action === undefined ? 1 : { Partial: 0, Refuse: 2 }[action];
  if (rank(own) >= rank(inherited)) return changed;
  return [
    ...changed,
    ...weaker(
      `${part}.beyond`,
      `${own.beyond ?? 'what the rule files say'} is weaker than ${inherited.beyond ?? 'what the rule files say'}`,
    ),
  ];
}

const body: Compare = (inherited, own) =>
  limitsWeaker(
    'body',
    inherited.body ?? {},
    own.body ?? {},
    ['bytesMax', 'noFilesBytesMax', 'filesBytesMax'],
    actionFor(own, 'body_size') === 'allow',
  );

const responses: Compare = (inherited, own) => {
  const isSeen = (settings: PolicySettings): boolean =>
    settings.responses?.inspect === true && dataPathOf(settings) === 'ext_proc';
  if (!isSeen(inherited)) return NONE;
  if (!isSeen(own)) return weaker('responses.inspect', 'responses would not be inspected');
  const [from, to] = [inherited.responses?.mediaTypes, own.responses?.mediaTypes];
  const fewer = to !== from && (from === undefined || to === undefined || beyond(to, from).length > 0);
  return [
    ...(fewer ? weaker('responses.mediaTypes', 'not all that are inherited would be inspected') : NONE),
    ...limitsWeaker(
      'responses',
      limitsOf(inherited.responses),
      limitsOf(own.responses),
      ['bytesMax'],
      actionFor(own, 'response_size') === 'allow',
    ),
  ];
};

const limitsOf = (given: PolicySettings['responses']): Limits => ({
  bytesMax: given?.bytesMax,
  beyond: given?.beyond,
});

const upgrades: Compare = (inherited, own) =>
  inherited.upgrades === 'Deny' && own.upgrades !== 'Deny'
    ? weaker('upgrades', 'Allow is weaker than Deny')
    : NONE;

/** What was judged goes on before the rest has come: a client may have its first bytes served. */
const profile: Compare = (inherited, own) => {
  const isWindow = (settings: PolicySettings): boolean =>
    settings.profile === 'window' && dataPathOf(settings) === 'ext_proc';
  return isWindow(own) && !isWindow(inherited)
    ? weaker('profile', 'window lets go on what was judged before all has come')
    : NONE;
};

const uninspected: Compare = (inherited, own, allow) =>
  own.uninspected === 'Allow' && inherited.uninspected !== 'Allow' && allow.uninspected !== true
    ? weaker('uninspected', 'Allow is weaker than Refuse')
    : NONE;

const PATHS = { AsSent: 0, Normalised: 1, Strict: 2 } as const;

const paths: Compare = (inherited, own) => {
  const [from, to] = [inherited.paths ?? 'Normalised', own.paths ?? 'Normalised'];
  return PATHS[to] < PATHS[from] ? weaker('paths', `${to} is weaker than ${from}`) : NONE;
};

/** What is masked for the cluster is masked for all. */
const masks: Compare = (inherited, own) =>
  (['names', 'headers'] as const).flatMap((kind) => {
    const missing = beyond(own.events?.mask?.[kind], inherited.events?.mask?.[kind]);
    return missing.length === 0
      ? NONE
      : weaker(`events.mask.${kind}`, `${missing.join(', ')} would not be masked`);
  });

const COMPARISONS: readonly Compare[] = [
  ...[mode, staged, paranoia, thresholds, unavailable, uninspectable, exclusions, addresses, body],
  ...[responses, upgrades, profile, uninspected, paths, masks],
];
