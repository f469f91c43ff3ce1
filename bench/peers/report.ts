/**
 * Compares Sluice with the peers and prints the table of explained disagreements, then the unexplained ones.
 *
 *   node bench/peers/report.ts [--mutations N] [--seed N]… [--peer NAME]… [--show REASON]
 *
 * `--show` prints the requests behind a reason. Exits with 1 where something is unexplained.
 */
import { parseArgs } from 'node:util';
import { PEER_NAMES } from './build.ts';
import { tableOf } from './compare.ts';
import { wireText } from './corpus.ts';
import { runDifferential } from './differential.ts';

const { values } = parseArgs({
  options: {
    mutations: { type: 'string', default: '0' },
    seed: { type: 'string', multiple: true, default: ['1'] },
    peer: { type: 'string', multiple: true, default: [...PEER_NAMES] },
    show: { type: 'string' },
  },
});

const result = await runDifferential({
  seeds: values.seed.map(Number),
  mutations: Number(values.mutations),
  peers: PEER_NAMES.filter((name) => values.peer.includes(name)),
});
for (const line of result.missing) console.log(line);
console.log(`${result.requests} requests\n\n${tableOf(result)}`);
for (const { explanation, corpus, peer, ruleId, only } of result.disagreements) {
  if (values.show === undefined || explanation?.reason !== values.show) continue;
  console.log(`${peer} ${ruleId} only ${only} ${corpus.id}\n${JSON.stringify(wireText(corpus.request))}`);
}
for (const line of [...result.stale, ...result.open]) console.log(line);
process.exitCode = result.open.length > 0 ? 1 : 0;
