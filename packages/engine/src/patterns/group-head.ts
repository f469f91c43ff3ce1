/** What stands behind an opening parenthesis. */
import { isAsciiLetter, isDigit, type PatternFlags, type PatternReader } from './reader.ts';

export type GroupHead =
  | { readonly kind: 'capture'; readonly name: string | null }
  /** `(?:` and `(?i:`, with the flags inside. */
  | { readonly kind: 'plain'; readonly flags: PatternFlags }
  /** `(?i)`, with the flags from here to the end of the group around it. The parenthesis is closed. */
  | { readonly kind: 'flags'; readonly flags: PatternFlags }
  | { readonly kind: 'atomic' }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negative: boolean }
  /** `(?P=name)`. The parenthesis is closed. */
  | { readonly kind: 'reference'; readonly name: string; readonly offset: number };

/** Reads the head; the place is behind `(`. Comments are not groups and never come here. */
export function readGroupHead(reader: PatternReader): GroupHead {
  const start = reader.position - 1;
  if (reader.peek() === '*' && (reader.peek(1) === ':' || isAsciiLetter(reader.peek(1)))) {
    throw reader.unsupported('verbs such as (*SKIP) are not supported', start);
  }
  if (!reader.take('?')) {
    const { flags } = reader;
    return flags.noCapture ? { kind: 'plain', flags } : { kind: 'capture', name: null };
  }
  const look = readLook(reader, start);
  if (look !== null) return look;
  if (reader.take('>')) return { kind: 'atomic' };
  if (reader.take('<') || reader.take('P<')) return { kind: 'capture', name: reader.readName('>').name };
  if (reader.take("'")) return { kind: 'capture', name: reader.readName("'").name };
  if (reader.take('P=')) return { kind: 'reference', ...reader.readName(')') };
  refuseOthers(reader, start);
  return readFlags(reader, start);
}

function readLook(reader: PatternReader, start: number): GroupHead | null {
  if (reader.take('=')) return { kind: 'look', behind: false, negative: false };
  if (reader.take('!')) return { kind: 'look', behind: false, negative: true };
  if (reader.take('<=')) return { kind: 'look', behind: true, negative: false };
  if (reader.take('<!')) return { kind: 'look', behind: true, negative: true };
  if (reader.startsWith('*') || reader.startsWith('<*')) {
    throw reader.unsupported('look-around that is not atomic is not supported', start);
  }
  return null;
}

/** What PCRE2 knows and no rule set uses. */
function refuseOthers(reader: PatternReader, start: number): void {
  const char = reader.peek();
  const next = reader.peek(1);
  const signedCall = (char === '+' || char === '-') && isDigit(next);
  if (char === 'R' || char === '&' || isDigit(char) || signedCall || reader.startsWith('P>')) {
    throw reader.unsupported('a pattern cannot call its own groups', start);
  }
  if (char === '|')
    throw reader.unsupported('groups that reset their numbers, (?|, are not supported', start);
  if (char === '(') throw reader.unsupported('conditional groups are not supported', start);
  if (char === 'C') throw reader.unsupported('callouts are not supported', start);
}

const FLAG_NAMES: ReadonlyMap<string, keyof PatternFlags> = new Map([
  ['i', 'caseless'],
  ['m', 'multiline'],
  ['n', 'noCapture'],
  ['s', 'dotAll'],
  ['x', 'extended'],
  ['U', 'ungreedy'],
]);

/** `(?^` turns these off. */
const RESET_FLAGS = {
  caseless: false,
  multiline: false,
  noCapture: false,
  dotAll: false,
  extended: false,
  extendedMore: false,
} as const;

function readFlags(reader: PatternReader, start: number): GroupHead {
  const flags: { -readonly [Name in keyof PatternFlags]: boolean } = { ...reader.flags };
  const reset = reader.take('^');
  if (reset) Object.assign(flags, RESET_FLAGS);
  let value = true;
  for (;;) {
    if (reader.take(':')) return { kind: 'plain', flags };
    if (reader.take(')')) return { kind: 'flags', flags };
    if (reader.done) throw reader.syntax(') is missing', start);
    const char = reader.peek();
    if (char === '-') {
      if (reset || !value) throw reader.syntax('a hyphen that cannot stand here');
      value = false;
      reader.position++;
      continue;
    }
    if (char === 'J') throw reader.unsupported('groups of the same name are not supported', start);
    const name = FLAG_NAMES.get(char);
    if (name === undefined) throw reader.syntax('an unknown flag or group');
    reader.position++;
    flags[name] = value;
    if (name === 'extended') flags.extendedMore = value && reader.take('x');
    if (name === 'extended' && !value) reader.take('x');
  }
}
