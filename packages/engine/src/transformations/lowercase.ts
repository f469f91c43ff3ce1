/**
 * lowercase: A to Z become a to z; no other byte changes.
 *
 * Source: reference manual, "lowercase". ASCII only, as `tolower` in the C locale.
 */
import { asciiLower } from '../bytes.ts';
import type { Transformation } from './transformation.ts';

export const lowercase: Transformation = { name: 'lowercase', apply: asciiLower };
