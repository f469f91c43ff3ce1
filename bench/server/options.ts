/** What a run is asked for on its command line. */
import type { BenchCase } from '../engine/cases/case.ts';
import { casesNamed } from '../engine/cases/index.ts';
import { BenchError } from '../engine/errors.ts';
import { aboveZero, readOptions, wholeWithin } from '../options.ts';
import { CONTENDER_NAMES, CONTENDERS, type ServerContenderName } from './contenders.ts';
import type { Pace } from './measure.ts';

export interface ServerOptions extends Pace {
  readonly cases: readonly BenchCase[];
  readonly contenders: readonly ServerContenderName[];
  readonly seed: string;
  readonly json: boolean;
}

const CASES = 'get,form,json,sqli,text100k';

export const SERVER_HELP = `Usage: sluice bench server [options]

Requests through one real Envoy, in a closed loop: without a filter, with servers that allow everything, with Coraza behind
grpc-go, and with Sluice. The same requests for all, none of them twice; verdicts compared. Envoy has two cores, each server the same one.

  --cases NAMES        with commas between, or "all" (default: ${CASES})
  --connections LIST   numbers of connections (default: 1,16,64)
  --seconds N          of each contender, number of connections and round (default: 1)
  --rounds N           contenders take turns so many times; medians are told (default: 3)
  --contenders NAMES   with commas between, or "all" (default):
${CONTENDER_NAMES.map((name) => `                         ${name.padEnd(16)} ${CONTENDERS[name].about}`).join('\n')}
  --seed TEXT          other requests of the same kinds (default: 1)
  --json               one object on standard output instead of a table

Exit status: 0; 1 where contenders disagree about a request, or one of them fails.
docs/bench.md tells what is measured and how to read it.
`;

/** @throws BenchError BENCH_OPTION */
export function parseServerOptions(args: readonly string[]): ServerOptions {
  const values = parsed(args);
  return {
    cases: casesNamed(values.cases),
    connections: values.connections.split(',').map((text) => wholeWithin('--connections', text, 1, 9_999)),
    seconds: aboveZero('--seconds', values.seconds),
    rounds: wholeWithin('--rounds', values.rounds, 1, 9_999),
    contenders: contendersNamed(values.contenders),
    seed: values.seed,
    json: values.json,
  };
}

const parsed = (args: readonly string[]) =>
  readOptions('bench server', args, {
    cases: { type: 'string', default: CASES },
    connections: { type: 'string', default: '1,16,64' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '3' },
    contenders: { type: 'string', default: 'all' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  });

function contendersNamed(names: string): readonly ServerContenderName[] {
  if (names === 'all') return CONTENDER_NAMES;
  return names.split(',').map((name) => {
    const found = CONTENDER_NAMES.find((each) => each === name.trim());
    if (found !== undefined) return found;
    const reason = `there is no ${name}; there are ${CONTENDER_NAMES.join(', ')}, and all`;
    throw new BenchError('BENCH_OPTION', { option: '--contenders', reason });
  });
}
