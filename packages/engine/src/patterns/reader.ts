/** What the parser knows while it reads a pattern: the place, the flags in force, the groups so far. */
import type { EngineError } from '../errors.ts';
import { LANGUAGE_LIMITS } from '../limits.ts';
import { patternSyntax, patternUnsupported } from './pattern-error.ts';

/** Flags as `(?imnsxU)` sets them. */
export interface PatternFlags {
  readonly caseless: boolean;
  readonly multiline: boolean;
  /** `.` takes newlines: on until `(?-s)` takes it away. */
  readonly dotAll: boolean;
  /** Blanks and `#` comments between items are ignored. */
  readonly extended: boolean;
  /** `(?xx)`: space and tab within classes are ignored too. */
  readonly extendedMore: boolean;
  readonly ungreedy: boolean;
  /** Plain parentheses do not capture. */
  readonly noCapture: boolean;
}

export const DEFAULT_FLAGS: PatternFlags = Object.freeze({
  caseless: false,
  multiline: false,
  dotAll: true,
  extended: false,
  extendedMore: false,
  ungreedy: false,
  noCapture: false,
});

/** PCRE2's bound on groups and on the length of their names. */
const GROUPS_MAX = 65_535;
const NAME_BYTES_MAX = 32;

interface NamedReference {
  readonly name: string;
  readonly offset: number;
}

export class PatternReader {
  readonly text: string;
  position = 0;
  flags: PatternFlags = DEFAULT_FLAGS;
  groupCount = 0;
  readonly names = new Map<string, number>();
  /** References by number that are checked at the end, since groups may stand behind their references. */
  readonly numberReferences: { readonly group: number; readonly offset: number }[] = [];
  #depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.position >= this.text.length;
  }

  /** The byte `ahead` of the place, or '' past the end. */
  peek(ahead = 0): string {
    return this.text.charAt(this.position + ahead);
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.position);
  }

  /** Moves past `text` where it stands here. */
  take(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.position += text.length;
    return true;
  }

  /** Moves past the bytes that the sticky expression takes, at most `max`, and returns them. */
  takeRun(accepts: (char: string) => boolean, max = Number.POSITIVE_INFINITY): string {
    const start = this.position;
    while (this.position - start < max && !this.done && accepts(this.peek())) this.position++;
    return this.text.slice(start, this.position);
  }

  syntax(problem: string, offset = this.position): EngineError {
    return patternSyntax(this.text, offset, problem);
  }

  unsupported(problem: string, offset = this.position): EngineError {
    return patternUnsupported(this.text, offset, problem);
  }

  enterGroup(): void {
    this.#depth++;
    if (this.#depth <= LANGUAGE_LIMITS.patternDepthMax) return;
    throw this.unsupported(`groups are nested deeper than ${LANGUAGE_LIMITS.patternDepthMax}`);
  }

  leaveGroup(): void {
    this.#depth--;
  }

  /** The number of the capturing group that opens here. */
  nextGroup(name: string | null, offset: number): number {
    this.groupCount++;
    if (this.groupCount > GROUPS_MAX) throw this.unsupported(`more than ${GROUPS_MAX} groups`, offset);
    if (name !== null) {
      if (this.names.has(name)) throw this.syntax(`two groups have the name ${name}`, offset);
      this.names.set(name, this.groupCount);
    }
    return this.groupCount;
  }

  /** Reads a group's name and the `terminator` behind it. */
  readName(terminator: string): NamedReference {
    const offset = this.position;
    const name = this.takeRun(isWordChar);
    if (name === '') throw this.syntax('a group name is expected', offset);
    if (isDigit(name.charAt(0))) throw this.syntax('a group name must not start with a digit', offset);
    if (name.length > NAME_BYTES_MAX)
      throw this.syntax(`a group name is longer than ${NAME_BYTES_MAX}`, offset);
    if (!this.take(terminator)) throw this.syntax(`${terminator} is missing after a group name`);
    return { name, offset };
  }
}

export const isDigit = (char: string): boolean => char >= '0' && char <= '9';
export const isOctalDigit = (char: string): boolean => char >= '0' && char <= '7';
export const isHexDigit = (char: string): boolean =>
  isDigit(char) || (char >= 'a' && char <= 'f') || (char >= 'A' && char <= 'F');
export const isAsciiLetter = (char: string): boolean =>
  (char >= 'a' && char <= 'z') || (char >= 'A' && char <= 'Z');
export const isWordChar = (char: string): boolean => isAsciiLetter(char) || isDigit(char) || char === '_';
