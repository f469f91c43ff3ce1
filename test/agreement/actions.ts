/** Every action, by what it may stand beside: heads of chains decide and skip, all links transform and record. */
import { TRANSFORMATION_NAMES } from '../../packages/engine/src/language/transformations.ts';
import type { Random } from './random.ts';
import { anyTarget } from './targets.ts';
import { PLAIN_NAMES } from './vocabulary.ts';

const LIKELY = [
  'none',
  'lowercase',
  'urlDecodeUni',
  'htmlEntityDecode',
  'removeNulls',
  'compressWhitespace',
] as const;
const VALUES = [
  '1',
  '+1',
  '-2',
  '+%{tx.x}',
  '%{MATCHED_VAR}',
  '%{tx.0}',
  'evil',
  '%{ARGS.a}',
  '%{RULE.id}',
] as const;
const NAMES = [
  'x',
  'y',
  'x_%{MATCHED_VAR_NAME}',
  'blocking_inbound_anomaly_score',
  'blocking_paranoia_level',
] as const;
const COLLECTIONS = ['ip', 'session', 'user', 'global', 'resource'] as const;
const IDS = ['1-3', '2', '4', '5-9', '1-99', '101', '201-203'] as const;

export const quoted = (name: string, argument: string): string =>
  `${name}:'${argument.replaceAll("'", "\\'")}'`;

export const anyTransformations = (random: Random): readonly string[] =>
  random.many(0, 2, () => `t:${random.oneIn(3) ? random.pick(TRANSFORMATION_NAMES) : random.pick(LIKELY)}`);

const setvar = (random: Random): string => {
  const name = `${random.oneIn(4) ? random.pick(COLLECTIONS) : 'tx'}.${random.pick(NAMES)}`;
  if (random.oneIn(6)) return quoted('setvar', random.oneIn(2) ? `!${name}` : name);
  return quoted('setvar', `${name}=${random.pick(VALUES)}`);
};

const CTL: Readonly<Record<string, (random: Random) => string>> = {
  auditEngine: () => 'On',
  auditLogParts: () => '+E',
  debugLogLevel: () => '3',
  forceRequestBodyVariable: (random) => random.pick(['On', 'Off']),
  forceResponseBodyVariable: (random) => random.pick(['On', 'Off']),
  parseXmlIntoArgs: (random) => random.pick(['On', 'Off', 'OnlyArgs']),
  requestBodyAccess: (random) => random.pick(['On', 'Off']),
  requestBodyLimit: (random) => random.pick(['0', '10', '100', '100000']),
  requestBodyProcessor: (random) => random.pick(['URLENCODED', 'MULTIPART', 'JSON', 'XML', 'RAW']),
  responseBodyAccess: (random) => random.pick(['On', 'Off']),
  responseBodyProcessor: (random) => random.pick(['JSON', 'XML']),
  responseBodyLimit: (random) => random.pick(['0', '10', '100000']),
  ruleEngine: (random) => random.pick(['On', 'DetectionOnly', 'DetectionOnly', 'Off']),
  ruleRemoveById: (random) => random.pick(IDS),
  ruleRemoveByMsg: (random) => random.pick(['evil', '^m', 'x']),
  ruleRemoveByTag: (random) => random.pick(['t', 'attack-.*', 'paranoia-level/2']),
  ruleRemoveTargetById: (random) => `${random.pick(IDS)};${anyTarget(random)}`,
  ruleRemoveTargetByMsg: (random) => `${random.pick(['evil', '^m'])};${anyTarget(random)}`,
  ruleRemoveTargetByTag: (random) => `${random.pick(['t', 'attack'])};${anyTarget(random)}`,
};

const ctl = (random: Random): string => {
  const option = random.pick(Object.keys(CTL));
  return quoted('ctl', `${option}=${CTL[option]?.(random) ?? ''}`);
};

/** For any link of a chain. */
export function anyEffects(random: Random): readonly string[] {
  return random.many(0, 4, () => {
    switch (random.below(9)) {
      case 0:
      case 1:
        return 'capture';
      case 2:
        return 'multiMatch';
      case 3:
      case 4:
        return setvar(random);
      case 5:
        return ctl(random);
      default:
        return random.pick(RECORDS)(random);
    }
  });
}

const key = (random: Random): string => random.pick(['%{REMOTE_ADDR}', 'one', '%{ARGS.a}', '%{tx.1}']);

const RECORDS: readonly ((random: Random) => string)[] = [
  (random) => quoted('initcol', `${random.pick(COLLECTIONS)}=${key(random)}`),
  (random) => quoted('setsid', key(random)),
  (random) => quoted('setuid', key(random)),
  (random) => quoted('setrsc', key(random)),
  (random) => quoted('expirevar', `${random.pick(COLLECTIONS)}.x=${random.pick(['60', '%{tx.x}', '3600'])}`),
  (random) => quoted('deprecatevar', `${random.pick(COLLECTIONS)}.x=${random.pick(['1/1', '5/60'])}`),
  (random) => quoted('setenv', random.pick(['e=%{MATCHED_VAR}', 'e', '!e', 'x=1'])),
  (random) => `sanitiseArg:${random.pick(PLAIN_NAMES)}`,
  () => 'sanitiseMatched',
  (random) => random.pick(['sanitiseMatchedBytes', 'sanitiseMatchedBytes:1/2']),
  () => 'sanitiseRequestHeader:Authorization',
  () => 'sanitiseResponseHeader:Set-Cookie',
];

const METADATA: readonly ((random: Random) => string)[] = [
  (random) => quoted('msg', random.pick(['evil', 'm %{MATCHED_VAR}', 'x %{tx.0} %{RULE.id}'])),
  (random) =>
    quoted(
      'logdata',
      random.pick(['%{tx.0}', '%{MATCHED_VAR_NAME}: %{MATCHED_VAR}', '%{ENV.e} %{GEO.CITY}']),
    ),
  (random) =>
    quoted(
      'tag',
      random.pick(['t', 'attack-sqli', 'paranoia-level/1', 'paranoia-level/2', 'paranoia-level/4']),
    ),
  (random) => quoted('severity', random.pick(['CRITICAL', 'NOTICE', '2', '5'])),
  () => "rev:'2'",
  () => "ver:'CRS/4'",
  () => 'accuracy:3',
  () => 'maturity:4',
  (random) => random.pick(['log', 'nolog', 'auditlog', 'noauditlog']),
];

const DISRUPTIVE = [
  'pass',
  'pass',
  'pass',
  'pass',
  'deny',
  'block',
  'drop',
  'allow',
  'allow:phase',
  'allow:request',
  "redirect:'https://x/%{tx.0}'",
] as const;

/** For the head of a chain, without id and phase. */
export function anyHead(random: Random, markers: readonly string[]): readonly string[] {
  const head: string[] = random.oneIn(5) ? [] : [random.oneIn(3) ? random.pick(DISRUPTIVE) : 'pass'];
  if (random.oneIn(8)) head.push(`status:${random.pick([403, 302, 500, 401])}`);
  if (random.oneIn(10)) head.push(`skip:${1 + random.below(3)}`);
  else if (markers.length > 0 && random.oneIn(8)) head.push(`skipAfter:${random.pick(markers)}`);
  return [...head, ...random.many(0, 3, () => random.pick(METADATA)(random))];
}
