/** Texts that a pattern's tree describes: what it takes, as short as it comes, and its parts. */
import type { ByteSet } from '../../packages/engine/src/patterns/byte-set.ts';
import { childrenOf, type PatternNode } from '../../packages/engine/src/patterns/tree.ts';

/** A sample is cut here: patterns with nested counted repeats can ask for more than a message holds. */
const SAMPLE_BYTES_MAX = 2_000;

/** What a byte of a set is tried for first, so that samples read like what clients send. */
const PREFERRED = Buffer.from('ax1 /=\'"<>(){}[];:.,-_\\%&#@!?*+|$`~^\t\n', 'latin1');

/**
 * A text that the node takes, where look-arounds, references and word boundaries do not forbid it.
 *
 * @param variant which branch each alternation takes, counted around
 */
export function sampleOf(node: PatternNode, variant = 0): string {
  return parts(node, variant).slice(0, SAMPLE_BYTES_MAX);
}

function parts(node: PatternNode, variant: number): string {
  switch (node.kind) {
    case 'byte':
      return String.fromCharCode(node.byte);
    case 'set':
      return byteOf(node.set, variant);
    case 'concat':
      return node.items.map((item) => parts(item, variant)).join('');
    case 'alternation': {
      const { branches } = node;
      const branch = branches[variant % branches.length];
      return branch === undefined ? '' : parts(branch, Math.floor(variant / branches.length));
    }
    case 'repeat':
      return repeated(parts(node.body, variant), Math.max(node.min, variant % 2 === 0 ? node.min : 1));
    case 'group':
    case 'atomic':
      return parts(node.body, variant);
    default:
      return '';
  }
}

const repeated = (text: string, rounds: number): string =>
  text.repeat(text === '' ? 0 : Math.min(rounds, Math.ceil(SAMPLE_BYTES_MAX / text.length)));

function byteOf(set: ByteSet, variant: number): string {
  const fitting = [...PREFERRED].filter((byte) => set.has(byte));
  const chosen = fitting[variant % Math.max(fitting.length, 1)] ?? set.ranges()[0]?.[0];
  return chosen === undefined ? '' : String.fromCharCode(chosen);
}

/** The longest run of single bytes, one after another: what a search would look for first. */
export function longestLiteral(node: PatternNode): string {
  let longest = '';
  let run = '';
  for (const item of node.kind === 'concat' ? node.items : childrenOf(node)) {
    if (item.kind === 'byte') {
      run += String.fromCharCode(item.byte);
    } else {
      run = '';
      const below = longestLiteral(item);
      if (below.length > longest.length) longest = below;
    }
    if (run.length > longest.length) longest = run;
  }
  return longest;
}

/** The branches of the alternation that has most of them, a sample of each; empty where there is none. */
export function widestAlternatives(node: PatternNode): readonly string[] {
  let widest: readonly PatternNode[] = [];
  const visit = (at: PatternNode): void => {
    if (at.kind === 'alternation' && at.branches.length > widest.length) widest = at.branches;
    for (const child of childrenOf(at)) visit(child);
  };
  visit(node);
  return widest.map((branch) => sampleOf(branch));
}
