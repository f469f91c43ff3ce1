/**
 * streq: the value is the argument, byte for byte. Captures nothing.
 *
 * Source: reference manual, "streq".
 */
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

export const streq: OperatorDefinition = predicate('streq', (value, argument) => value === argument);
