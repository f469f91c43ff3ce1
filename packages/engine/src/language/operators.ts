/** Names of operators, as the reference manual spells them. What they do is in ../operators. */
import { asciiLower } from '../bytes.ts';
import { type Place, refuse, shown, unsupported } from './place.ts';
import { suggestion } from './suggestion.ts';

export const OPERATOR_NAMES: readonly string[] = [
  'beginsWith',
  'contains',
  'containsWord',
  'detectSQLi',
  'detectXSS',
  'endsWith',
  'eq',
  'ge',
  'geoLookup',
  'gt',
  'ipMatch',
  'ipMatchFromDataset',
  'ipMatchFromFile',
  'le',
  'lt',
  'noMatch',
  'pm',
  'pmFromDataset',
  'pmFromFile',
  'rbl',
  'restpath',
  'rx',
  'rxGlobal',
  'streq',
  'strmatch',
  'unconditionalMatch',
  'validateByteRange',
  'validateNid',
  'validateSchema',
  'validateUrlEncoding',
  'validateUtf8Encoding',
  'verifyCC',
  'verifyCPF',
  'verifySSN',
  'verifySVNR',
  'within',
];

/** Short forms of the reference manual, and what they stand for. */
const ALIASES: readonly (readonly [alias: string, name: string])[] = [
  ['ipMatchF', 'ipMatchFromFile'],
  ['pmf', 'pmFromFile'],
];

/** Operators that this engine does not have, and what to write instead. */
const REFUSED: readonly (readonly [name: string, alternative: string])[] = [
  ['fuzzyHash', 'Scan uploads outside of the data path.'],
  ['gsbLookup', 'Use @pmFromFile with a list of the hosts to refuse.'],
  ['inspectFile', 'Scan uploads outside of the data path.'],
  ['rsub', 'Leave it out: messages are judged here, not rewritten.'],
  ['validateDTD', 'Match XML:/* and XML://@* with other operators.'],
  ['validateHash', 'Leave it out: links are not signed here.'],
];

const BY_LOWER_NAME: ReadonlyMap<string, string> = new Map([
  ...OPERATOR_NAMES.map((name): [string, string] => [asciiLower(name), name]),
  ...ALIASES.map(([alias, name]): [string, string] => [asciiLower(alias), name]),
]);

const REFUSED_BY_LOWER_NAME = new Map(REFUSED.map((entry) => [asciiLower(entry[0]), entry]));

/**
 * The manual's spelling of an operator's name, aliases resolved.
 *
 * @param name without the `@`, in any case
 * @throws EngineError SECLANG_UNKNOWN_OPERATOR, or SECLANG_UNSUPPORTED for one that this engine does not have
 */
export function requireOperator(name: string, place: Place): string {
  const lower = asciiLower(name);
  const canonical = BY_LOWER_NAME.get(lower);
  if (canonical !== undefined) return canonical;
  const refused = REFUSED_BY_LOWER_NAME.get(lower);
  if (refused !== undefined) throw unsupported(place, `operator @${refused[0]}`, refused[1]);
  throw refuse(place, 'SECLANG_UNKNOWN_OPERATOR', {
    name: shown(name),
    suggestion: suggestion(name, OPERATOR_NAMES),
  });
}
