/**
 * Processor time of whole inspections of hostile messages at 1, 10 and 100 KB, and how it grows.
 *
 *   node bench/linear/run.ts [--levels 1,4] [--rules 942100,decoders] [--every 1] [--rounds 5] [--worst 15] [--json]
 *
 * Each case is timed once at each size; those that look worst are timed again, the median of so many rounds. Exits with 1
 * where ten times the input takes more than twelve times the time, and more than twice what prose of that length takes in a
 * form's value, or the worst 100 KB more than twenty times what prose does.
 */
import { parseArgs } from 'node:util';
import { allCases, type Case } from './cases.ts';
import { glanceMillis, processorMillis } from './clock.ts';
import { CHEAP_TO_HARMLESS, costOf, RATIO_MAX, SIZES, WORST_TO_HARMLESS_MAX } from './cost.ts';
import { type Inspector, type Level, openInspector } from './inspect.ts';
import { put } from './places.ts';
import { prose } from './plain.ts';

interface Figures {
  readonly of: string;
  readonly text: string;
  readonly place: string;
  /** Milliseconds at each size. */
  readonly millis: readonly number[];
  /** The larger of the two steps of ten. */
  readonly ratio: number;
  /** The same of steps to more than twice what prose takes; 0 where there are none. */
  readonly judgedRatio: number;
  /** Times the harmless text of 100 KB in a form's value. */
  readonly toHarmless: number;
  /** Milliseconds at 100 KB that the counts foretell. */
  readonly counted: number;
}

interface Report {
  readonly level: Level;
  readonly cases: number;
  readonly harmlessMillis: readonly number[];
  readonly worst: readonly Figures[];
  /** By what is judged, and by all. */
  readonly steepest: readonly Figures[];
  readonly steepestOfAll: readonly Figures[];
  /** Processor time by what the counts foretell: the 5th, 50th and 95th of a hundred cases. */
  readonly timeByCount: readonly number[];
}

const { values } = parseArgs({
  options: {
    levels: { type: 'string', default: '1,4' },
    rules: { type: 'string', default: '' },
    every: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    worst: { type: 'string', default: '15' },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds);
const shown = Number(values.worst);

function chosenCases(inspector: Inspector): readonly Case[] {
  const wanted = values.rules === '' ? null : new Set(values.rules.split(','));
  const every = Number(values.every);
  return allCases(inspector.program).filter(
    ({ of }, at) => at % every === 0 && (wanted === null || wanted.has(of)),
  );
}

/** With null batches a first look. */
const timesOf = (inspector: Inspector, item: Case, batches: number | null): readonly number[] =>
  SIZES.map((bytes) => {
    const exchange = item.exchange(bytes);
    const action = (): void => void inspector.inspect(exchange);
    return batches === null ? glanceMillis(action) : processorMillis(action, batches);
  });

/** The steps of ten between what is measured, those that lead above a floor at that size. */
const ratioOf = (millis: readonly number[], floor: readonly number[]): number =>
  Math.max(
    0,
    ...millis
      .slice(1)
      .map((time, at) => (time > (floor[at + 1] ?? 0) ? time / (millis[at] ?? Number.NaN) : 0)),
  );

function measure(
  inspector: Inspector,
  item: Case,
  harmless: readonly number[],
  batches: number | null,
): Figures {
  const millis = timesOf(inspector, item, batches);
  const { of, text, place } = item;
  const toHarmless = (millis.at(-1) ?? Number.NaN) / (harmless.at(-1) ?? Number.NaN);
  const ratio = ratioOf(millis, []);
  const dear = harmless.map((time) => CHEAP_TO_HARMLESS * time);
  const judgedRatio = ratioOf(millis, dear);
  const counted = costOf(inspector.workOf(item.exchange(SIZES[2]))) / 1e6;
  return { of, text, place, millis, ratio, judgedRatio, toHarmless, counted };
}

function report(level: Level): Report {
  const inspector = openInspector(level);
  const cases = chosenCases(inspector);
  const harmlessMillis = SIZES.map((bytes) => {
    const exchange = put('form value', prose(bytes));
    return processorMillis(() => inspector.inspect(exchange), rounds);
  });
  const first = cases.map((item, at) => {
    if (at % 50 === 0) process.stderr.write(`\rlevel ${level}: ${at} of ${cases.length} cases`);
    return { item, figures: measure(inspector, item, harmlessMillis, null) };
  });
  process.stderr.write('\n');
  const again = (order: (a: Figures, b: Figures) => number): readonly Figures[] =>
    first
      .toSorted((a, b) => order(a.figures, b.figures))
      .slice(0, 2 * shown)
      .map(({ item }) => measure(inspector, item, harmlessMillis, rounds))
      .sort(order)
      .slice(0, shown);
  const byCount = first
    .map(({ figures }) => (figures.millis.at(-1) ?? 0) / figures.counted)
    .sort((a, b) => a - b);
  return {
    level,
    cases: cases.length,
    harmlessMillis,
    worst: again((a, b) => b.toHarmless - a.toHarmless),
    steepest: again((a, b) => b.judgedRatio - a.judgedRatio),
    steepestOfAll: again((a, b) => b.ratio - a.ratio),
    timeByCount: [0.05, 0.5, 0.95].map((share) => byCount[Math.floor(share * byCount.length)] ?? Number.NaN),
  };
}

function print({ level, cases, harmlessMillis, worst, steepest, steepestOfAll, timeByCount }: Report): void {
  const row = ({ of, text, place, millis, ratio, judgedRatio, toHarmless, counted }: Figures) => ({
    of,
    text,
    place,
    '1 KB ms': millis[0]?.toFixed(1),
    '10 KB ms': millis[1]?.toFixed(1),
    '100 KB ms': millis[2]?.toFixed(0),
    ratio: ratio.toFixed(1),
    judged: judgedRatio.toFixed(1),
    'to harmless': toHarmless.toFixed(1),
    'counted ms': counted.toFixed(0),
  });
  console.log(
    `\nLevel ${level}, ${cases} cases; prose in a form's value: ${harmlessMillis.map((millis) => millis.toFixed(1)).join(', ')} ms`,
  );
  console.log(
    `Time by count: ${timeByCount.map((share) => share.toFixed(2)).join(', ')} (5th, 50th, 95th of 100 cases)`,
  );
  console.log('Worst at 100 KB:');
  console.table(worst.map(row));
  console.log('Steepest of what takes more than twice what prose does:');
  console.table(steepest.filter(({ judgedRatio }) => judgedRatio > 0).map(row));
  console.log('Steepest of all:');
  console.table(steepestOfAll.map(row));
}

const reports = values.levels.split(',').map((level) => report(Number(level) as Level));
if (values.json) console.log(JSON.stringify(reports, null, 2));
else for (const each of reports) print(each);
const broken = reports.some(
  ({ worst, steepest }) =>
    (steepest[0]?.judgedRatio ?? 0) > RATIO_MAX || (worst[0]?.toHarmless ?? 0) > WORST_TO_HARMLESS_MAX,
);
if (broken) process.exitCode = 1;
