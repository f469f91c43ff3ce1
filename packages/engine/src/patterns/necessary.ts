/**
 * A necessary condition for a pattern that is too large to be scanned for: smaller patterns, one of which at least is
 * found wherever the pattern is. It comes out of the tree by these steps alone, each of which keeps that property:
 *
 *   a concatenation   pieces of one of its items, with the neighbours where they reach the item's edge
 *   an alternation    pieces of each branch, put together again as far as they fit
 *   a group, a repeat that takes a round at least    pieces of what is in it
 *
 * Anchors look at the value and not at the pattern, so they mean the same in a piece. What else looks around itself
 * gives no pieces.
 */
import { isNullable } from './analysis.ts';
import type { PatternNode, PatternTree, Span } from './tree.ts';

/** A node with the length of its text; nodes made here have no place in the pattern. */
interface Piece {
  readonly node: PatternNode;
  readonly bytes: number;
  /** What it takes begins, or ends, where that of the node does of which it is a piece: only there it has neighbours. */
  readonly edges: Edges;
}

interface Edges {
  readonly start: boolean;
  readonly end: boolean;
}

const BOTH: Edges = { start: true, end: true };
const NEITHER: Edges = { start: false, end: false };

/** The share of a piece that its neighbours may take. */
const CONTEXT_SHARE = 0.25;
/** Parentheses and bars around what is put together. */
const JOINT_BYTES = 4;

/**
 * @param bytesMax of each piece, as the pattern's text has it
 * @returns null where there is no condition: then the pattern may match anywhere
 */
export function necessaryPieces(tree: PatternTree, bytesMax: number): readonly PatternTree[] | null {
  const pieces = piecesOf(tree.root, bytesMax);
  // A piece that is found in the empty value is found everywhere.
  if (pieces === null || pieces.some(({ node }) => isNullable(node))) return null;
  return pieces.map(({ node }) => ({ ...tree, root: node }));
}

const lengthOf = ({ start, end }: Span): number => end - start;

function piecesOf(node: PatternNode, bytesMax: number): readonly Piece[] | null {
  const bytes = lengthOf(node);
  if (bytes <= bytesMax) return [{ node, bytes, edges: BOTH }];
  switch (node.kind) {
    case 'concat':
      return piecesOfConcat(node.items, bytesMax);
    case 'alternation':
      return piecesOfAlternation(node, node.branches, bytesMax);
    case 'group':
    case 'atomic':
      return piecesOf(node.body, bytesMax);
    case 'repeat':
      if (node.min === 0) return null;
      return piecesOf(node.body, bytesMax)?.map((piece) => ({ ...piece, edges: NEITHER })) ?? null;
    default:
      return null;
  }
}

/** Pieces of the longest item that has any: it says most. */
function piecesOfConcat(items: readonly PatternNode[], bytesMax: number): readonly Piece[] | null {
  const order = items.map((_, at) => at).filter((at) => !isNullable(items[at] ?? EMPTY));
  order.sort((a, b) => lengthOf(items[b] ?? EMPTY) - lengthOf(items[a] ?? EMPTY));
  for (const at of order) {
    const around = neighbours(items, at, bytesMax * CONTEXT_SHARE);
    const pieces = piecesOf(items[at] ?? EMPTY, bytesMax - around.bytes - JOINT_BYTES);
    if (pieces !== null) return pieces.map((piece) => between(around, piece));
  }
  return null;
}

const EMPTY: PatternNode = { kind: 'empty', start: 0, end: 0 };

interface Neighbours {
  readonly before: readonly PatternNode[];
  readonly after: readonly PatternNode[];
  readonly bytes: number;
  /** Whether they are all that there is on their side. */
  readonly all: Edges;
}

/** As many items right before and right behind as fit. */
function neighbours(items: readonly PatternNode[], at: number, bytesMax: number): Neighbours {
  let first = at;
  let last = at;
  let bytes = 0;
  const fits = (item: PatternNode | undefined): item is PatternNode =>
    item !== undefined && bytes + lengthOf(item) <= bytesMax;
  for (let item = items[last + 1]; fits(item); item = items[last + 1]) {
    bytes += lengthOf(item);
    last++;
  }
  for (let item = items[first - 1]; fits(item); item = items[first - 1]) {
    bytes += lengthOf(item);
    first--;
  }
  const all = { start: first === 0, end: last === items.length - 1 };
  return { before: items.slice(first, at), after: items.slice(at + 1, last + 1), bytes, all };
}

function between({ before, after, bytes, all }: Neighbours, { node, edges, ...piece }: Piece): Piece {
  const inner = node.kind === 'concat' ? node.items : [node];
  const items = [...(edges.start ? before : []), ...inner, ...(edges.end ? after : [])];
  return {
    node: items.length === inner.length ? node : { ...span(node), kind: 'concat', items },
    bytes: bytes + piece.bytes + JOINT_BYTES,
    edges: { start: edges.start && all.start, end: edges.end && all.end },
  };
}

/** Null as soon as one branch has no pieces: it could match where no piece of the others is found. */
function piecesOfAlternation(
  whole: Span,
  branches: readonly PatternNode[],
  bytesMax: number,
): readonly Piece[] | null {
  const packs: { nodes: PatternNode[]; bytes: number; edges: Edges }[] = [];
  for (const branch of branches) {
    const pieces = piecesOf(branch, bytesMax);
    if (pieces === null) return null;
    for (const { node, bytes, edges } of pieces) {
      const pack = packs.at(-1);
      if (pack === undefined || pack.bytes + bytes + JOINT_BYTES > bytesMax || !same(pack.edges, edges)) {
        packs.push({ nodes: [node], bytes, edges });
        continue;
      }
      pack.nodes.push(node);
      pack.bytes += bytes + JOINT_BYTES;
    }
  }
  return packs.map(({ nodes, ...pack }) => ({ node: alternationOf(whole, nodes), ...pack }));
}

const same = (a: Edges, b: Edges): boolean => a.start === b.start && a.end === b.end;

function alternationOf(whole: Span, nodes: readonly PatternNode[]): PatternNode {
  const [only] = nodes;
  if (nodes.length === 1 && only !== undefined) return only;
  return { ...span(whole), kind: 'alternation', branches: nodes };
}

const span = ({ start, end }: Span): Span => ({ start, end });
