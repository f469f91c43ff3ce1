/**
 * rbl: would ask a list of addresses in the DNS. Nothing here waits for a network while a request is inspected, so it never
 * matches; the compiler warns of it, and refuses its negation.
 *
 * Source: reference manual, "rbl".
 */
import { badArgument } from './bad-argument.ts';
import type { OperatorDefinition } from './operator.ts';

export const rbl: OperatorDefinition = {
  name: 'rbl',
  create({ text }) {
    if (text === '') throw badArgument('rbl', 'the name of a list is missing');
    return { match: () => null };
  },
};
