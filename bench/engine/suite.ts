/** The suite: engines opened, cases measured, rows beside them, memory; what it finds is a `BenchReport`. */
import { join } from 'node:path';
import { PeerError } from '../peers/errors.ts';
import type { BenchCase } from './cases/case.ts';
import { casesNamed } from './cases/index.ts';
import type { Contender } from './contender.ts';
import { Corpus, Sent } from './corpus.ts';
import { countCases } from './count-process.ts';
import { openInProcess } from './in-process-contender.ts';
import { coreFor, machine } from './machine.ts';
import { type CaseResult, Measurement } from './measure.ts';
import { type Opening, openings } from './openings.ts';
import type { EngineOptions } from './options.ts';
import { openPeer, openSluiceProcess, type PeerName } from './process-contender.ts';
import { type BenchReport, caseJson, memoryJson, type RowsJson, startJson } from './report.ts';
import type { Paranoia, RuleChoice } from './rules.ts';
import { warmUp } from './warm.ts';

/** What is going on, for those who wait. */
export type Progress = (line: string) => void;

const SIMPLE_RULES = join(import.meta.dirname, 'simple.conf');
const MIXED_SECONDS_MAX = 1;
const MIXED_CASES = 'get,form,json,sqli';
const EXTRA_CASES = 'get,form,json,sqli';

interface Row {
  readonly name: string;
  readonly rules: RuleChoice;
  readonly cases: readonly BenchCase[];
}

export async function runEngineSuite(options: EngineOptions, progress: Progress): Promise<BenchReport> {
  const core = options.inProcess ? null : await coreFor(options.core);
  const place = machine(core);
  if (place.loadAverage > place.cores / 2)
    progress(
      `this machine is busy (load ${place.loadAverage.toFixed(1)}): trust the ratios of processor time`,
    );
  const run = new Run(options, core, progress);
  const results = await run.measure({ name: `PL ${options.rules.paranoia}`, ...options });
  progress('counting work');
  const counts = await countCases(options.cases, options.rules, options.seed);
  const rows: RowsJson[] = [];
  for (const row of options.extras ? extraRows(options) : []) {
    const measured = await run.measure(row);
    rows.push({ name: row.name, cases: measured.map((result) => caseJson(result, undefined)) });
  }
  const levels = new Set<Paranoia>([options.rules.paranoia, ...(options.extras ? ([1, 4] as const) : [])]);
  const opened: Opening[] = [];
  for (const paranoia of core === null ? [] : [...levels].sort()) {
    progress(`memory and start at PL ${paranoia}`);
    opened.push(...(await openings({ ...options.rules, paranoia }, (rules) => run.open(rules))));
  }
  return {
    date: new Date().toISOString(),
    seed: options.seed,
    seconds: options.seconds,
    rules: { crs: options.rules.crs, paranoia: options.rules.paranoia, files: options.rules.files },
    machine: place,
    versions: Object.fromEntries(run.versions),
    cases: results.map((result) => caseJson(result, counts.get(result.name))),
    rows,
    memory: memoryJson(opened),
    start: startJson(opened, options.rules.paranoia),
    leftOut: run.leftOut,
    dissent: run.dissent,
  };
}

function extraRows({ rules }: EngineOptions): readonly Row[] {
  const cases = casesNamed(EXTRA_CASES);
  // At higher levels ordinary requests may be denied, by all engines.
  const open = cases.map((each) => ({ ...each, verdict: null }));
  return [
    { name: 'PL 2', rules: { ...rules, paranoia: 2 }, cases: open },
    { name: 'PL 4', rules: { ...rules, paranoia: 4 }, cases: open },
    {
      name: '66 simple rules, no CRS',
      rules: { crs: false, paranoia: 1, files: [SIMPLE_RULES] },
      cases: open,
    },
    { name: 'CRS and 66 simple rules', rules: { ...rules, files: [SIMPLE_RULES] }, cases },
  ];
}

