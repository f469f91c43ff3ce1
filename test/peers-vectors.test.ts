/** Other engines on the vectors of operators and transformations: where they differ is explained, or a fault. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PEER_NAMES, type PeerName } from '../bench/peers/build.ts';
import { PeerError } from '../bench/peers/errors.ts';
import { loadVectorExplanations, openDifferences } from '../bench/peers/vector-explanations.ts';
import { compareOperators, compareTransformations } from '../bench/peers/vectors.ts';

const BUILD_AND_RUN_MILLIS = 900_000;
const explanations = loadVectorExplanations(join(import.meta.dirname, 'peers-vectors.yaml'));

/** Null where the peer cannot be built here; what else fails, fails. */
async function compare(peer: PeerName) {
  try {
    return await Promise.all([compareTransformations(peer), compareOperators(peer)]);
  } catch (error) {
    if (error instanceof PeerError && error.code === 'PEER_UNAVAILABLE') return null;
    throw error;
  }
}

for (const peer of PEER_NAMES) {
  test(
    `${peer} answers the vectors alike, but for differences that are explained`,
    async (context) => {
      const compared = await compare(peer);
      if (compared === null) return context.skip(`${peer} cannot be built on this machine`);
      const [transformations, operators] = compared;
      expect(transformations.compared).toBeGreaterThan(750);
      expect(operators.compared).toBeGreaterThan(450);
      const differences = [...transformations.differences, ...operators.differences];
      expect(openDifferences(explanations, differences, [peer])).toEqual({ open: [], stale: [] });
    },
    BUILD_AND_RUN_MILLIS,
  );
}
