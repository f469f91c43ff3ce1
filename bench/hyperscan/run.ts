/**
 * Hyperscan beside RE2, PCRE2 and V8: node bench/hyperscan/run.ts [--json] [--seconds N]
 * All answer the same question, which of the patterns match each value, and the answers are compared first.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { libraryVersion } from '../../packages/hyperscan-js/src/index.ts';
import { type Contender, contenders } from './contenders.ts';
import { corpusOf } from './corpus.ts';
import { RULES, WORDS } from './patterns.ts';

const SETS = [
  { name: '30 attack rules', expressions: RULES },
  { name: '120 file names', expressions: WORDS },
];
const VALUES = [
  { name: 'arguments, 40 bytes', bytes: 40, total: 200_000 },
  { name: 'headers, 300 bytes', bytes: 300, total: 400_000 },
  { name: 'bodies, 16 KiB', bytes: 16_384, total: 1_000_000 },
];
const ROUNDS = 5;

interface Row {
  readonly patterns: string;
  readonly values: string;
  readonly contender: string;
  readonly megabytesPerSecond: number;
  readonly nanosecondsPerValue: number;
}

const now = (): number => Number(process.hrtime.bigint()) / 1e9;

/** Seconds for one pass over the values, in the fastest of several rounds: what else the machine does only adds. */
function secondsOf(contender: Contender, values: readonly string[], budget: number): number {
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = now();
    let passes = 0;
    do {
      contender.scan(values);
      passes++;
    } while (now() - start < budget / ROUNDS);
    rounds.push((now() - start) / passes);
  }
  return Math.min(...rounds);
}

/** Those whose answer differs from the first one's; none, where the table may be believed. */
function dissenters(all: readonly Contender[], values: readonly string[]): readonly string[] {
  const answers = all.map(({ name, scan }) => `${name}: ${scan(values)} matches`);
  const counts = new Set(answers.map((answer) => answer.replace(/^.*: /, '')));
  return counts.size === 1 ? [] : answers;
}

/** One line for the same values and patterns, one column for each contender. */
function table(rows: readonly Row[]): string {
  const names = [...new Set(rows.map(({ contender }) => contender))];
  const lines = [`| MB/s (ns a value) | ${names.join(' | ')} |`, `|---|${names.map(() => '---:|').join('')}`];
  for (const [label, group] of Map.groupBy(rows, ({ patterns, values }) => `${patterns}; ${values}`)) {
    const cells = names.map((name) => cell(group.find(({ contender }) => contender === name)));
    lines.push(`| ${label} | ${cells.join(' | ')} |`);
  }
  return lines.join('\n');
}

function cell(row: Row | undefined): string {
  if (row === undefined) return '';
  const speed = row.megabytesPerSecond.toFixed(row.megabytesPerSecond < 10 ? 1 : 0);
  return `${speed} (${Math.round(row.nanosecondsPerValue).toLocaleString('en')})`;
}

/** What one call costs besides its scan: a value of one byte, which no pattern can match. */
function callRows(seconds: number): readonly Row[] {
  const values = Array.from({ length: 10_000 }, (_, i) => String.fromCharCode(97 + (i % 26)));
  return contenders(['[0-9]xyz'])
    .slice(0, 2)
    .map((contender) => rowOf(contender, '1 pattern', 'one byte', values, seconds));
}

function rowOf(
  contender: Contender,
  patterns: string,
  name: string,
  values: readonly string[],
  seconds: number,
): Row {
  const spent = secondsOf(contender, values, seconds);
  const bytes = values.reduce((sum, value) => sum + value.length, 0);
  return {
    patterns,
    values: name,
    contender: contender.name,
    megabytesPerSecond: bytes / spent / 1e6,
    nanosecondsPerValue: (spent / values.length) * 1e9,
  };
}

function measure(seconds: number): readonly Row[] | undefined {
  const rows: Row[] = [...callRows(seconds)];
  for (const { name, expressions } of SETS) {
    const all = contenders(expressions);
    for (const { name: values, bytes, total } of VALUES) {
      const corpus = corpusOf(bytes, total);
      const dissent = dissenters(all, corpus);
      if (dissent.length > 0) {
        for (const answer of dissent) console.error(`${name}, ${values}: ${answer}`);
        return undefined;
      }
      rows.push(...all.map((contender) => rowOf(contender, name, values, corpus, seconds)));
    }
  }
  return rows;
}

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, seconds: { type: 'string', default: '1' } },
});
const rows = measure(Number(options.seconds));
if (rows === undefined) process.exitCode = 1;
else {
  const machine = {
    cpu: cpus()[0]?.model ?? '',
    node: process.version,
    hyperscan: libraryVersion(),
    date: new Date().toISOString().slice(0, 10),
  };
  console.log(
    options.json
      ? JSON.stringify({ ...machine, rows }, null, 2)
      : `${machine.cpu}, Node ${machine.node}, Hyperscan ${machine.hyperscan}, ${machine.date}\n\n${table(rows)}`,
  );
}
