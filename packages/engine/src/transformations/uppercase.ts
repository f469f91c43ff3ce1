/**
 * uppercase: a to z become A to Z; no other byte changes.
 *
 * Source: reference manual, "uppercase". ASCII only, as `toupper` in the C locale.
 */
import { asciiUpper } from '../bytes.ts';
import type { Transformation } from './transformation.ts';

export const uppercase: Transformation = { name: 'uppercase', apply: asciiUpper };
