/** Names of transformations, as the reference manual spells them. What they do is in ../transformations. */
import { asciiLower } from '../bytes.ts';
import { type Place, refuse, shown } from './place.ts';
import { suggestion } from './suggestion.ts';

export const TRANSFORMATION_NAMES: readonly string[] = [
  'base64Decode',
  'base64DecodeExt',
  'base64Encode',
  'cmdLine',
  'compressWhitespace',
  'cssDecode',
  'decodeBase64Ext',
  'escapeSeqDecode',
  'hexDecode',
  'hexEncode',
  'htmlEntityDecode',
  'jsDecode',
  'length',
  'lowercase',
  'md5',
  'none',
  'normalisePath',
  'normalisePathWin',
  'normalizePath',
  'normalizePathWin',
  'parityEven7bit',
  'parityOdd7bit',
  'parityZero7bit',
  'removeComments',
  'removeCommentsChar',
  'removeNulls',
  'removeWhitespace',
  'replaceComments',
  'replaceNulls',
  'sha1',
  'sqlHexDecode',
  'trim',
  'trimLeft',
  'trimRight',
  'uppercase',
  'urlDecode',
  'urlDecodeUni',
  'urlEncode',
  'utf8toUnicode',
];

const LOWER_NAMES: ReadonlySet<string> = new Set(TRANSFORMATION_NAMES.map(asciiLower));

/** @throws EngineError SECLANG_UNKNOWN_TRANSFORMATION for a name, in any case, that is none of the manual's */
export function requireTransformation(name: string, place: Place): void {
  if (LOWER_NAMES.has(asciiLower(name))) return;
  throw refuse(place, 'SECLANG_UNKNOWN_TRANSFORMATION', {
    name: shown(name),
    suggestion: suggestion(name, TRANSFORMATION_NAMES),
  });
}
