/**
 * replaceComments: each C comment becomes one blank, a comment without an end too; a lone end stays.
 *
 * Source: reference manual, "replaceComments".
 */
import type { Transformation } from './transformation.ts';

const OPEN = '/*';
const CLOSE = '*/';

function apply(value: string): string {
  let open = value.indexOf(OPEN);
  if (open < 0) return value;
  let result = '';
  let copied = 0;
  while (open >= 0) {
    result += `${value.slice(copied, open)} `;
    const close = value.indexOf(CLOSE, open + OPEN.length);
    if (close < 0) return result;
    copied = close + CLOSE.length;
    open = value.indexOf(OPEN, copied);
  }
  return result + value.slice(copied);
}

export const replaceComments: Transformation = { name: 'replaceComments', apply };
