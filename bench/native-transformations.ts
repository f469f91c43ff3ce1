/**
 * What transformations cost in TypeScript and in native code. Prints a table: nanoseconds for a short value (the mean of
 * several, some of which change), and gigabytes a second over 100 KB of prose and of nothing but what is transformed.
 *
 *   node bench/native-transformations.ts [--rounds 100] [--only lowercase] [--flags=-O2]
 *
 * The native ones are built by themselves, so that no call from JavaScript is timed with them.
 */
import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { native } from '../packages/engine/src/native/binding.ts';
import { findTransformation } from '../packages/engine/src/transformations/registry.ts';

const ROOT = resolve(import.meta.dirname, '..');
const LARGE_BYTES = 100_000;
/** Of how many series the best one counts: others may use the machine. */
const SERIES = 5;
/** How many more rounds a short value is given than a large one. */
const SHORT_ROUNDS_FACTOR = 100;

const SHORT = [
  'index.php',
  'session_id',
  'application/json',
  'the quick brown fox jumps over it',
  'https://example.com/a/b?c=d&e=f',
  "1' OR '1'='1' -- ",
  '%3Cscript%3Ealert(1)%3C/script%3E',
  '../../../../etc/passwd',
  '/*!50000UNION*/ SELECT 0x414243',
  'Mozilla/5.0 (X11; Linux x86_64)',
];
const PROSE = 'It was the best of times, it was the worst of times. ';

/** What keeps a transformation at work; one that is not here has its hands full with prose. */
const DENSE: Readonly<Record<string, string>> = {
  base64Decode: 'QUJD',
  base64DecodeExt: 'QUJ.D ',
  cmdLine: 'C^m , /d"',
  compressWhitespace: 'a  b\t',
  cssDecode: '\\41 ',
  escapeSeqDecode: '\\x41',
  hexDecode: '4142',
  htmlEntityDecode: '&#x41;&lt;',
  jsDecode: '\\u0041',
  normalizePath: 'a/../b/./',
  normalizePathWin: 'a\\..\\b\\.\\',
  parityZero7bit: 'a\xe1',
  removeComments: 'a/**/b<!---->',
  removeCommentsChar: '/**/',
  removeNulls: 'a\0',
  replaceComments: 'a/**/',
  replaceNulls: 'a\0',
  sqlHexDecode: '0x41 ',
  trim: ' ',
  trimLeft: ' ',
  trimRight: ' ',
  urlDecode: '%41',
  urlDecodeUni: '%u0041',
  urlEncode: '<>',
  utf8toUnicode: '\xc3\xa9',
};

interface Task {
  readonly name: string;
  readonly rounds: number;
  readonly value: string;
}

function timeInTypeScript({ name, rounds, value }: Task): number {
  const transformation = findTransformation(name);
  if (transformation === undefined) return Number.NaN;
  let length = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let series = 0; series < SERIES; series++) {
    const start = process.hrtime.bigint();
    for (let round = 0; round < rounds; round++) length += transformation.apply(value).length;
    least = Math.min(least, Number(process.hrtime.bigint() - start) / rounds);
  }
  return length < 0 ? Number.NaN : least;
}

/** Builds the driver and has it time all tasks, in their order. */
function timeInNative(tasks: readonly Task[], flags: readonly string[]): readonly number[] {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-transformations-'));
  try {
    const driver = join(directory, 'driver');
    const sources = globSync('packages/engine/native/transformations/*.cc', { cwd: ROOT });
    const compiler = process.env.CXX ?? 'g++';
    execFileSync(
      compiler,
      ['-std=c++17', ...flags, 'bench/native-transformations.cc', ...sources, '-o', driver],
      { cwd: ROOT },
    );
    const input = tasks.map(({ name, rounds, value }) => `${name} ${rounds} ${value.length}\n${value}`);
    const output = execFileSync(driver, { input: Buffer.from(input.join('\n'), 'latin1'), encoding: 'utf8' });
    return output.trim().split('\n').map(Number);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    only: { type: 'string' },
    flags: { type: 'string', default: '-O2' },
  },
});
const rounds = Number(options.rounds);
const names = [...native.transformationNames()].filter((name) => name === (options.only ?? name)).sort();
const large = (piece: string): string =>
  piece.repeat(Math.ceil(LARGE_BYTES / piece.length)).slice(0, LARGE_BYTES);

const tasksOf = (name: string): readonly Task[] => [
  ...SHORT.map((value) => ({ name, rounds: rounds * SHORT_ROUNDS_FACTOR, value })),
  { name, rounds, value: large(PROSE) },
  { name, rounds, value: large(DENSE[name] ?? PROSE) },
];
const tasks = names.flatMap(tasksOf);
const nativeTimes = timeInNative(tasks, options.flags.split(' '));

const mean = (times: readonly number[]): string =>
  (times.reduce((sum, time) => sum + time, 0) / times.length).toFixed(1);
/** Bytes a nanosecond are gigabytes a second. */
const speed = (time = Number.NaN): string => (LARGE_BYTES / time).toFixed(2);

console.log(
  `${'transformation'.padEnd(20)}${['short ns', 'native', 'prose GB/s', 'native', 'dense GB/s', 'native'].map((title) => title.padStart(12)).join('')}`,
);
for (const [index, name] of names.entries()) {
  const own = tasksOf(name);
  // The first time is for the compiler.
  for (const task of own) timeInTypeScript({ ...task, rounds: Math.ceil(task.rounds / 5) });
  const here = own.map(timeInTypeScript);
  const there = nativeTimes.slice(index * own.length, (index + 1) * own.length);
  const cells = [mean(here.slice(0, SHORT.length)), mean(there.slice(0, SHORT.length))];
  for (const place of [SHORT.length, SHORT.length + 1]) cells.push(speed(here[place]), speed(there[place]));
  console.log(`${name.padEnd(20)}${cells.map((cell) => cell.padStart(12)).join('')}`);
}
