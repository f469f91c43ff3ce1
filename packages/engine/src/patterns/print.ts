/**
 * Prints a tree for an engine. What is printed carries its own flags, so that it means the same whether or not the
 * engine is told about newlines; it must not be compiled with an option that folds case.
 */
import { isNullable, some } from './analysis.ts';
import { ByteSet } from './byte-set.ts';
import { type Dialect, printByte, printClass, type Refusal, refusesNode } from './dialect.ts';
import { type FoldState, foldStates } from './fold.ts';
import type { ByteNode, PatternNode, PatternTree, RepeatMode, RepeatNode } from './tree.ts';

export type Printed =
  | { readonly text: string; readonly refusal: null }
  | { readonly text: null; readonly refusal: string };

/** Characters of a printed pattern: unrolled repeats are the only thing that comes near. */
const PRINTED_LENGTH_MAX = 262_144;

/** @returns the pattern's text, or the reason that the dialect cannot express it */
export function printTree(tree: PatternTree, dialect: Dialect): Printed {
  const refusal = refusalOf(dialect, tree.root, 1) ?? lineStartRefusal(dialect, tree.root);
  if (refusal !== null) return { text: null, refusal };
  const printer = new Printer(dialect, foldStates(tree.root));
  const text = printer.printRoot(tree.root);
  if (text === null) return { text: null, refusal: 'unrolled, its repeats are too long' };
  return { text, refusal: null };
}

/** `copies` is what the bounded repeats around the node multiply to. */
function refusalOf(dialect: Dialect, node: PatternNode, copies: number): Refusal {
  const own = refusesNode(dialect, node);
  if (own !== null) return own;
  switch (node.kind) {
    case 'repeat': {
      const unrolled = boundOf(node) > allowedCopies(dialect, copies);
      if (unrolled && isNullable(node.body)) return 'a repeat too large to be kept, of what may be empty';
      if (unrolled && some(node.body, (inner) => inner.kind === 'group')) {
        return 'a repeat too large to be kept, of a group that captures';
      }
      return refusalOf(dialect, node.body, copies * Math.min(boundOf(node), allowedCopies(dialect, copies)));
    }
    case 'concat':
      return firstRefusal(dialect, node.items, copies);
    case 'alternation':
      return firstRefusal(dialect, node.branches, copies);
    case 'group':
    case 'atomic':
    case 'look':
      return refusalOf(dialect, node.body, copies);
    default:
      return null;
  }
}

function firstRefusal(dialect: Dialect, nodes: readonly PatternNode[], copies: number): Refusal {
  for (const node of nodes) {
    const refusal = refusalOf(dialect, node, copies);
    if (refusal !== null) return refusal;
  }
  return null;
}

/** How often a bounded repeat copies its body; 1 for `*`, `+` and `?`. */
function boundOf(node: RepeatNode): number {
  return Math.max(1, Number.isFinite(node.max) ? node.max : node.min);
}

const allowedCopies = (dialect: Dialect, copies: number): number =>
  Math.max(1, Math.floor(dialect.repeatsMax / copies));

/**
 * PCRE2's `(?m)^` does not match behind a newline that ends the value; an engine where it does can stand in only where
 * the pattern goes on to take a byte.
 */
function lineStartRefusal(dialect: Dialect, root: PatternNode): Refusal {
  if (!dialect.lineStartAtEnd || lineStartsLeadOn(root, false)) return null;
  return 'a multi-line ^ that may stand at the end';
}

function lineStartsLeadOn(node: PatternNode, followed: boolean): boolean {
  switch (node.kind) {
    case 'anchor':
      return node.at !== 'lineStart' || followed;
    case 'concat': {
      let taken = followed;
      for (const item of node.items.toReversed()) {
        if (!lineStartsLeadOn(item, taken)) return false;
        taken ||= !isNullable(item);
      }
      return true;
    }
    case 'alternation':
      return node.branches.every((branch) => lineStartsLeadOn(branch, followed));
    case 'group':
    case 'repeat':
      return lineStartsLeadOn(node.body, followed);
    // What follows outside says nothing about what stands in a look-around, and no such dialect has them.
    case 'atomic':
    case 'look':
      return lineStartsLeadOn(node.body, false);
    default:
      return true;
  }
}

class Printer {
  readonly #dialect: Dialect;
  readonly #states: ReadonlyMap<PatternNode, FoldState>;
  #length = 0;

  constructor(dialect: Dialect, states: ReadonlyMap<PatternNode, FoldState>) {
    this.#dialect = dialect;
    this.#states = states;
  }

  /** Null where unrolling makes it too long. */
  printRoot(root: PatternNode): string | null {
    const caseless = this.#states.get(root) === 'caseless';
    const text = this.#printGuarded(root, caseless);
    return this.#length > PRINTED_LENGTH_MAX ? null : `(?${caseless ? 'i' : ''}s)${text}`;
  }

  /** A guard stands behind start anchors: in front of them it would keep the engine from seeing them. */
  #printGuarded(root: PatternNode, caseless: boolean): string {
    const guard = this.#dialect.highByteGuard;
    const spelled = some(root, (node) => node.kind === 'byte' && node.byte > 0x7f);
    if (guard === '' || !spelled) return this.#print(root, caseless, 1);
    const items = root.kind === 'concat' ? root.items : [root];
    const first = items.findIndex((item) => item.kind !== 'anchor' || item.at !== 'start');
    const anchors = items.slice(0, first).map((item) => this.#print(item, caseless, 1));
    return `${anchors.join('')}${guard}${this.#printConcat(items.slice(first), caseless, 1)}`;
  }

