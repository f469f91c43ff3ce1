/**
 * validateUtf8Encoding: the value is not UTF-8 (so it matches what is invalid): a byte is missing or wrong, a sequence
 * is overlong, a surrogate, or beyond U+10FFFF. Captures nothing.
 *
 * Source: reference manual, "validateUtf8Encoding"; RFC 3629. Takes no argument.
 */
import { isUtf8 } from 'node:buffer';
import { toBytes } from '../bytes.ts';
import type { OperatorDefinition } from './operator.ts';
import { predicate } from './predicate.ts';

const NON_ASCII = /[\x80-\xff]/;

export const validateUtf8Encoding: OperatorDefinition = predicate(
  'validateUtf8Encoding',
  (value) => NON_ASCII.test(value) && !isUtf8(toBytes(value)),
);
