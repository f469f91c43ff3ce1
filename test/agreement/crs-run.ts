/** Payloads of the CRS, encoded and carried anywhere, judged by its rules. */
import { resolve } from 'node:path';
import { crsCorpus } from '../../bench/peers/corpus.ts';
import { crsSources } from '../../packages/cli/src/rules-test/rule-sources.ts';
import { crsDirectory } from '../../packages/cli/src/setup/paths.ts';
import {
  type Engine,
  overlayFor,
  type PolicyOverlay,
  type RuleSet,
  type RuleUnit,
} from '../../packages/engine/src/index.ts';
import { CARRIERS } from './carriers.ts';
import { atTime } from './clock.ts';
import { compareCourses, type Engines, openEngines } from './compare.ts';
import { encoded } from './encodings.ts';
import { type Message, smallerMessages } from './message.ts';
import { payloadsOf } from './payloads.ts';
import { Random } from './random.ts';
import { shrink } from './shrink.ts';

export interface CrsRunOptions {
  readonly seed: number;
  readonly policies: readonly CrsPolicy[];
  /** Every payload so many times, for the policies in turn; without it, until the time is over. */
  readonly rounds?: number;
  readonly seconds?: number;
}

/** A policy with rules of its own, as texts. */
export interface CrsPolicy extends Omit<PolicyOverlay, 'before' | 'after'> {
  readonly before?: string;
  readonly after?: string;
}

export interface CrsRun {
  readonly seed: number;
  readonly cases: number;
  readonly payloads: number;
  readonly matches: number;
  readonly undecided: number;
  readonly failures: readonly string[];
}

const FAILURES_MAX = 5;
const CHUNK_BYTES_MAX = 40;
/** Patterns of the CRS that PCRE2 alone takes are kept as long as their engine; nothing else grows. */
const PARANOIA_MAX = 4;

export function runCrs(options: CrsRunOptions): CrsRun {
  const { seed, rounds = Number.POSITIVE_INFINITY, seconds = Number.POSITIVE_INFINITY } = options;
  const payloads = payloadsOf(crsCorpus());
  const engines = openEngines(true);
  const ruleSets = linkPolicies(engines.planned, options.policies);
  const counts = { cases: 0, matches: 0, undecided: 0 };
  const failures: string[] = [];
  const end = performance.now() + 1_000 * seconds;
  for (let index = 0; index < rounds * payloads.length && performance.now() < end; index++) {
    if (failures.length >= FAILURES_MAX) break;
    const payload = payloads[index % payloads.length] ?? '';
    const round = Math.floor(index / payloads.length);
    const chosen = ruleSets[(index + round) % ruleSets.length];
    if (chosen === undefined) break;
    const { message, id } = anyCase(payload, Random.ofCase(seed, index));
    const { difference, matches, undecided } = atTime(0, () =>
      compareCourses(engines, chosen.ruleSet, [message]),
    );
    counts.cases++;
    counts.matches += matches;
    counts.undecided += undecided;
    if (difference === null) continue;
    const where = `seed ${seed}, case ${index}, policy ${chosen.policy.name}, ${id}`;
    failures.push(`${where}\n${difference}\n${smallest(engines, chosen.ruleSet, message)}`);
  }
  return { seed, payloads: payloads.length, ...counts, failures };
}

function linkPolicies(
  engine: Engine,
  policies: readonly CrsPolicy[],
): readonly { readonly policy: CrsPolicy; readonly ruleSet: RuleSet }[] {
  const sources = crsSources(crsDirectory(), PARANOIA_MAX);
  const base = engine.loadRules(
    sources.map(({ name, text, directory }) => ({ path: resolve(directory, name), text })),
  );
  const units = (text: string | undefined): readonly RuleUnit[] =>
    text === undefined ? [] : [engine.loadRules([{ path: 'policy.conf', text }])];
  return policies.map((policy) => ({
    policy,
    ruleSet: engine.ruleSet(
      base,
      overlayFor({ ...policy, before: units(policy.before), after: units(policy.after) }),
    ),
  }));
}

function anyCase(payload: string, random: Random): { readonly message: Message; readonly id: string } {
  const carrier = random.pick(CARRIERS);
  const { text, names } = encoded(payload, random);
  const carried = carrier.carry(text, random);
  const chunks = random.oneIn(3) ? random.many(1, 8, () => 1 + random.below(CHUNK_BYTES_MAX)) : [];
  const message = { ...carried, chunks, truncated: random.oneIn(50) };
  return { message, id: `${names.join(' ')} in ${carrier.name}` };
}

function smallest(engines: Engines, ruleSet: RuleSet, message: Message): string {
  const differenceOf = (one: Message): string | null =>
    atTime(0, () => compareCourses(engines, ruleSet, [one]).difference);
  const found = shrink(message, smallerMessages, (one) => differenceOf(one) !== null);
  return `smallest:\n${differenceOf(found)}\n${JSON.stringify(found)}`;
}
