/**
 * Finds one byte pattern in a stream of pieces, in time linear in their length whatever the pattern and the bytes are
 * (Knuth, Morris and Pratt): a boundary and a body of dashes must not multiply.
 */
import { assert } from '../assert.ts';

export class PatternFinder {
  readonly #pattern: string;
  /** For each prefix, the length of its longest proper border. */
  readonly #borders: Uint16Array;
  #matched = 0;

  constructor(pattern: string) {
    assert(pattern.length > 0 && pattern.length < 0x10000, 'a pattern of 1 to 65535 bytes');
    this.#pattern = pattern;
    this.#borders = new Uint16Array(pattern.length);
    for (let at = 1, border = 0; at < pattern.length; at += 1) {
      while (border > 0 && pattern[at] !== pattern[border]) border = this.#borders[border - 1] as number;
      if (pattern[at] === pattern[border]) border += 1;
      this.#borders[at] = border;
    }
  }

  /** Forgets what was read. */
  reset(): void {
    this.#matched = 0;
  }

  /**
   * Reads a piece that follows the ones before. Returns the position after the first byte with which the pattern is
   * complete, and forgets what was read; -1 where it did not end in the piece.
   */
  read(piece: string): number {
    const pattern = this.#pattern;
    let matched = this.#matched;
    for (let at = 0; at < piece.length; at += 1) {
      if (matched === 0) {
        // Most bytes are not the pattern's first one: let the built-in search skip them.
        at = piece.indexOf(pattern[0] as string, at);
        if (at < 0) break;
      }
      while (matched > 0 && piece[at] !== pattern[matched]) matched = this.#borders[matched - 1] as number;
      if (piece[at] === pattern[matched]) matched += 1;
      if (matched === pattern.length) {
        this.#matched = 0;
        return at + 1;
      }
    }
    this.#matched = matched;
    return -1;
  }
}
