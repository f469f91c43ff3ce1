/** Which engines can decide a pattern, and in what words. */
import { AssertionFailure } from '../assert.ts';
import { isNullable, some } from './analysis.ts';
import { toHyperscan, toPcre2, toRe2 } from './engines.ts';
import { parsePattern } from './parse.ts';
import type { PatternNode, PatternTree, RepeatNode } from './tree.ts';

export interface PatternEngines {
  /** Null where Hyperscan has no words for it. It may still refuse what it is given, for its size. */
  readonly hyperscan: string | null;
  readonly re2: string | null;
  readonly pcre2: string;
}

export interface ClassifiedPattern {
  readonly tree: PatternTree;
  readonly engines: PatternEngines;
  /** Why an engine is null, in one line; null where it is not. */
  readonly reasons: { readonly hyperscan: string | null; readonly re2: string | null };
  /** Capturing groups, group 0 not counted. */
  readonly captures: number;
  /**
   * Whether RE2 also places the match and its groups as PCRE2 does. Whether there is a match they always agree on; they
   * part where an unbounded repeat goes around once more without taking anything, which PCRE2 counts as a round.
   */
  readonly re2PlacesAlike: boolean;
}

/**
 * @param text the pattern as the rule has it, one byte a character
 * @throws EngineError PATTERN_SYNTAX, PATTERN_UNSUPPORTED
 */
export function classifyPattern(text: string): ClassifiedPattern {
  const tree = parsePattern(text);
  const hyperscan = toHyperscan(tree);
  const re2 = toRe2(tree);
  const pcre2 = toPcre2(tree);
  if (pcre2.text === null) throw new AssertionFailure(`PCRE2 takes every tree: ${pcre2.refusal}`);
  return {
    tree,
    engines: { hyperscan: hyperscan.text, re2: re2.text, pcre2: pcre2.text },
    reasons: { hyperscan: hyperscan.refusal, re2: re2.refusal },
    captures: tree.captures,
    re2PlacesAlike: !some(tree.root, countsEmptyRounds),
  };
}

/** Whether a node is a repeat in which an empty round can be seen from outside. */
function countsEmptyRounds(node: PatternNode): boolean {
  return node.kind === 'repeat' && node.max === Number.POSITIVE_INFINITY && emptyRoundShows(node);
}

function emptyRoundShows({ body }: RepeatNode): boolean {
  return isNullable(body) && (some(body, (node) => node.kind === 'group') || !triesEmptyLast(body));
}

/** Whether a node that may be empty tries that only after everything else. */
function triesEmptyLast(node: PatternNode): boolean {
  switch (node.kind) {
    case 'repeat':
      return node.mode === 'greedy' && (!isNullable(node.body) || triesEmptyLast(node.body));
    case 'concat':
      return node.items.every((item) => isNullable(item) && triesEmptyLast(item));
    case 'alternation':
      return node.branches.every(
        (branch, i) => !isNullable(branch) || (i === node.branches.length - 1 && triesEmptyLast(branch)),
      );
    case 'group':
      return triesEmptyLast(node.body);
    case 'empty':
    case 'anchor':
      return true;
    default:
      return false;
  }
}
