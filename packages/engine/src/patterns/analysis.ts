/** Questions about a tree that printing depends on. Each is linear in the tree. */
import { childrenOf, type PatternNode } from './tree.ts';

/** The fewest and the most bytes that a node can take; `max` may be Infinity. */
export interface Width {
  readonly min: number;
  readonly max: number;
}

export function width(node: PatternNode): Width {
  switch (node.kind) {
    case 'byte':
    case 'set':
      return { min: 1, max: 1 };
    case 'empty':
    case 'anchor':
    case 'keep':
    case 'look':
      return { min: 0, max: 0 };
    // What the group took is not known here, and a reference to a group that took nothing is empty.
    case 'backreference':
      return { min: 0, max: Number.POSITIVE_INFINITY };
    case 'concat':
      return node.items.map(width).reduce((a, b) => ({ min: a.min + b.min, max: a.max + b.max }));
    case 'alternation':
      return node.branches
        .map(width)
        .reduce((a, b) => ({ min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) }));
    case 'repeat': {
      const { min, max } = width(node.body);
      return { min: min * node.min, max: max === 0 || node.max === 0 ? 0 : max * node.max };
    }
    default:
      return width(node.body);
  }
}

export const isNullable = (node: PatternNode): boolean => width(node).min === 0;

/** Whether a node at or below `node` passes the test. */
export function some(node: PatternNode, test: (node: PatternNode) => boolean): boolean {
  return test(node) || childrenOf(node).some((child) => some(child, test));
}

/** What captures nothing of interest is what is in it. */
export const bodyOf = (node: PatternNode): PatternNode => (node.kind === 'group' ? bodyOf(node.body) : node);

/** Whether a node takes nothing but what stands at the start of a value. */
export function beginsAtStart(node: PatternNode): boolean {
  const body = bodyOf(node);
  if (body.kind === 'anchor') return body.at === 'start';
  if (body.kind === 'alternation') return body.branches.every(beginsAtStart);
  const [first] = body.kind === 'concat' ? body.items : [];
  return first !== undefined && beginsAtStart(first);
}
