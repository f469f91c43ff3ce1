/**
 * Engines beside each other on the same requests: node bench/engine/run.ts --help
 *
 *   node bench/engine/run.ts --cases get,form,json,sqli,text100k --peers none
 *   node --cpu-prof bench/engine/run.ts --cases get --peers none --seconds 10
 */
import { parseArgs } from 'node:util';
import { casesNamed } from './cases/index.ts';
import { Corpus, Sent } from './corpus.ts';
import { openInProcess } from './in-process.ts';
import { Measurement } from './measure.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: 'all' },
    peers: { type: 'string', default: 'none' },
    seconds: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    paranoia: { type: 'string', default: '1' },
  },
});
const sent = new Sent();
const contender = openInProcess({ crs: true, paranoia: Number(values.paranoia) as 1, files: [] });
for (const benchCase of casesNamed(values.cases)) {
  const corpus = new Corpus(benchCase, values.seed, sent);
  const result = await new Measurement(benchCase, corpus, [contender]).run({
    seconds: Number(values.seconds),
    requests: null,
  });
  const figures = result.figures.get('sluice');
  console.log(
    `${result.name.padEnd(10)} ${String(Math.round(result.bytes)).padStart(8)} B ${Object.entries(
      figures ?? {},
    )
      .map(([name, us]) => `${name} ${us.toFixed(0).padStart(7)}`)
      .join('  ')}  n=${result.requests} denied=${result.denied}`,
  );
  for (const dissent of result.dissent) console.log(dissent);
}
