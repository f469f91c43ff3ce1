/** Texts that are no attack: prose, and random bytes. Equal in every run. */

/** Words of any letter of an office; no word of them is in a list of the CRS. */
const WORDS = (
  'the meeting about next year has been moved to Thursday afternoon because most of our guests arrive late ' +
  'please bring your notes and tell Anna whether you would like tea or coffee we hope that the weather stays warm ' +
  'and that everyone finds a good seat near the large windows of the old library'
).split(' ');

/** Numbers from 0 up to `below`, from a seed (xorshift32). */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** English sentences of about ten words. */
export function prose(bytes: number): string {
  const next = numbers(7);
  let text = '';
  while (text.length < bytes) {
    const word = WORDS[next(WORDS.length)] ?? '';
    text += next(10) === 0 ? `${word}. ` : `${word} `;
  }
  return text.slice(0, bytes);
}

export function randomBytes(bytes: number): string {
  const next = numbers(11);
  return Buffer.from(Uint8Array.from({ length: bytes }, () => next(256))).toString('latin1');
}

/** Printable ASCII, which reaches deeper than bytes that UTF-8 refuses. */
export function randomPrintable(bytes: number): string {
  const next = numbers(13);
  return Buffer.from(Uint8Array.from({ length: bytes }, () => 0x20 + next(95))).toString('latin1');
}
