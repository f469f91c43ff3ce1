/**
 * ipMatch: the value is one of the addresses, or in one of the networks, of the comma-separated argument. IPv4 and its
 * IPv4-mapped IPv6 form are the same. Captures nothing.
 *
 * Source: reference manual, "ipMatch". A value that is no address does not match.
 */
import { AddressSet } from './address-set.ts';
import { badArgument } from './bad-argument.ts';
import { NO_CAPTURES, type OperatorDefinition } from './operator.ts';
import { prepared } from './prepared.ts';

const NAME = 'ipMatch';

/** The set of these addresses and networks. Throws SECLANG_BAD_ARGUMENT at the first that is neither. */
export function addressSet(operator: string, texts: readonly string[]): AddressSet {
  const addresses = new AddressSet();
  for (const text of texts) {
    if (!addresses.add(text.trim())) throw badArgument(operator, `"${text}" is no address and no network`);
  }
  return addresses;
}

export const ipMatch: OperatorDefinition = {
  name: NAME,
  create(argument) {
    const addresses = prepared(argument, (text) => addressSet(NAME, text.split(',')));
    return { match: (value, expanded) => (addresses(expanded).has(value) ? NO_CAPTURES : null) };
  },
};
