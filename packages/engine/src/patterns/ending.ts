/**
 * What a value must end with for a pattern that reaches to its end: `(?:…)+.*(?:last|ls)$` is found in no value that does not
 * end with `(?:last|ls)$`. Hyperscan looks at a value's last bytes for it, and at each byte for the whole pattern, whose
 * beginning may stand anywhere.
 */
import { beginsAtStart, bodyOf, some, width } from './analysis.ts';
import type { PatternNode, PatternTree } from './tree.ts';

/** An ending that more values have would be asked about too often. */
const CHANCE_MAX = 0.1;
/** So many bytes are about as frequent as each other. */
const COMMON_BYTES = 32;

/**
 * What follows the last part of a pattern that may be as long as it likes, where it is bounded by the value's end.
 *
 * @returns null where a pattern has no such ending, or begins at the value's start: there it is looked for once
 */
export function endingOf(tree: PatternTree): PatternTree | null {
  // A reference counts groups, and groups are left out.
  if (some(tree.root, ({ kind }) => kind === 'backreference')) return null;
  const root = bodyOf(tree.root);
  const items = root.kind === 'concat' ? root.items : [root];
  const last = items.at(-1);
  if (last?.kind !== 'anchor' || last.at !== 'end' || beginsAtStart(root)) return null;
  const longest = items.findLastIndex((item) => width(item).max === Number.POSITIVE_INFINITY);
  if (longest < 0) return null;
  const { start, end } = root;
  const ending: PatternNode = { kind: 'concat', items: items.slice(longest + 1), start, end };
  return chanceOf(ending) > CHANCE_MAX ? null : { ...tree, root: ending };
}

/** About how likely it is that bytes at a given place are such. */
function chanceOf(node: PatternNode): number {
  switch (node.kind) {
    case 'byte':
      return 1 / COMMON_BYTES;
    case 'set':
      return Math.min(1, node.set.size / COMMON_BYTES);
    case 'concat':
      return node.items.reduce((chance, item) => chance * chanceOf(item), 1);
    case 'alternation':
      return Math.min(
        1,
        node.branches.reduce((chance, branch) => chance + chanceOf(branch), 0),
      );
    case 'group':
    case 'atomic':
      return chanceOf(node.body);
    case 'repeat':
      return node.min === 0 ? 1 : chanceOf(node.body);
    default:
      return 1;
  }
}
