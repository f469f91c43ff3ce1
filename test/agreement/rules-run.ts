/** Generated rules against generated requests, for a number of cases or a time. */
import { EngineError } from '../../packages/engine/src/index.ts';
import { atTime } from './clock.ts';
import { type Against, compareCourses, type Engines, openEngines } from './compare.ts';
import { makeRuleFiles, type RuleFiles } from './files.ts';
import { type Message, smallerMessages } from './message.ts';
import { Random } from './random.ts';
import { anyMessage } from './requests.ts';
import { anyRules, type GeneratedRules, linkRules, smallerRules, textOf } from './rule-sets.ts';
import { shrink } from './shrink.ts';

export interface RulesRunOptions {
  readonly seed: number;
  readonly against?: Against;
  /** Ends after so many cases, or seconds. */
  readonly casesMax?: number;
  readonly seconds?: number;
  /** The first rule set: that of a failure, to see it alone. */
  readonly firstIndex?: number;
}

export interface RulesRun {
  readonly seed: number;
  /** Messages judged by both. */
  readonly cases: number;
  readonly ruleSets: number;
  /** Rule sets that the engine refused with a coded error. */
  readonly refused: number;
  readonly matches: number;
  readonly undecided: number;
  /** Each with its seed and the smallest rules and messages that fail. */
  readonly failures: readonly string[];
}

interface Case {
  readonly rules: GeneratedRules;
  readonly messages: readonly Message[];
  readonly against: Against;
}

/** Messages a rule set: linking it costs as much as a dozen of them. */
const BATCHES = 8;
const FAILURES_MAX = 5;
/** What collections keep for a minute is gone some batches later. */
const MILLIS_BETWEEN = 17_000;

export function runRules(options: RulesRunOptions): RulesRun {
  const {
    seed,
    against = 'reference',
    casesMax = Number.POSITIVE_INFINITY,
    seconds = Number.POSITIVE_INFINITY,
  } = options;
  const end = performance.now() + 1_000 * seconds;
  const files = makeRuleFiles();
  const counts = { cases: 0, ruleSets: 0, refused: 0, matches: 0, undecided: 0 };
  const failures: string[] = [];
  try {
    let engines = openEngines(false);
    for (let index = options.firstIndex ?? 0; counts.cases < casesMax && performance.now() < end; index++) {
      if (failures.length >= FAILURES_MAX) break;
      // Linked rules are kept as long as their engine.
      if (index % 200 === 0) engines = openEngines(false);
      const failure = runRuleSet(engines, files, { seed, index, against }, counts);
      if (failure !== null) failures.push(failure);
    }
  } finally {
    files.remove();
  }
  return { seed, ...counts, failures };
}

type Counts = {
  -readonly [Key in 'cases' | 'ruleSets' | 'refused' | 'matches' | 'undecided']: RulesRun[Key];
};

function runRuleSet(
  engines: Engines,
  files: RuleFiles,
  { seed, index, against }: { readonly seed: number; readonly index: number; readonly against: Against },
  counts: Counts,
): string | null {
  const random = Random.ofCase(seed, index);
  const rules = anyRules(random, files);
  const where = `seed ${seed}, rule set ${index}`;
  counts.ruleSets++;
  let ruleSet: ReturnType<typeof linkRules>;
  try {
    ruleSet = linkRules(engines.planned, rules);
  } catch (error) {
    counts.refused++;
    if (error instanceof EngineError) return null;
    return `${where}: refused without a code: ${String(error)}\n${describeRules(rules)}`;
  }
  for (let batch = 0; batch < BATCHES; batch++) {
    const messages = messagesFor(against, random);
    const millis = MILLIS_BETWEEN * random.below(2 * batch + 1);
    const { difference, matches, undecided } = atTime(millis, () =>
      compareCourses(engines, ruleSet, messages, against),
    );
    counts.cases += messages.length;
    counts.matches += matches;
    counts.undecided += undecided;
    if (difference !== null)
      return `${where}, batch ${batch}\n${difference}\n${smallest({ rules, messages, against })}`;
  }
  return null;
}

/** Why a case fails, in engines that have seen nothing else; null where it does not, or the rules are refused. */
function differenceOf({ rules, messages, against }: Case): string | null {
  const engines = openEngines(false);
  try {
    const ruleSet = linkRules(engines.planned, rules);
    return atTime(0, () => compareCourses(engines, ruleSet, messages, against).difference);
  } catch (error) {
    if (error instanceof EngineError) return null;
    throw error;
  }
}

function smallest(failing: Case): string {
  if (differenceOf(failing) === null) return `only after the batches before it:\n${describeCase(failing)}`;
  const found = shrink(failing, smallerCases, (one) => differenceOf(one) !== null);
  return `smallest:\n${differenceOf(found)}\n${describeCase(found)}`;
}

function* smallerCases(one: Case): Generator<Case> {
  const { rules, messages } = one;
  for (const index of messages.keys()) {
    if (messages.length > 1) yield { ...one, messages: messages.toSpliced(index, 1) };
  }
  for (const smaller of smallerRules(rules)) yield { ...one, rules: smaller };
  for (const [index, message] of messages.entries()) {
    for (const smaller of smallerMessages(message)) yield { ...one, messages: messages.with(index, smaller) };
  }
}

/** Messages side by side take turns by their chunks: where those are compared, each is alone. */
function messagesFor(against: Against, random: Random): readonly Message[] {
  if (against === 'reference' || against === 'asked')
    return random.many(1, random.pick([1, 1, 3]), () => anyMessage(random));
  const message = anyMessage(random);
  return [{ ...message, chunks: random.many(1, 20, () => random.below(random.pick([2, 9, 40]))) }];
}

const describeRules = (rules: GeneratedRules): string =>
  (['before', 'base', 'after'] as const)
    .filter((unit) => rules[unit].length > 0)
    .map((unit) => `# ${unit}\n${textOf(rules[unit])}`)
    .join('\n');

const describeCase = ({ rules, messages }: Case): string =>
  `${describeRules(rules)}\npolicy ${JSON.stringify(rules.policy)}, paranoiaMax ${rules.paranoiaMax}\n${messages.map((one) => JSON.stringify(one)).join('\n')}`;
