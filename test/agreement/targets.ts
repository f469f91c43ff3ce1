/** Every variable that the engine has, with selectors, counts and exclusions. */

import { VARIABLES } from '../../packages/engine/src/language/variables.ts';
import { GEO_FIELDS } from '../../packages/engine/src/operators/geo-lookup.ts';
import type { Random } from './random.ts';
import { HEADER_NAMES, PLAIN_NAMES, PREFIX } from './vocabulary.ts';

/** What attacks arrive in: chosen twice as often as all others together. */
const COMMON = [
  'ARGS',
  'ARGS',
  'ARGS_NAMES',
  'ARGS_GET',
  'ARGS_POST',
  'REQUEST_HEADERS',
  'REQUEST_COOKIES',
  'REQUEST_COOKIES_NAMES',
  'REQUEST_URI',
  'REQUEST_BODY',
  'QUERY_STRING',
  'REQUEST_FILENAME',
  'XML',
  'XML',
  'FILES',
  'TX',
  'TX',
  'MATCHED_VARS',
  'MATCHED_VAR',
  'ARGS_POST',
  'ARGS_GET',
] as const;

const ALL = [...VARIABLES.values()].filter(({ supported }) => supported);
const SELECTORS = ['/a/', '/^x/', '/(?i)pass|id/', '/./'] as const;
const XML_PATHS = [
  ...['/*', '/*', '//@*', '//a', '/a/a/text()', '/a/@b', '//a/@href', '/a/a[2]', '//*[@b]', '/*/b//text()'],
  "//*[local-name()='b']",
] as const;
/** For rules, which say what the prefix stands for. */
const PREFIXED_PATHS = [`//${PREFIX}:b`, `/a/${PREFIX}:*/text()`] as const;
const TX_KEYS = ['x', 'y', '0', '1', '/x/', 'blocking_inbound_anomaly_score'] as const;
const RULE_FIELDS = ['id', 'rev', 'ver', 'severity', 'msg', 'logdata'] as const;

function selectorOf(variable: string, random: Random): string {
  if (variable === 'XML' || variable === 'RESPONSE_XML') return `:${random.pick(XML_PATHS)}`;
  if (variable === 'GEO') return `:${random.pick(GEO_FIELDS)}`;
  if (variable === 'RULE') return `:${random.pick(RULE_FIELDS)}`;
  if (!random.oneIn(3)) return '';
  if (variable === 'TX' || variable === 'ENV') return `:${random.pick(TX_KEYS)}`;
  if (random.oneIn(3)) return `:${random.pick(SELECTORS)}`;
  return `:${random.pick(variable.includes('HEADERS') ? HEADER_NAMES : PLAIN_NAMES)}`;
}

/** One target without `!` or `&`, as ctl and exclusions take it. */
export function anyTarget(random: Random): string {
  const name = !random.oneIn(3) ? random.pick(COMMON) : random.pick(ALL).name;
  return VARIABLES.get(name)?.collection ? name + selectorOf(name, random) : name;
}

export function anyTargets(random: Random): readonly string[] {
  const targets = random.many(1, 3, () => {
    if (random.oneIn(25)) return `XML:${random.pick(PREFIXED_PATHS)}`;
    return (random.oneIn(10) ? '&' : '') + anyTarget(random);
  });
  if (random.oneIn(4))
    targets.push(`!${random.oneIn(3) ? random.pick(targets).replace(/^&|:.*$/g, '') : anyTarget(random)}`);
  return targets;
}
