/**
 * urlDecodeUni: as urlDecode, and `%uHHHH` (or `%U`) gives the byte that code page 20127 has for the character.
 *
 * Source: reference manual, "urlDecodeUni" and SecUnicodeMapFile; see best-fit.ts.
 */
import { bestFitByte } from './best-fit.ts';
import { byteOutput, takeBytes } from './byte-output.ts';
import { hexByteAt, hexWordAt } from './ctype.ts';
import type { Transformation } from './transformation.ts';

const ENCODED = /[%+]/;
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;
const LOWER_U = 0x75;

/** The letters u and U differ in one bit. */
const isU = (code: number): boolean => (code | 0x20) === LOWER_U;

function apply(value: string): string {
  if (!ENCODED.test(value)) return value;
  const output = byteOutput(value.length);
  let count = 0;
  let changed = false;
  for (let index = 0; index < value.length; index++) {
    let code = value.charCodeAt(index);
    if (code === PLUS) {
      code = SPACE;
      changed = true;
    } else if (code === PERCENT) {
      const unicode = isU(value.charCodeAt(index + 1));
      const decoded = unicode ? hexWordAt(value, index + 2) : hexByteAt(value, index + 1);
      if (decoded >= 0) {
        code = unicode ? bestFitByte(decoded) : decoded;
        index += unicode ? 5 : 2;
        changed = true;
      }
    }
    output[count++] = code;
  }
  return changed ? takeBytes(output, count) : value;
}

export const urlDecodeUni: Transformation = { name: 'urlDecodeUni', apply };
