/**
 * Patterns that say of each byte of a value alone whether it may be there, as `^\d+$`: a look at its bytes takes less than to
 * ask an engine, and `^.*$`, by which CRS 920450 takes the names of all headers, needs none. With `.` for newlines too, and `$`
 * at the very end only, a match is the value as a whole.
 */
import { ByteSet } from './byte-set.ts';
import { parsePattern } from './parse.ts';
import type { CompiledPattern, Found } from './regex.ts';
import { bytesTaken, type PatternNode } from './tree.ts';

/** Longer patterns are hardly such, and are not parsed for it. */
const TEXT_BYTES_MAX = 48;

/** `^`, a set of bytes or a repeat of one, and `$`. Null for all other patterns, also for what is none. */
export function wholeValueOf(text: string): CompiledPattern | null {
  if (!text.startsWith('^') || !text.endsWith('$') || text.length > TEXT_BYTES_MAX) return null;
  const { root } = parsePattern(text);
  const [start, body, end, ...others] = root.kind === 'concat' ? root.items : [];
  if (body === undefined || others.length > 0 || !isAnchor(start, 'start') || !isAnchor(end, 'end'))
    return null;
  const { min, max, body: one } = body.kind === 'repeat' ? body : { min: 1, max: 1, body };
  return one.kind === 'set' || one.kind === 'byte' ? new WholeValue(bytesTaken(one), min, max) : null;
}

const isAnchor = (node: PatternNode | undefined, at: 'start' | 'end'): boolean =>
  node?.kind === 'anchor' && node.at === at;

class WholeValue implements CompiledPattern {
  readonly #takes: Uint8Array | null;
  readonly #min: number;
  readonly #max: number;

  /** @param set of which a value holds `min` to `max` bytes, and no others */
  constructor(set: ByteSet, min: number, max: number) {
    this.#takes = set.equals(ByteSet.ALL)
      ? null
      : new Uint8Array(256).map((_, byte) => (set.has(byte) ? 1 : 0));
    this.#min = min;
    this.#max = max;
  }

  test(value: string): boolean {
    if (value.length < this.#min || value.length > this.#max) return false;
    if (this.#takes === null) return true;
    for (let at = 0; at < value.length; at++) if (this.#takes[value.charCodeAt(at)] !== 1) return false;
    return true;
  }

  exec(value: string): readonly string[] | null {
    return this.test(value) ? [value] : null;
  }

  /** `^` is at the beginning of the value, wherever the search begins. */
  search(value: string, from: number): Found | null {
    return from === 0 && this.test(value) ? { start: 0, end: value.length, captures: [value] } : null;
  }
}
