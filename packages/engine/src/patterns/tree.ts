/**
 * A pattern as a tree. Flags are resolved while parsing: `.` and classes are byte sets, `^` and `$` are anchors of their
 * own, letters carry their case rule. So what stands in the tree means the same whatever engine it is printed for.
 *
 * `start` and `end` are byte offsets into the pattern's text, the end excluded.
 */
import { ByteSet } from './byte-set.ts';

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface EmptyNode extends Span {
  readonly kind: 'empty';
}

/** One byte. `caseless` only with a letter, which is lower-case then: both cases match. */
export interface ByteNode extends Span {
  readonly kind: 'byte';
  readonly byte: number;
  readonly caseless: boolean;
}

/** One byte out of a set, folding included; never a set that a ByteNode could say. */
export interface SetNode extends Span {
  readonly kind: 'set';
  readonly set: ByteSet;
}

/** Two items or more, one after another. */
export interface ConcatNode extends Span {
  readonly kind: 'concat';
  readonly items: readonly PatternNode[];
}

/** Two branches or more, the first that leads to a match wins. */
export interface AlternationNode extends Span {
  readonly kind: 'alternation';
  readonly branches: readonly PatternNode[];
}

/** A capturing group; `index` counts from 1. Other groups leave no node. */
export interface GroupNode extends Span {
  readonly kind: 'group';
  readonly index: number;
  readonly body: PatternNode;
}

export type RepeatMode = 'greedy' | 'lazy' | 'possessive';

/** `max` is Infinity where there is no upper bound. */
export interface RepeatNode extends Span {
  readonly kind: 'repeat';
  readonly min: number;
  readonly max: number;
  readonly mode: RepeatMode;
  readonly body: PatternNode;
}

/** `(?>…)` */
export interface AtomicNode extends Span {
  readonly kind: 'atomic';
  readonly body: PatternNode;
}

/** `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)` */
export interface LookNode extends Span {
  readonly kind: 'look';
  readonly behind: boolean;
  readonly negative: boolean;
  readonly body: PatternNode;
}

/**
 * start, end: of the value. finalNewline: the end, or before a newline that is the last byte. lineStart: the value's
 * start or after a newline that is not the last byte. lineEnd: the value's end or before a newline.
 */
export type AnchorAt =
  | 'start'
  | 'end'
  | 'finalNewline'
  | 'lineStart'
  | 'lineEnd'
  | 'wordBoundary'
  | 'notWordBoundary';

export interface AnchorNode extends Span {
  readonly kind: 'anchor';
  readonly at: AnchorAt;
}

export interface BackreferenceNode extends Span {
  readonly kind: 'backreference';
  readonly group: number;
  readonly caseless: boolean;
}

/** `\K`: what matched so far is not part of group 0. */
export interface KeepNode extends Span {
  readonly kind: 'keep';
}

export type PatternNode =
  | EmptyNode
  | ByteNode
  | SetNode
  | ConcatNode
  | AlternationNode
  | GroupNode
  | RepeatNode
  | AtomicNode
  | LookNode
  | AnchorNode
  | BackreferenceNode
  | KeepNode;

export interface PatternTree {
  /** The pattern as it was given, one byte a character. */
  readonly text: string;
  readonly root: PatternNode;
  /** How many capturing groups there are, group 0 not counted. */
  readonly captures: number;
  readonly names: ReadonlyMap<string, number>;
}

export const isLetter = (byte: number): boolean => {
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
};

/** A byte with the given case rule, which only letters keep. */
export function byteNode(byte: number, caseless: boolean, span: Span): ByteNode {
  const folds = caseless && isLetter(byte);
  return {
    kind: 'byte',
    byte: folds ? byte | 0x20 : byte,
    caseless: folds,
    start: span.start,
    end: span.end,
  };
}

/** A set, or the byte where the set says no more than one byte does. */
export function setNode(set: ByteSet, span: Span): ByteNode | SetNode {
  const first = set.ranges()[0]?.[0];
  if (first !== undefined) {
    if (set.equals(ByteSet.ofRanges([first, first]))) return byteNode(first, false, span);
    if (set.equals(ByteSet.ofRanges([first, first]).foldAscii())) {
      return byteNode(first, true, span);
    }
  }
  return { kind: 'set', set, start: span.start, end: span.end };
}

/** The bytes of which it takes one. */
export function bytesTaken(node: ByteNode | SetNode): ByteSet {
  if (node.kind === 'set') return node.set;
  const own = ByteSet.ofRanges([node.byte, node.byte]);
  return node.caseless ? own.foldAscii() : own;
}

/** The nodes directly below a node, in the order in which they are written. */
export function childrenOf(node: PatternNode): readonly PatternNode[] {
  switch (node.kind) {
    case 'concat':
      return node.items;
    case 'alternation':
      return node.branches;
    case 'group':
    case 'repeat':
    case 'atomic':
    case 'look':
      return [node.body];
    default:
      return [];
  }
}