  #print(node: PatternNode, caseless: boolean, copies: number): string {
    if (this.#opensFold(node, caseless)) {
      return `(?i:${this.#print(node, true, copies)})`;
    }
    switch (node.kind) {
      case 'empty':
        return '';
      case 'byte':
        return this.#printByte(node, caseless);
      case 'set':
        return this.#printSet(node.set, caseless);
      case 'concat':
        return this.#printConcat(node.items, caseless, copies);
      case 'alternation':
        return node.branches.map((branch) => this.#print(branch, caseless, copies)).join('|');
      case 'group': {
        const body = this.#print(node.body, caseless, copies);
        return node.index > this.#dialect.groupsMax ? `(?:${body})` : `(${body})`;
      }
      case 'repeat':
        return this.#printRepeat(node, caseless, copies);
      case 'atomic':
        return `(?>${this.#print(node.body, caseless, copies)})`;
      case 'look': {
        const sign = `${node.behind ? '<' : ''}${node.negative ? '!' : '='}`;
        return `(?${sign}${this.#print(node.body, caseless, copies)})`;
      }
      case 'anchor':
        return this.#dialect.anchors[node.at] ?? '';
      case 'backreference':
        return `\\g{${node.group}}`;
      case 'keep':
        return '\\K';
    }
  }

  /** Neighbours that all take `(?i)` share one. */
  #printConcat(items: readonly PatternNode[], caseless: boolean, copies: number): string {
    if (caseless || !this.#dialect.foldsInParts) {
      return items.map((item) => this.#printPart(item, caseless, copies)).join('');
    }
    let text = '';
    for (let i = 0; i < items.length; ) {
      let end = i;
      let needsFold = false;
      for (; end < items.length; end++) {
        const state = this.#stateOf(items[end]);
        if (state !== 'neutral' && state !== 'caseless') break;
        needsFold ||= state === 'caseless';
      }
      const run = items.slice(i, Math.max(end, i + 1));
      const parts = run.map((item) => this.#printPart(item, needsFold, copies)).join('');
      text += needsFold ? `(?i:${parts})` : parts;
      i += run.length;
    }
    return text;
  }

  /** Whether a node is printed in a `(?i:…)` of its own. */
  #opensFold(node: PatternNode, caseless: boolean): boolean {
    return !caseless && this.#dialect.foldsInParts && this.#states.get(node) === 'caseless';
  }

  #stateOf(node: PatternNode | undefined): FoldState {
    return (node && this.#states.get(node)) ?? 'mixed';
  }

  /** A node as one of several in a row. */
  #printPart(node: PatternNode, caseless: boolean, copies: number): string {
    const text = this.#print(node, caseless, copies);
    return node.kind === 'alternation' && !this.#opensFold(node, caseless) ? `(?:${text})` : text;
  }

  /** A node as something that a quantifier may follow. */
  #printAtom(node: PatternNode, caseless: boolean, copies: number): string {
    const text = this.#print(node, caseless, copies);
    const whole = node.kind === 'byte' || node.kind === 'set' || node.kind === 'backreference';
    if (this.#opensFold(node, caseless) || whole || node.kind === 'look' || node.kind === 'atomic')
      return text;
    return node.kind === 'group' ? text : `(?:${text})`;
  }

  /** Repeats beyond the engine's bound are written several times: x{1500} is x{1000}x{500}. */
  #printRepeat(node: RepeatNode, caseless: boolean, copies: number): string {
    const allowed = allowedCopies(this.#dialect, copies);
    const inner = copies * Math.min(boundOf(node), allowed);
    const atom = this.#printAtom(node.body, caseless, inner);
    let { min, max } = node;
    let text = '';
    const add = (least: number, most: number): void => {
      const part = `${atom}${quantifier(least, most, node.mode)}`;
      this.#length += part.length;
      if (this.#length <= PRINTED_LENGTH_MAX) text += part;
    };
    const bounded = Number.isFinite(max);
    while ((bounded ? max : min) > allowed && this.#length <= PRINTED_LENGTH_MAX) {
      const least = Math.min(min, allowed);
      add(least, bounded ? allowed : least);
      min -= least;
      if (bounded) max -= allowed;
    }
    add(min, max);
    return text;
  }

  #printByte({ byte, caseless: folds }: ByteNode, caseless: boolean): string {
    const text = printByte(byte);
    if (folds && !caseless) return `(?:${printByte(byte - 0x20)}|${text})`;
    const kept = caseless && byte > 0x7f && this.#dialect.foldsBeyondAscii(ByteSet.ofRanges([byte, byte]));
    return kept ? `(?-i:${text})` : text;
  }

  #printSet(set: ByteSet, caseless: boolean): string {
    if (set.equals(ByteSet.ALL)) return '.';
    if (set.equals(ByteSet.NONE)) return this.#dialect.emptySet ?? '';
    const text = printClass(set);
    return caseless && this.#dialect.foldsBeyondAscii(set) ? `(?-i:${text})` : text;
  }
}

const SUFFIXES: Readonly<Record<RepeatMode, string>> = { greedy: '', lazy: '?', possessive: '+' };

function quantifier(min: number, max: number, mode: RepeatMode): string {
  return `${counts(min, max)}${SUFFIXES[mode]}`;
}

function counts(min: number, max: number): string {
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`;
  if (min === 0 && max === 1) return '?';
  return min === max ? `{${min}}` : `{${min},${max}}`;
}
