/**
 * A pattern for values of few different bytes: what can only match other bytes is taken out of the tree. On such values
 * the smaller pattern is found exactly where the whole one is, and it is often much cheaper to look for: words whose
 * letters may have quotes between them are plain words where there are no quotes.
 */
import { some } from './analysis.ts';
import { ByteSet } from './byte-set.ts';
import { type PatternNode, type PatternTree, type Span, setNode } from './tree.ts';

/**
 * @param alphabet the bytes that values hold
 * @returns null where the pattern cannot match any such value
 */
export function restrictTree(tree: PatternTree, alphabet: ByteSet): PatternTree | null {
  // A reference counts groups, and would mean another one where a group goes.
  if (some(tree.root, ({ kind }) => kind === 'backreference')) return tree;
  const root = restrict(tree.root, alphabet);
  return root === null ? null : { ...tree, root };
}

/** Null where the node cannot match. */
function restrict(node: PatternNode, alphabet: ByteSet): PatternNode | null {
  switch (node.kind) {
    case 'byte': {
      const own = ByteSet.ofRanges([node.byte, node.byte]);
      return restrictSet(node, node.caseless ? own.foldAscii() : own, alphabet);
    }
    case 'set':
      return restrictSet(node, node.set, alphabet);
    case 'concat': {
      const items: PatternNode[] = [];
      for (const item of node.items) {
        const kept = restrict(item, alphabet);
        if (kept === null) return null;
        if (kept.kind !== 'empty') items.push(kept);
      }
      return joined(node, items);
    }
    case 'alternation': {
      const branches = node.branches.flatMap((branch) => restrict(branch, alphabet) ?? []);
      const [first] = branches;
      if (first === undefined) return null;
      return branches.length === 1 ? first : { ...node, branches };
    }
    case 'group':
    case 'atomic': {
      const body = restrict(node.body, alphabet);
      return body === null ? null : { ...node, body };
    }
    case 'repeat': {
      const body = restrict(node.body, alphabet);
      if (body === null) return node.min > 0 ? null : emptyAt(node);
      return body.kind === 'empty' ? body : { ...node, body };
    }
    default:
      return node;
  }
}

function restrictSet(node: PatternNode, set: ByteSet, alphabet: ByteSet): PatternNode | null {
  const kept = set.intersection(alphabet);
  if (kept.equals(set)) return node;
  return kept.equals(ByteSet.NONE) ? null : setNode(kept, node);
}

const emptyAt = ({ start, end }: Span): PatternNode => ({ kind: 'empty', start, end });

function joined(span: Span, items: readonly PatternNode[]): PatternNode {
  const [first] = items;
  if (first === undefined) return emptyAt(span);
  return items.length === 1 ? first : { kind: 'concat', items, start: span.start, end: span.end };
}
