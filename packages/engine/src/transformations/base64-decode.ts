/**
 * base64Decode: decodes up to the first byte outside of the base64 alphabet; padding ends it too, line ends do not.
 *
 * Source: reference manual, "base64Decode"; where it stops is that of ModSecurity 2, but for line ends (RATIONALE).
 */
import { decodeBase64 } from './base64.ts';
import type { Transformation } from './transformation.ts';

export const base64Decode: Transformation = {
  name: 'base64Decode',
  apply: (value) => decodeBase64(value, false),
};
