/** Where in a tree `(?i)` may stand: printing a letter once is what keeps long patterns within engines' limits. */
import { childrenOf, isLetter, type PatternNode } from './tree.ts';

/**
 * neutral: means the same under `(?i)` and without. caseless: needs it. caseful: must not have it. mixed: holds both.
 */
export type FoldState = 'neutral' | 'caseless' | 'caseful' | 'mixed';

const combine = (a: FoldState, b: FoldState): FoldState => {
  if (a === 'neutral' || a === b) return b;
  return b === 'neutral' ? a : 'mixed';
};

/** The states of all nodes of a tree, each computed once. */
export function foldStates(root: PatternNode): ReadonlyMap<PatternNode, FoldState> {
  const states = new Map<PatternNode, FoldState>();
  const visit = (node: PatternNode): FoldState => {
    const below = childrenOf(node).map(visit);
    const state = below.reduce(combine, ownState(node));
    states.set(node, state);
    return state;
  };
  visit(root);
  return states;
}

function ownState(node: PatternNode): FoldState {
  switch (node.kind) {
    case 'byte':
      if (!isLetter(node.byte)) return 'neutral';
      return node.caseless ? 'caseless' : 'caseful';
    case 'set':
      return node.set.equals(node.set.foldAscii()) ? 'neutral' : 'caseful';
    case 'backreference':
      return node.caseless ? 'caseless' : 'caseful';
    default:
      return 'neutral';
  }
}
