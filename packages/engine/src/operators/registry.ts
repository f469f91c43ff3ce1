/** Every operator by its name. What other engines have and this one has not stands in unsupported.ts. */
import { asciiLower } from '../bytes.ts';
import { EngineError } from '../errors.ts';
import { beginsWith } from './begins-with.ts';
import { contains } from './contains.ts';
import { containsWord } from './contains-word.ts';
import { detectSqli } from './detect-sqli.ts';
import { detectXss } from './detect-xss.ts';
import { endsWith } from './ends-with.ts';
import { eq } from './eq.ts';
import { ipMatchFromDataset, pmFromDataset } from './from-dataset.ts';
import { ge } from './ge.ts';
import { geoLookup } from './geo-lookup.ts';
import { gt } from './gt.ts';
import { ipMatch } from './ip-match.ts';
import { ipMatchFromFile } from './ip-match-from-file.ts';
import { le } from './le.ts';
import { lt } from './lt.ts';
import { noMatch } from './no-match.ts';
import type { OperatorDefinition } from './operator.ts';
import { pm } from './pm.ts';
import { pmFromFile } from './pm-from-file.ts';
import { rbl } from './rbl.ts';
import { restpath } from './restpath.ts';
import { rx } from './rx.ts';
import { rxGlobal } from './rx-global.ts';
import { streq } from './streq.ts';
import { strmatch } from './strmatch.ts';
import { unconditionalMatch } from './unconditional-match.ts';
import { validateByteRange } from './validate-byte-range.ts';
import { validateNid } from './validate-nid.ts';
import { validateSchema } from './validate-schema.ts';
import { validateUrlEncoding } from './validate-url-encoding.ts';
import { validateUtf8Encoding } from './validate-utf8-encoding.ts';
import { verifyCc } from './verify-cc.ts';
import { verifyCpf } from './verify-cpf.ts';
import { verifySsn } from './verify-ssn.ts';
import { verifySvnr } from './verify-svnr.ts';
import { within } from './within.ts';

export { findUnsupportedOperator, UNSUPPORTED_OPERATORS } from './unsupported.ts';

const OPERATORS: readonly OperatorDefinition[] = [
  beginsWith,
  containsWord,
  contains,
  detectSqli,
  detectXss,
  endsWith,
  eq,
  geoLookup,
  ge,
  gt,
  ipMatchFromDataset,
  ipMatchFromFile,
  ipMatch,
  le,
  lt,
  noMatch,
  pmFromDataset,
  pmFromFile,
  pm,
  rbl,
  restpath,
  rxGlobal,
  rx,
  streq,
  strmatch,
  unconditionalMatch,
  validateByteRange,
  validateNid,
  validateSchema,
  validateUrlEncoding,
  validateUtf8Encoding,
  verifyCc,
  verifyCpf,
  verifySsn,
  verifySvnr,
  within,
];

/** Operators by lower-case name and alias. Throws SECLANG_BAD_ARGUMENT where two have the same one. */
export function operatorsByName(
  operators: readonly OperatorDefinition[],
): ReadonlyMap<string, OperatorDefinition> {
  const byName = new Map<string, OperatorDefinition>();
  for (const operator of operators) {
    for (const name of [operator.name, ...(operator.aliases ?? [])]) {
      const key = asciiLower(name);
      if (byName.has(key)) {
        throw new EngineError('SECLANG_BAD_ARGUMENT', { what: `@${name}`, reason: 'used twice' });
      }
      byName.set(key, operator);
    }
  }
  return byName;
}

const BY_NAME = operatorsByName(OPERATORS);

/** The operator with this name or alias, in any case, without its `@`. */
export const findOperator = (name: string): OperatorDefinition | undefined => BY_NAME.get(asciiLower(name));

/** All names and aliases as the reference manual spells them, sorted. */
export const operatorNames = (): string[] =>
  OPERATORS.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]).sort();
