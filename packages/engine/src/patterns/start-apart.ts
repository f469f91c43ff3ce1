/**
 * A pattern that begins at the value's start or anywhere, in two: `(?:^|a|b)c` is found where `^c` or `(?:a|b)c` is, and
 * nowhere else. Hyperscan looks for the first where a value begins and for the second by its words; for the two in one
 * pattern it has neither way, and takes ten times as long.
 */
import { beginsAtStart, bodyOf, some } from './analysis.ts';
import type { PatternNode, PatternTree } from './tree.ts';

/** One of the patterns matches a value where the pattern does. Most have no such beginning, and stay as they are. */
export function startApart(tree: PatternTree): readonly PatternTree[] {
  // A reference counts groups, and a group would stand in both.
  if (some(tree.root, ({ kind }) => kind === 'backreference')) return [tree];
  const root = bodyOf(tree.root);
  const [first, ...rest] = root.kind === 'concat' ? root.items : [root];
  const choice = first === undefined ? root : bodyOf(first);
  if (choice.kind !== 'alternation') return [tree];
  const parts = [true, false].map((isAtStart) =>
    choice.branches.filter((branch) => beginsAtStart(branch) === isAtStart),
  );
  if (parts.some(({ length }) => length === 0)) return [tree];
  const { start, end } = root;
  return parts.map((branches) => {
    const [only, another] = branches;
    const begin: PatternNode =
      only !== undefined && another === undefined ? only : { ...choice, kind: 'alternation', branches };
    const own: PatternNode =
      rest.length === 0 ? begin : { kind: 'concat', items: [begin, ...rest], start, end };
    return { ...tree, root: own };
  });
}
