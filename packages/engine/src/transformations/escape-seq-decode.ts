/**
 * escapeSeqDecode: ANSI C escapes: `\a \b \f \n \r \t \v \\ \? \' \"`, `\xHH` and `\OOO`. The backslash of any other
 * escape goes away.
 *
 * Source: reference manual, "escapeSeqDecode" ("invalid encodings are left in the output"), and ModSecurity 2, which
 * keeps the escaped character and drops the backslash. An octal escape above \377 is cut to its low byte.
 */
import { byteOutput, takeBytes } from './byte-output.ts';
import { unescaped } from './control-escape.ts';
import { hexByteAt } from './ctype.ts';
import { octalAt, octalDigitsAt } from './octal-escape.ts';
import type { Transformation } from './transformation.ts';

const BACKSLASH = 0x5c;
const LOWER_X = 0x78;

function apply(value: string): string {
  if (!value.includes('\\')) return value;
  const output = byteOutput(value.length);
  let count = 0;
  for (let index = 0; index < value.length; ) {
    const code = value.charCodeAt(index);
    if (code !== BACKSLASH || index + 1 === value.length) {
      output[count++] = code;
      index++;
      continue;
    }
    const escaped = value.charCodeAt(index + 1);
    const byte = (escaped | 0x20) === LOWER_X ? hexByteAt(value, index + 2) : -1;
    const octalDigits = octalDigitsAt(value, index + 1);
    if (byte >= 0) {
      output[count++] = byte;
      index += 4;
    } else if (octalDigits > 0) {
      output[count++] = octalAt(value, index + 1, octalDigits) & 0xff;
      index += 1 + octalDigits;
    } else {
      output[count++] = unescaped(escaped);
      index += 2;
    }
  }
  return count === value.length ? value : takeBytes(output, count);
}

export const escapeSeqDecode: Transformation = { name: 'escapeSeqDecode', apply };
