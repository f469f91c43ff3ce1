/** Values as requests have them. */
import { ENGLISH, encode, GERMAN, prose } from '../engine/cases/words.ts';
import { Random } from '../engine/random.ts';
import { VALUES } from './subjects.ts';

/** Latin1 texts of about so many bytes, a third of them with escapes and markup. */
export function textValues(bytes: number): readonly string[] {
  const random = new Random(`values ${bytes}`);
  return Array.from({ length: VALUES }, (_, index) => {
    const plain = prose(random, index % 5 === 0 ? GERMAN : ENGLISH, bytes);
    const text = index % 3 === 0 ? `${encode(plain)}&lt;b&gt;/*${random.letters(6)}*/\\u0041%20` : plain;
    return Buffer.from(text).subarray(0, bytes).toString('latin1');
  });
}
