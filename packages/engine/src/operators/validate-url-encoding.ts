/**
 * validateUrlEncoding: the value has a `%` without two hexadecimal digits after it (so it matches what is invalid).
 * Captures nothing.
 *
 * Source: reference manual, "validateUrlEncoding". Takes no argument.
 */
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

const INVALID = /%(?![0-9a-fA-F]{2})/;

export const validateUrlEncoding: OperatorDefinition = predicate('validateUrlEncoding', (value) =>
  INVALID.test(value),
);
