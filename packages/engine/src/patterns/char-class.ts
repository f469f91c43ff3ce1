/** Bracketed classes: `[a-z]`, `[^]x]`, `[[:alpha:]_]`, `[\Q^-]\E]`. */
import { ByteSet } from './byte-set.ts';
import { readClassEscape } from './escapes.ts';
import { POSIX_SETS } from './named-sets.ts';
import type { PatternReader } from './reader.ts';
import { type ByteNode, type SetNode, setNode } from './tree.ts';

/** What has been read of a class: its bytes, and whether a hyphen now would make a range. */
class ClassContent {
  set = ByteSet.NONE;
  readonly #reader: PatternReader;
  readonly #start: number;
  /** The byte that a range could start with. */
  #low: number | null = null;
  #rangeOpen = false;

  constructor(reader: PatternReader, start: number) {
    this.#reader = reader;
    this.#start = start;
  }

  get rangeOpen(): boolean {
    return this.#rangeOpen;
  }

  addByte(byte: number): void {
    const low = this.#low;
    if (!this.#rangeOpen || low === null) {
      this.#add(ByteSet.ofRanges([byte, byte]));
      this.#low = byte;
      return;
    }
    if (low > byte) throw this.#reader.syntax('a range whose end is below its start');
    this.#add(ByteSet.ofRanges([low, byte]));
    this.#low = null;
    this.#rangeOpen = false;
  }

  /** A hyphen that is not escaped: opens a range where a byte stands before it, else is itself. */
  addHyphen(): void {
    if (this.#low !== null && !this.#rangeOpen) this.#rangeOpen = true;
    else this.addByte(0x2d);
  }

  /** A set within the class. Next to a hyphen that is not the last, PCRE2 takes it for a mistake. */
  addSet(set: ByteSet): void {
    const reader = this.#reader;
    const hyphenFollows = reader.peek() === '-' && reader.peek(1) !== ']' && reader.peek(1) !== '';
    if (this.#rangeOpen || hyphenFollows) throw reader.syntax('a set cannot be the end of a range');
    this.set = this.set.union(set);
    this.#low = null;
  }

  close(): void {
    if (this.#rangeOpen) this.#add(ByteSet.of('-'));
  }

  unterminated() {
    return this.#reader.syntax('] is missing', this.#start);
  }

  /** Folding is for what is spelled out; sets by name are not changed by it. */
  #add(set: ByteSet): void {
    this.set = this.set.union(this.#reader.flags.caseless ? set.foldAscii() : set);
  }
}

/** Reads a class; the place is behind its `[`. */
export function readClass(reader: PatternReader): ByteNode | SetNode {
  const start = reader.position - 1;
  if (reader.startsWith('[:<:]]') || reader.startsWith('[:>:]]')) {
    throw reader.unsupported('[[:<:]] and [[:>:]] are not supported; use \\b', start);
  }
  const content = new ClassContent(reader, start);
  const negated = readHead(reader);
  // A ] in the first place is itself: an empty class cannot be written.
  for (let first = true; ; first = false) {
    if (reader.done) throw content.unterminated();
    if (!first && reader.take(']')) break;
    readMember(reader, content);
  }
  content.close();
  const set = negated ? content.set.complement() : content.set;
  return setNode(set, { start, end: reader.position });
}

/** Skips what is ignored in front of the first member; whether there was a `^`. */
function readHead(reader: PatternReader): boolean {
  let negated = false;
  for (;;) {
    if (reader.take('\\E') || reader.take('\\Q\\E') || skipBlank(reader)) continue;
    if (negated || !reader.take('^')) return negated;
    negated = true;
  }
}

function skipBlank(reader: PatternReader): boolean {
  return reader.flags.extendedMore && (reader.take(' ') || reader.take('\t'));
}

function readMember(reader: PatternReader, content: ClassContent): void {
  if (skipBlank(reader) || reader.take('\\E')) return;
  const posix = posixEnd(reader);
  if (posix !== null) {
    readPosix(reader, content, posix);
  } else if (reader.take('\\Q')) {
    readQuoted(reader, content);
  } else if (reader.take('\\')) {
    const member = readClassEscape(reader);
    if (typeof member === 'number') content.addByte(member);
    else content.addSet(member);
  } else if (reader.take('-')) {
    content.addHyphen();
  } else {
    content.addByte(reader.peek().charCodeAt(0));
    reader.position++;
  }
}

function readQuoted(reader: PatternReader, content: ClassContent): void {
  while (!reader.take('\\E')) {
    if (reader.done) throw content.unterminated();
    content.addByte(reader.peek().charCodeAt(0));
    reader.position++;
  }
}

/**
 * The offset of the `:]` that ends a POSIX class which starts here, or null. PCRE2's rule for what looks like one: no
 * `]`, and no opening of another, stands between.
 */
export function posixEnd(reader: PatternReader): number | null {
  const { text } = reader;
  const kind = reader.peek(1);
  if (reader.peek() !== '[' || (kind !== ':' && kind !== '.' && kind !== '=')) return null;
  for (let i = reader.position + 2; i + 1 < text.length; i++) {
    const char = text.charAt(i);
    const next = text.charAt(i + 1);
    if (char === '\\' && (next === ']' || next === '\\')) i++;
    else if (char === ']' || (char === '[' && next === kind)) return null;
    else if (char === kind && next === ']') return i;
  }
  return null;
}

function readPosix(reader: PatternReader, content: ClassContent, end: number): void {
  const start = reader.position;
  if (reader.peek(1) !== ':') throw reader.unsupported('POSIX collating elements are not supported', start);
  const negated = reader.peek(2) === '^';
  const written = reader.text.slice(start + (negated ? 3 : 2), end);
  // Caseless, the two cases of letters are all letters.
  const folded = reader.flags.caseless && (written === 'lower' || written === 'upper');
  const set = POSIX_SETS.get(folded ? 'alpha' : written);
  if (set === undefined) throw reader.syntax('an unknown POSIX class', start);
  if (content.rangeOpen) throw reader.syntax('a set cannot be the end of a range', start);
  reader.position = end + 2;
  content.addSet(negated ? set.complement() : set);
}
