/**
 * validateNid: the pattern finds a national identity number that is one: `cl` of Chile (RUT), `us` of the United States
 * (SSN). Captures the first such match as TX.0.
 *
 * Source: Coraza, "validateNid".
 */
import { badArgument } from './bad-argument.ts';
import type { OperatorDefinition } from './operator.ts';
import { prepared } from './prepared.ts';
import { findNumber } from './verified-number.ts';
import { isSocialSecurityNumber } from './verify-ssn.ts';

const NAME = 'validateNid';
/** Bytes of the shortest RUT, its punctuation included. */
const RUT_BYTES_MIN = 8;

/** The last character checks the digits before it: weights 2 to 7 from the right, modulo 11. */
function isRut(text: string): boolean {
  const [, digits = '', check] = /^([0-9]+)([0-9k])$/.exec(text.toLowerCase().replace(/[^0-9k]/g, '')) ?? [];
  if (text.length < RUT_BYTES_MIN || check === undefined) return false;
  const sum = [...digits]
    .reverse()
    .reduce((total, digit, index) => total + Number(digit) * (2 + (index % 6)), 0);
  return check === ('0k987654321'[sum % 11] ?? '');
}

const COUNTRIES: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['cl', isRut],
  ['us', isSocialSecurityNumber],
]);

export const validateNid: OperatorDefinition = {
  name: NAME,
  create(argument, environment) {
    const checked = prepared(argument, (text) => {
      const [, country = '', pattern = ''] = /^(\S+)\s+(.+)$/s.exec(text) ?? [];
      const passes = COUNTRIES.get(country);
      if (passes === undefined) throw badArgument(NAME, 'expected cl or us, and a pattern');
      return { passes, regex: environment.compileRegex(pattern) };
    });
    return {
      match(value, expanded) {
        const { passes, regex } = checked(expanded);
        const found = findNumber(regex, value, passes);
        return found === null ? null : [found];
      },
    };
  },
};
