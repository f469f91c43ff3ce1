/**
 * cmdLine: what shells ignore is undone. `\\ " ' ^` go away; each run of blanks, tabs, line ends, commas and semicolons
 * becomes one blank, which goes away before `/` and `(`; letters become lower case.
 *
 * Source: reference manual, "cmdLine". (ModSecurity 2 stops at a NUL; here the bytes after it count too.)
 */
import { byteOutput, takeBytes } from './byte-output.ts';
import type { Transformation } from './transformation.ts';

const AFFECTED = /["'\\^,;\t\r\nA-Z]| [ /(]/;
const SPACE = 0x20;

const COPY = 0;
const IGNORE = 1;
const SEPARATE = 2;
const ATTACH = 3;

const classes = new Uint8Array(256);
for (const byte of Buffer.from('"\'\\^', 'latin1')) classes[byte] = IGNORE;
for (const byte of Buffer.from(' ,;\t\r\n', 'latin1')) classes[byte] = SEPARATE;
for (const byte of Buffer.from('/(', 'latin1')) classes[byte] = ATTACH;

function apply(value: string): string {
  if (!AFFECTED.test(value)) return value;
  const output = byteOutput(value.length);
  let count = 0;
  let blank = false;
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    const kind = classes[code] ?? COPY;
    if (kind === IGNORE) continue;
    if (kind === SEPARATE) {
      if (!blank) output[count++] = SPACE;
      blank = true;
      continue;
    }
    if (kind === ATTACH && blank) count--;
    blank = false;
    output[count++] = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
  }
  return takeBytes(output, count);
}

export const cmdLine: Transformation = { name: 'cmdLine', apply };
