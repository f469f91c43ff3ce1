/**
 * base64DecodeExt: decodes base64 and leaves out every byte that is not of its alphabet, padding too.
 *
 * Source: reference manual, "base64DecodeExt" (RFC 2045 §6.8, the forgiving form).
 */
import { decodeBase64 } from './base64.ts';
import type { Transformation } from './transformation.ts';

export const base64DecodeExt: Transformation = {
  name: 'base64DecodeExt',
  aliases: ['decodeBase64Ext'],
  apply: (value) => decodeBase64(value, true),
};
