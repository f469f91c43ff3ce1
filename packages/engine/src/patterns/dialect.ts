/** What differs between the engines that a tree is printed for. */
import type { ByteRange, ByteSet } from './byte-set.ts';
import type { AnchorAt, PatternNode } from './tree.ts';

export interface Dialect {
  /** How an anchor is written; null where the engine has none that means the same. */
  readonly anchors: Readonly<Record<AnchorAt, string | null>>;
  /** How a class that no byte is in is written; null where the engine refuses it. */
  readonly emptySet: string | null;
  /** Whether `(?>…)`, possessive repeats, look-around, references and `\K` exist. */
  readonly backtracks: boolean;
  /** `\n` at the value's end does not keep `(?m)^` from matching behind it. */
  readonly lineStartAtEnd: boolean;
  /** The most that nested bounded repeats may multiply to. */
  readonly repeatsMax: number;
  /** Whether `(?i)` also folds bytes above 0x7f in this set, so that it must be kept away from it. */
  readonly foldsBeyondAscii: (set: ByteSet) => boolean;
  /** Put in front of a pattern that spells bytes above 0x7f out, behind its leading start anchors. */
  readonly highByteGuard: string;
  /** Whether `(?i:…)` may stand in a part of a pattern; where not, a letter that folds there is written as two branches. */
  readonly foldsInParts: boolean;
  /** Groups with a higher number are written as plain ones. */
  readonly groupsMax: number;
}

const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;

const isPrintable = (byte: number): boolean => byte >= 0x20 && byte <= 0x7e;

const OUTSIDE_META = new Set('\\^$.|?*+()[]{}');
const CLASS_META = new Set('\\^-[]&~#');

/** One byte outside of a class. */
export function printByte(byte: number): string {
  if (!isPrintable(byte)) return hex(byte);
  const char = String.fromCharCode(byte);
  return OUTSIDE_META.has(char) ? `\\${char}` : char;
}

const classByte = (byte: number): string => {
  if (!isPrintable(byte)) return hex(byte);
  const char = String.fromCharCode(byte);
  return CLASS_META.has(char) ? `\\${char}` : char;
};

const classRange = ([low, high]: ByteRange): string => {
  if (low === high) return classByte(low);
  return high === low + 1 ? `${classByte(low)}${classByte(high)}` : `${classByte(low)}-${classByte(high)}`;
};

/** A set that is neither empty nor all bytes, written by its ranges or by those that it lacks. */
export function printClass(set: ByteSet): string {
  const ranges = set.ranges();
  const lacking = set.complement().ranges();
  const negated = set.has(0xff) && lacking.length <= ranges.length;
  return `[${negated ? '^' : ''}${(negated ? lacking : ranges).map(classRange).join('')}]`;
}

/** Why an engine cannot take a pattern: in one line, without the engine's name. */
export type Refusal = string | null;

/** The reason that a node alone, whatever is below it, keeps a dialect from taking a pattern. */
export function refusesNode(dialect: Dialect, node: PatternNode): Refusal {
  switch (node.kind) {
    case 'anchor':
      return dialect.anchors[node.at] === null ? `no anchor ${node.at}` : null;
    case 'set':
      return dialect.emptySet === null && node.set.size === 0 ? 'no class that nothing is in' : null;
    case 'repeat':
      return node.mode === 'possessive' && !dialect.backtracks ? 'no possessive repeats' : null;
    case 'atomic':
      return dialect.backtracks ? null : 'no atomic groups';
    case 'look':
      return dialect.backtracks ? null : 'no look-around';
    case 'backreference':
      return dialect.backtracks ? null : 'no back-references';
    case 'keep':
      return dialect.backtracks ? null : 'no \\K';
    default:
      return null;
  }
}
