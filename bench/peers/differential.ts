/** The comparison as the tests run it, from the corpora to what has to be empty. */

import type { PeerName } from './build.ts';
import { PEER_NAMES } from './build.ts';
import { type Comparison, compare, unexplained } from './compare.ts';
import { crsCorpus, mutatedCorpus } from './corpus.ts';
import { type Explanation, loadExplanations } from './disagreements.ts';
import { keptRequests } from './kept.ts';
import { openPeers } from './open.ts';
import { openSluice } from './sluice.ts';

export interface DifferentialOptions {
  /** Each adds `mutations` requests to those of the CRS. */
  readonly seeds: readonly number[];
  readonly mutations: number;
  readonly peers?: readonly PeerName[];
}

export interface Differential extends Comparison {
  /** The peers that answered. */
  readonly peers: readonly PeerName[];
  /** Why others did not. */
  readonly missing: readonly string[];
  /** Disagreements that nothing explains, and failures. */
  readonly open: readonly string[];
  /** Explanations for peers that answered, of which nothing occurred. */
  readonly stale: readonly string[];
}

export const LIST = new URL('../../test/peers-disagreements.yaml', import.meta.url).pathname;

export async function runDifferential(options: DifferentialOptions): Promise<Differential> {
  const explanations = loadExplanations(LIST);
  const { peers, missing } = await openPeers(options.peers ?? PEER_NAMES);
  try {
    const base = crsCorpus();
    const mutated = options.seeds.flatMap((seed) => mutatedCorpus(base, seed, options.mutations));
    const comparison = await compare(
      [...base, ...keptRequests(), ...mutated],
      openSluice(),
      peers,
      explanations,
    );
    const names = peers.map(({ name }) => name);
    return {
      ...comparison,
      peers: names,
      missing,
      open: [...comparison.failures, ...unexplained(comparison)],
      stale: staleOnes(comparison, explanations, names),
    };
  } finally {
    await Promise.all(peers.map((peer) => peer.close()));
  }
}

function staleOnes(
  { disagreements }: Comparison,
  explanations: readonly Explanation[],
  peers: readonly PeerName[],
): string[] {
  const used = new Set(disagreements.map(({ explanation }) => explanation));
  return explanations
    .filter((entry) => !used.has(entry) && entry.peers.every((name) => peers.includes(name)))
    .map(({ reason, line }) => `${LIST}:${line}: nothing occurs of "${reason}"`);
}
