/**
 * Every transformation by its name. `t:none` is no transformation: it empties the list, which is the compiler's work.
 */
import { asciiLower } from '../bytes.ts';
import { EngineError } from '../errors.ts';
import { base64Decode } from './base64-decode.ts';
import { base64DecodeExt } from './base64-decode-ext.ts';
import { base64Encode } from './base64-encode.ts';
import { cmdLine } from './cmd-line.ts';
import { compressWhitespace } from './compress-whitespace.ts';
import { cssDecode } from './css-decode.ts';
import { escapeSeqDecode } from './escape-seq-decode.ts';
import { hexDecode } from './hex-decode.ts';
import { hexEncode } from './hex-encode.ts';
import { htmlEntityDecode } from './html-entity-decode.ts';
import { jsDecode } from './js-decode.ts';
import { length } from './length.ts';
import { lowercase } from './lowercase.ts';
import { md5 } from './md5.ts';
import { normalizePath } from './normalize-path.ts';
import { normalizePathWin } from './normalize-path-win.ts';
import { parityEven7bit } from './parity-even-7bit.ts';
import { parityOdd7bit } from './parity-odd-7bit.ts';
import { parityZero7bit } from './parity-zero-7bit.ts';
import { removeComments } from './remove-comments.ts';
import { removeCommentsChar } from './remove-comments-char.ts';
import { removeNulls } from './remove-nulls.ts';
import { removeWhitespace } from './remove-whitespace.ts';
import { replaceComments } from './replace-comments.ts';
import { replaceNulls } from './replace-nulls.ts';
import { sha1 } from './sha1.ts';
import { sqlHexDecode } from './sql-hex-decode.ts';
import type { Transformation } from './transformation.ts';
import { trim } from './trim.ts';
import { trimLeft } from './trim-left.ts';
import { trimRight } from './trim-right.ts';
import { uppercase } from './uppercase.ts';
import { urlDecode } from './url-decode.ts';
import { urlDecodeUni } from './url-decode-uni.ts';
import { urlEncode } from './url-encode.ts';
import { utf8ToUnicode } from './utf8-to-unicode.ts';

const TRANSFORMATIONS: readonly Transformation[] = [
  base64DecodeExt,
  base64Decode,
  base64Encode,
  cmdLine,
  compressWhitespace,
  cssDecode,
  escapeSeqDecode,
  hexDecode,
  hexEncode,
  htmlEntityDecode,
  jsDecode,
  length,
  lowercase,
  md5,
  normalizePathWin,
  normalizePath,
  parityEven7bit,
  parityOdd7bit,
  parityZero7bit,
  removeCommentsChar,
  removeComments,
  removeNulls,
  removeWhitespace,
  replaceComments,
  replaceNulls,
  sha1,
  sqlHexDecode,
  trimLeft,
  trimRight,
  trim,
  uppercase,
  urlDecodeUni,
  urlDecode,
  urlEncode,
  utf8ToUnicode,
];

/** Transformations by lower-case name and alias. Throws SECLANG_BAD_ARGUMENT where two have the same one. */
export function transformationsByName(
  transformations: readonly Transformation[],
): ReadonlyMap<string, Transformation> {
  const byName = new Map<string, Transformation>();
  for (const transformation of transformations) {
    for (const name of [transformation.name, ...(transformation.aliases ?? [])]) {
      const key = asciiLower(name);
      if (byName.has(key)) {
        throw new EngineError('SECLANG_BAD_ARGUMENT', {
          what: `transformation ${name}`,
          reason: 'used twice',
        });
      }
      byName.set(key, transformation);
    }
  }
  return byName;
}

const BY_NAME = transformationsByName(TRANSFORMATIONS);

/** The transformation with this name or alias, in any case. */
export const findTransformation = (name: string): Transformation | undefined => BY_NAME.get(asciiLower(name));

/** All names and aliases as the reference manual spells them, sorted. */
export const transformationNames = (): string[] =>
  TRANSFORMATIONS.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]).sort();
