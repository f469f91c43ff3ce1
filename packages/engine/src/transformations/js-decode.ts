/**
 * jsDecode: `\uHHHH` gives its low byte (full-width forms their ASCII character), `\xHH` and `\OOO` a byte, `\n` and
 * its like a control character; any other escaped character is itself.
 *
 * Source: reference manual, "jsDecode". An octal escape above \377 ends after two digits; a backslash at the very end
 * stays.
 */
import { lowByte } from './best-fit.ts';
import { byteOutput, takeBytes } from './byte-output.ts';
import { unescaped } from './control-escape.ts';
import { hexByteAt, hexWordAt } from './ctype.ts';
import { octalAt, octalDigitsAt } from './octal-escape.ts';
import type { Transformation } from './transformation.ts';

const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const LOWER_X = 0x78;
const DIGIT_THREE = 0x33;

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
    const word = escaped === LOWER_U ? hexWordAt(value, index + 2) : -1;
    const byte = escaped === LOWER_X ? hexByteAt(value, index + 2) : -1;
    let octalDigits = octalDigitsAt(value, index + 1);
    if (octalDigits === 3 && escaped > DIGIT_THREE) octalDigits = 2;
    if (word >= 0) {
      output[count++] = lowByte(word);
      index += 6;
    } else if (byte >= 0) {
      output[count++] = byte;
      index += 4;
    } else if (octalDigits > 0) {
      output[count++] = octalAt(value, index + 1, octalDigits);
      index += 1 + octalDigits;
    } else {
      output[count++] = unescaped(escaped);
      index += 2;
    }
  }
  return count === value.length ? value : takeBytes(output, count);
}

export const jsDecode: Transformation = { name: 'jsDecode', apply };
