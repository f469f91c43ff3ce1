/** Engines in processes of their own, all pinned to the same core: only one of them works at a time. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeEnvironment } from '../../packages/cli/src/setup/node-environment.ts';
import { peerFiles, peerRules } from '../peers/rules.ts';
import type { Contender, ContenderName } from './contender.ts';
import { BenchError } from './errors.ts';
import { LineProcess } from './line-process.ts';
import { buildTimedPeer } from './peers/build.ts';
import { errorIn, isAnswer, isReady, type Question, toWire } from './protocol.ts';
import { type RuleChoice, ruleSources } from './rules.ts';

export type PeerName = Exclude<ContenderName, 'sluice'>;

export const PEERS: readonly PeerName[] = ['coraza', 'corazaPrefilter', 'libmodsecurity'];

/** @throws BenchError BENCH_CONTENDER; what else `close` must see to is in `after` */
async function contend(name: ContenderName, child: LineProcess): Promise<Contender> {
  const nonsense = (line: unknown) =>
    new BenchError('BENCH_CONTENDER', { name, reason: `it said ${JSON.stringify(line).slice(0, 200)}` });
  const ready = await child.next();
  if (!isReady(ready)) throw nonsense(ready);
  return {
    name,
    version: ready.version,
    loadMillis: ready.loadMillis,
    inspect: async (requests, lead = []) => {
      const question: Question = { lead: lead.map(toWire), requests: requests.map(toWire) };
      const line = await child.ask(question);
      const reason = errorIn(line);
      if (reason !== null) throw new BenchError('BENCH_CONTENDER', { name, reason });
      if (!isAnswer(line, requests.length)) throw nonsense(line);
      const { denied, wallMicros, cpuMicros } = line;
      return { verdicts: denied.map((each) => (each ? 'deny' : 'allow')), wallMicros, cpuMicros };
    },
    rssBytes: () => child.rssBytes(),
    close: () => child.close(),
  };
}

const WORKER = join(import.meta.dirname, 'worker.ts');

/** A process with Sluice's engine. `flags` are Node's. */
export function sluiceProcess(
  choice: RuleChoice,
  core: number | null,
  flags: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): LineProcess {
  const argv = [process.execPath, ...flags, WORKER, JSON.stringify(choice)];
  return new LineProcess('sluice', argv, core, env);
}

/** As the launcher starts Node. */
export const openSluiceProcess = (choice: RuleChoice, core: number): Promise<Contender> =>
  contend('sluice', sluiceProcess(choice, core, [], nodeEnvironment()));

/** Coraza keeps bodies of more than 128 KiB on disk unless told otherwise. */
const IN_MEMORY = 'SecRequestBodyInMemoryLimit 13107200\n';

/** @throws PeerError PEER_UNAVAILABLE where it cannot be built, BenchError BENCH_CONTENDER where it refuses the rules */
export async function openPeer(name: PeerName, choice: RuleChoice, core: number): Promise<Contender> {
  const isCoraza = name !== 'libmodsecurity';
  const program = await buildTimedPeer(isCoraza ? 'coraza' : 'libmodsecurity');
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  try {
    const adapted = isCoraza ? 'coraza' : 'modsecurity';
    const file = join(directory, 'rules.conf');
    const text = peerRules(adapted, ruleSources(choice));
    writeFileSync(file, isCoraza ? IN_MEMORY + text : text, 'latin1');
    for (const [beside, content] of Object.entries(peerFiles(adapted)))
      writeFileSync(join(directory, beside), content);
    const flags = name === 'corazaPrefilter' ? ['--rx-prefilter'] : [];
    // One thread of Go's runs at a time, as there is one core.
    const child = new LineProcess(name, [program, ...flags, file], core, { GOMAXPROCS: '1' });
    return await contend(name, child);
  } finally {
    // Rules are read once, before the program says that it is ready.
    rmSync(directory, { recursive: true, force: true });
  }
}
