/**
 * Compares Sluice with the peers and prints the table of explained disagreements, then the unexplained ones.
 *
 *   node bench/peers/report.ts [--mutations N] [--seed N] [--peer NAME] [--show REASON]
 *
 * Exits with 1 where something is unexplained.
 */
import { parseArgs } from 'node:util';
import { PEER_NAMES } from './build.ts';
import { compare, tableOf, unexplained } from './compare.ts';
import { crsCorpus, mutatedCorpus, wireText } from './corpus.ts';
import { loadExplanations } from './disagreements.ts';
import { openPeers } from './open.ts';
import { openSluice } from './sluice.ts';

const { values } = parseArgs({
  options: {
    mutations: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    peer: { type: 'string', multiple: true, default: [...PEER_NAMES] },
    show: { type: 'string' },
  },
});

const explanations = loadExplanations(
  new URL('../../test/peers-disagreements.yaml', import.meta.url).pathname,
);
const { peers, missing } = await openPeers(PEER_NAMES.filter((name) => values.peer.includes(name)));
for (const line of missing) console.log(line);
const base = crsCorpus();
const corpus = [...base, ...mutatedCorpus(base, Number(values.seed), Number(values.mutations))];
const comparison = await compare(corpus, openSluice(), peers, explanations);
await Promise.all(peers.map((peer) => peer.close()));

console.log(`${comparison.requests} requests\n\n${tableOf(comparison)}`);
for (const { explanation, corpus: item, peer, ruleId, only } of comparison.disagreements) {
  if (values.show === undefined || explanation?.reason !== values.show) continue;
  console.log(`${peer} ${ruleId} only ${only} ${item.id}\n${JSON.stringify(wireText(item.request))}`);
}
const open = [...comparison.failures, ...unexplained(comparison)];
for (const line of open) console.log(line);
process.exitCode = open.length > 0 ? 1 : 0;
