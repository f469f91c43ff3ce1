/**
 * urlDecode: `%HH` gives a byte and `+` a blank; an escape that is not complete stays as it is.
 *
 * Source: reference manual, "urlDecode".
 */
import { byteOutput, takeBytes } from './byte-output.ts';
import { hexByteAt } from './ctype.ts';
import type { Transformation } from './transformation.ts';

const ENCODED = /[%+]/;
const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

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
      const byte = hexByteAt(value, index + 1);
      if (byte >= 0) {
        code = byte;
        index += 2;
        changed = true;
      }
    }
    output[count++] = code;
  }
  return changed ? takeBytes(output, count) : value;
}

export const urlDecode: Transformation = { name: 'urlDecode', apply };
