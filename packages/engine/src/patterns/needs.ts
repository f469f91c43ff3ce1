/**
 * What a value must hold for a pattern to match: clauses, each a set of categories (see categories.ts) of which the value
 * must have one. A value that fails a clause cannot match. Each step only ever forgets conditions:
 *
 *   a byte, a set      the categories of its bytes
 *   a concatenation    the clauses of all its items
 *   an alternation     each clause of one branch together with each of the other
 *   a group, a repeat that takes a round at least    the clauses of what is in it
 *   anything else      none
 *
 * A pattern of anchors alone, between both ends of the value, has one clause of its own: that the value is empty.
 */
import { width } from './analysis.ts';
import { ByteSet } from './byte-set.ts';
import { bytesOf, categoriesOf, LENGTH_BITS } from './categories.ts';
import { type AnchorAt, bytesTaken, type PatternNode, type PatternTree } from './tree.ts';

/** Bits of categories, at least one of which a value must have; without any: the value must be empty. */
export type Clause = number;

const EMPTY: Clause = 0;

/** Whether a value that holds this fulfils a clause; the scan's tables say the same (native/scan_tables.cc). */
export const fulfils = (holds: number, clause: Clause): boolean =>
  clause === EMPTY ? holds === 0 : (clause & holds) !== 0;

/** More are not worth their time: the most telling ones are kept. */
const CLAUSES_MAX = 12;

const NO_CLAUSES: readonly Clause[] = [];

export function needsOf({ root }: PatternTree): readonly Clause[] {
  if (takesOnlyEmpty(root)) return [EMPTY];
  return strongest([...clausesOf(root), ...lengthClauses(width(root).min)]);
}

/** Whether needs tell all there is to tell: a pattern finds something in each value that has them. */
export const areNeedsEnough = ({ root }: PatternTree): boolean =>
  takesOnlyEmpty(root) || takesAll(root) || takesOneByte(root);

const itemsOf = (node: PatternNode): readonly PatternNode[] => (node.kind === 'concat' ? node.items : [node]);

/** `^$` */
function takesOnlyEmpty(root: PatternNode): boolean {
  const items = itemsOf(root);
  const has = (at: AnchorAt): boolean => items.some((item) => item.kind === 'anchor' && item.at === at);
  return has('start') && has('end') && items.every(({ kind }) => kind === 'anchor');
}

/** `^.*$` */
const takesAll = (root: PatternNode): boolean =>
  itemsOf(root).every(
    (item) =>
      (item.kind === 'anchor' && (item.at === 'start' || item.at === 'end')) ||
      (item.kind === 'repeat' &&
        item.min === 0 &&
        item.max === Number.POSITIVE_INFINITY &&
        item.body.kind === 'set' &&
        item.body.set.equals(ByteSet.ALL)),
  );

/** `.`, `[()]`: one byte out of whole categories, wherever it stands. */
function takesOneByte(root: PatternNode): boolean {
  if (root.kind === 'group') return takesOneByte(root.body);
  if (root.kind !== 'set' && root.kind !== 'byte') return false;
  const set = bytesTaken(root);
  return bytesOf(categoriesOf(set)).equals(set);
}

/** What a value must hold to contain one of the words, in any case. */
export function needsOfWords(words: readonly string[]): readonly Clause[] {
  let needs: readonly Clause[] | null = null;
  for (const word of words) {
    const own = [
      ...[...word].map((char) => categoriesOf(ByteSet.of(char).foldAscii())),
      ...lengthClauses(word.length),
    ];
    needs = needs === null ? strongest(own) : either(needs, strongest(own));
  }
  return needs ?? NO_CLAUSES;
}

/** What a value must hold to contain a text, byte for byte. */
export const needsOfText = (text: string): readonly Clause[] =>
  strongest([...[...text].map((char) => categoriesOf(ByteSet.of(char))), ...lengthClauses(text.length)]);

const lengthClauses = (bytesMin: number): Clause[] =>
  LENGTH_BITS.filter(([bytes]) => bytesMin >= bytes).map(([, bit]) => (1 << bit) >>> 0);

function clausesOf(node: PatternNode): readonly Clause[] {
  switch (node.kind) {
    case 'byte':
    case 'set':
      return [categoriesOf(bytesTaken(node))];
    case 'concat':
      return strongest(node.items.flatMap(clausesOf));
    case 'alternation':
      return node.branches.map(clausesOf).reduce(either);
    case 'group':
    case 'atomic':
      return clausesOf(node.body);
    case 'repeat':
      return node.min > 0 ? clausesOf(node.body) : NO_CLAUSES;
    default:
      return NO_CLAUSES;
  }
}

/** What holds where one or the other does. */
const either = (a: readonly Clause[], b: readonly Clause[]): readonly Clause[] =>
  strongest(a.flatMap((left) => b.map((right) => (left | right) >>> 0)));

const size = (bits: number): number => {
  let count = 0;
  for (let rest = bits >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
};

/** The smallest ones, without those that another one implies. */
function strongest(clauses: readonly Clause[]): readonly Clause[] {
  const kept: Clause[] = [];
  const sorted = [...new Set(clauses)].sort((a, b) => size(a) - size(b) || a - b);
  for (const clause of sorted) {
    if (kept.length === CLAUSES_MAX) break;
    if (!kept.some((stronger) => (stronger & clause) >>> 0 === stronger)) kept.push(clause);
  }
  return kept;
}
