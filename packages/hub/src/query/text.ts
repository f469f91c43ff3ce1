/** Texts as all stores see them: Unicode, compared by the bytes of its UTF-8. */

/** UTF-8 and its order cannot hold half of a surrogate pair: U+FFFD stands for it, as in stores. */
export const wellFormed = (text: string): string => (text.isWellFormed() ? text : text.toWellFormed());

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

/**
 * The order of two well-formed texts by the bytes of their UTF-8, which is that of their code points. UTF-16 units differ from it only
 * where one is a surrogate (a character above U+FFFF) and the other U+E000 to U+FFFF.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left === right) continue;
    if (isSurrogate(left) === isSurrogate(right)) return left - right;
    return isSurrogate(left) ? (right >= 0xe000 ? 1 : left - right) : left >= 0xe000 ? -1 : left - right;
  }
  return a.length - b.length;
}
