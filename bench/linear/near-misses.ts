/** Seeds out of a pattern's tree: what makes a matcher work for it, with matches and, more often, without. */
import { childrenOf, type PatternNode, type RepeatNode } from '../../packages/engine/src/patterns/tree.ts';
import { longestLiteral, sampleOf, widestAlternatives } from './samples.ts';
import { repeating, type Seed } from './seed.ts';

/** Rounds from which a repeat is worth pumping. */
const PUMPED_ROUNDS_MIN = 8;
/** Rounds of a repeat before the pattern is begun anew. */
const RESTART_ROUNDS = 12;
const PUMPS_MAX = 4;
const ALTERNATIVES_BYTES_MAX = 4_000;

export function patternSeeds(root: PatternNode): readonly Seed[] {
  const matched =
    [0, 1].map((variant) => sampleOf(root, variant)).sort((a, b) => b.length - a.length)[0] ?? '';
  const head = headOf(root);
  const seeds = [
    repeating('matches', `${matched} `),
    repeating('matches without their last byte', `${matched.slice(0, -1)} `),
    repeating('beginnings', head),
    repeating('the longest literal', longestLiteral(root)),
    repeating('alternatives', widestAlternatives(root).join(' ').slice(0, ALTERNATIVES_BYTES_MAX)),
    ...pumpsOf(root).flatMap(pumpSeeds),
  ];
  const distinct = new Map(seeds.map((seed) => [`${seed.prefix} ${seed.pump} ${seed.suffix}`, seed]));
  return [...distinct.values()].filter(({ pump }) => pump.trim() !== '');
}

/** What comes before the first part that may go on for long. */
function headOf(root: PatternNode): string {
  const items = root.kind === 'concat' ? root.items : [root];
  const end = items.findIndex((item) => item.kind === 'repeat' && item.max >= PUMPED_ROUNDS_MIN);
  return items
    .slice(0, end <= 0 ? Math.max(1, items.length - 1) : end)
    .map((item) => sampleOf(item))
    .join('');
}

interface Pump {
  readonly before: string;
  readonly body: string;
  readonly after: string;
}

function pumpSeeds({ before, body, after }: Pump, index: number): readonly Seed[] {
  const name = `repeat ${index + 1}`;
  return [
    { name: `${name}, never ended`, prefix: before, pump: body, suffix: '' },
    { name: `${name}, one match of it all`, prefix: before, pump: body, suffix: after },
    repeating(`${name}, begun again and again`, before + body.repeat(RESTART_ROUNDS)),
  ];
}

/** The repeats that may go on for long, nested ones first: they are the worse ones for matchers that backtrack. */
function pumpsOf(root: PatternNode): readonly Pump[] {
  const pumps: (Pump & { readonly depth: number })[] = [];
  const visit = (node: PatternNode, before: string, after: string, depth: number): void => {
    if (node.kind === 'concat') {
      const samples = node.items.map((item) => sampleOf(item));
      for (const [at, item] of node.items.entries()) {
        visit(item, before + samples.slice(0, at).join(''), samples.slice(at + 1).join('') + after, depth);
      }
      return;
    }
    const repeats = node.kind === 'repeat' && node.max >= PUMPED_ROUNDS_MIN;
    if (repeats) pumps.push({ before, body: roundOf(node), after, depth });
    for (const child of childrenOf(node)) visit(child, before, after, depth + (repeats ? 1 : 0));
  };
  visit(root, '', '', 0);
  return pumps
    .filter(({ body }) => body !== '')
    .sort((a, b) => b.depth - a.depth)
    .slice(0, PUMPS_MAX);
}

const roundOf = ({ body }: RepeatNode): string => sampleOf(body) || sampleOf(body, 1);