/** Some ordinary cases in turn. */
function mixed(): BenchCase {
  const cases = casesNamed(MIXED_CASES);
  return {
    name: 'mixed',
    about: MIXED_CASES,
    verdict: null,
    make: (random, index) => (cases[index % cases.length] as BenchCase).make(random, index),
  };
}

class Run {
  readonly versions = new Map<string, string>();
  readonly leftOut: string[] = [];
  readonly dissent: CaseResult['dissent'][number][] = [];
  readonly #options: EngineOptions;
  readonly #core: number | null;
  readonly #progress: Progress;
  readonly #sent = new Sent();
  readonly #missing = new Set<PeerName>();

  constructor(options: EngineOptions, core: number | null, progress: Progress) {
    this.#options = options;
    this.#core = core;
    this.#progress = progress;
  }

  async measure({ name, rules, cases }: Row): Promise<readonly CaseResult[]> {
    this.#progress(`${name}: starting engines (rules that Sluice has not met before take it up to a minute)`);
    const contenders = await this.open(rules);
    try {
      // Rows are fresh too: their requests are others than those of the cases.
      const corpusOf = (each: BenchCase, part = '') =>
        new Corpus(each, `${this.#options.seed} ${name}${part}`, this.#sent);
      const measurements = cases.map((each) => new Measurement(each, corpusOf(each), contenders));
      for (const measurement of measurements) await measurement.cold();
      await this.#mix(contenders, corpusOf(mixed(), ' mixed'));
      const results: CaseResult[] = [];
      for (const [index, measurement] of measurements.entries()) {
        const result = await measurement.run(this.#options);
        this.#progress(`${name} [${index + 1}/${cases.length}] ${brief(result)}`);
        this.dissent.push(...result.dissent);
        results.push(result);
      }
      return results;
    } finally {
      for (const contender of contenders) await contender.close();
    }
  }

  /** Code that has met a single kind of request is made for that kind: all have met several before the first case. */
  async #mix(contenders: readonly Contender[], corpus: Corpus): Promise<void> {
    if (this.#options.requests !== null) return;
    const seconds = Math.min(MIXED_SECONDS_MAX, this.#options.seconds);
    for (const contender of contenders) await warmUp(contender, corpus, seconds);
  }

  /** Sluice first: others are compared with it. Peers that cannot be built are left out with a word. */
  async open(rules: RuleChoice): Promise<readonly Contender[]> {
    const core = this.#core;
    if (core === null) return this.#noted([openInProcess(rules)]);
    const opened: Contender[] = [await openSluiceProcess(rules, core)];
    try {
      for (const name of this.#options.peers) {
        if (this.#missing.has(name)) continue;
        const peer = await this.#openPeer(name, rules, core);
        if (peer !== null) opened.push(peer);
      }
    } catch (error) {
      for (const contender of opened) await contender.close();
      throw error;
    }
    return this.#noted(opened);
  }

  async #openPeer(name: PeerName, rules: RuleChoice, core: number): Promise<Contender | null> {
    try {
      return await openPeer(name, rules, core);
    } catch (error) {
      if (!(error instanceof PeerError) || error.code !== 'PEER_UNAVAILABLE') throw error;
      this.#missing.add(name);
      this.leftOut.push(`${error.message}. ${error.remedy}`);
      this.#progress(`left out: ${error.message}`);
      return null;
    }
  }

  #noted(contenders: readonly Contender[]): readonly Contender[] {
    for (const { name, version } of contenders) this.versions.set(name, version);
    return contenders;
  }
}

const brief = ({ name, figures, requests, dissent }: CaseResult): string => {
  const parts = [...figures].map(([contender, { p50Us }]) => `${contender} ${p50Us.toFixed(0)} µs`);
  const objection = dissent.length > 0 ? '; engines disagree' : '';
  return `${name}: ${parts.join(', ')} (${requests} requests${objection})`;
};
