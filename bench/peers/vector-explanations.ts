/** The list of explained differences in the vectors, test/peers-vectors.yaml. */
import { readFileSync } from 'node:fs';
import { readYaml, type YamlNode } from '../../packages/cli/src/rules-test/yaml-reader.ts';
import { PEER_NAMES, type PeerName } from './build.ts';
import type { VectorDifference } from './vectors.ts';

export interface VectorExplanation {
  readonly of: readonly string[];
  readonly peers: readonly string[];
  readonly when: RegExp | null;
  readonly argument: RegExp | null;
  readonly line: number;
}

const KEYS = ['of', 'peers', 'when', 'argument', 'right', 'because'];
const RIGHTS = ['sluice', 'peer', 'either'];
const REASON_CHARACTERS_MIN = 40;

/** @throws RulesTestError EXCLUSIONS_INVALID with the place */
export function loadVectorExplanations(path: string): VectorExplanation[] {
  return readYaml(path, readFileSync(path, 'utf8'), 'EXCLUSIONS_INVALID').flatMap((root) =>
    root.items().map(readExplanation),
  );
}

function readExplanation(node: YamlNode): VectorExplanation {
  const fields = node.fields(KEYS);
  const text = (key: string): string => {
    const value = fields.get(key)?.text().trim() ?? '';
    if (value === '') throw node.fail(`${key} is missing`);
    return value;
  };
  if (text('because').length < REASON_CHARACTERS_MIN) throw node.fail('because says too little');
  if (!RIGHTS.includes(text('right'))) throw node.fail(`right must be one of ${RIGHTS.join(', ')}`);
  const peers = text('peers').split(' ');
  const unknown = peers.find((name) => !PEER_NAMES.some((known) => known === name));
  if (unknown !== undefined) throw node.fail(`peers: ${unknown} is none`);
  return {
    of: text('of').split(' '),
    peers,
    when: text('when') === 'always' ? null : pattern(node, text('when')),
    argument: text('argument') === 'any' ? null : pattern(node, text('argument')),
    line: node.line,
  };
}

function pattern(node: YamlNode, text: string): RegExp {
  try {
    return new RegExp(text, 's');
  } catch (error) {
    throw node.fail(`not a regular expression: ${String(error)}`);
  }
}

const fits = (explanation: VectorExplanation, difference: VectorDifference): boolean =>
  explanation.of.includes(difference.name) &&
  explanation.peers.includes(difference.peer) &&
  (explanation.when?.test(difference.value) ?? true) &&
  (explanation.argument?.test(difference.argument) ?? true);

/** Differences that nothing explains, and explanations for `peers` of which nothing occurred; both as lines to read. */
export function openDifferences(
  explanations: readonly VectorExplanation[],
  differences: readonly VectorDifference[],
  peers: readonly PeerName[],
): { readonly open: readonly string[]; readonly stale: readonly string[] } {
  const used = new Set<string>();
  const open: string[] = [];
  for (const difference of differences) {
    const explanation = explanations.find((each) => fits(each, difference));
    if (explanation === undefined) open.push(JSON.stringify(difference));
    else used.add(`${explanation.line} ${difference.peer} ${difference.name}`);
  }
  const stale = explanations.flatMap(({ line, of, peers: claimed }) =>
    peers
      .filter((peer) => claimed.includes(peer))
      .flatMap((peer) =>
        of
          .filter((name) => !used.has(`${line} ${peer} ${name}`))
          .map((name) => `line ${line}: ${peer} no longer differs in ${name}`),
      ),
  );
  return { open, stale };
}
