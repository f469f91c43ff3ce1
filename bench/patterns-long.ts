/**
 * The long form of the agreement check: each `@rx` pattern of CRS 4.25 and of CRS 3.3.4, in Hyperscan, in RE2 and in PCRE2
 * through our printers, and in PCRE2 as it is written, over every payload of the CRS suite, mutations of them and random
 * bytes. `test/long/patterns.long.test.ts` runs it. Alone it prints what was compared and each difference; exits 1 on any.
 *
 *   node bench/patterns-long.ts [--seconds 300] [--seed 1]
 *
 * CRS 3.3.4 is Debian's package modsecurity-crs, unpacked into the cache; where it cannot be had it is left out, with a word.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { cacheDirectory } from '../packages/cli/src/setup/paths.ts';
import { parseFiles } from '../packages/engine/src/language/parse.ts';
import { makeRuleFiles } from '../packages/engine/src/language/rule-files.ts';
import type { NativeRegex } from '../packages/engine/src/native/contract.ts';
import { classifyPattern } from '../packages/engine/src/patterns/classify.ts';
import { scanPatterns } from '../packages/engine/src/prefilter/expressions.ts';
import {
  crsDirectory,
  crsPayloads,
  oracle,
  outcome,
  printedPcre2,
  printedRe2,
} from '../packages/engine/test/patterns-helpers.ts';
import { compile, HyperscanError, Scanner } from '../packages/hyperscan-js/src/index.ts';
import { smallerTexts } from '../test/agreement/message.ts';
import { shrink } from '../test/agreement/shrink.ts';

const BATCH = 400;
/** Patterns in one database: few enough that one which Hyperscan takes only alone is found soon. */
const DATABASE_PATTERNS = 50;
const RANDOM_BYTES_MAX = 300;
const DIFFERENCES_SHOWN = 50;
const BYTES_PUT_IN = [
  '\0',
  '\n',
  '\r',
  '\x0b',
  '\x85',
  '\xa0',
  '\xe9',
  '\xff',
  ' ',
  '\\',
  "'",
  '(',
  '/',
  ';',
  '%',
  '$',
];

/** One pattern in all engines. */
interface Subject {
  readonly text: string;
  readonly written: NativeRegex;
  readonly pcre2: NativeRegex;
  /** Null where only PCRE2 takes it. */
  readonly re2: NativeRegex | null;
  readonly placesAlike: boolean;
  /** What Hyperscan reports: exactly the matches, at least the matches, or nothing. */
  readonly scan: 'exact' | 'necessary' | 'none';
}

interface Group {
  readonly subjects: readonly Subject[];
  readonly scanner: Scanner | null;
}

export interface PatternsOptions {
  readonly seconds: number;
  readonly seed: number;
}

export interface PatternsRun {
  /** What was compared: how many patterns and payloads, how Hyperscan has them, what is left out. */
  readonly about: readonly string[];
  readonly values: number;
  /** Values that are payloads as they are. */
  readonly payloads: number;
  readonly comparisons: number;
  readonly matches: number;
  /** PCRE2 gave up; RE2 and Hyperscan never do. */
  readonly undecided: number;
  readonly differences: number;
  /** The first of them, each with its pattern and the smallest value. */
  readonly shown: readonly string[];
}

type Counts = {
  -readonly [Key in 'values' | 'comparisons' | 'matches' | 'undecided' | 'differences']: number;
};

const noCounts = (): Counts => ({ values: 0, comparisons: 0, matches: 0, undecided: 0, differences: 0 });

const show = (subject: Subject, value: string, what: string): string =>
  `DIFFERENCE ${what}\n  pattern ${JSON.stringify(subject.text)}\n  value ${JSON.stringify(value)}`;

/** CRS 3.3.4 in the cache; null where it cannot be had. */
function olderRules(about: string[]): string | null {
  const folder = join(cacheDirectory(), 'crs-3.3.4');
  const rules = join(folder, 'root/usr/share/modsecurity-crs/rules');
  if (existsSync(rules)) return rules;
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync('apt-get', ['download', 'modsecurity-crs'], { cwd: folder, stdio: 'ignore' });
    const archive = globSync('modsecurity-crs_*.deb', { cwd: folder })[0] ?? '';
    execFileSync('dpkg', ['-x', archive, 'root'], { cwd: folder, stdio: 'ignore' });
    return existsSync(rules) ? rules : null;
  } catch (error) {
    about.push(`CRS 3.3.4 is left out: ${error instanceof Error ? error.message : String(error)}`);
    return null;
  }
}

/** The `@rx` patterns of rule files, those with macros left out. */
function patternsIn(glob: string): readonly string[] {
  const { directives } = parseFiles([glob], makeRuleFiles());
  return directives.flatMap((node) =>
    node.kind === 'rule' && node.operator.name === 'rx' && !node.operator.argument.includes('%{')
      ? [node.operator.argument]
      : [],
  );
}

function groupOf(texts: readonly string[]): Group {
  const subjects: Subject[] = [];
  const patterns = [];
  for (const [id, text] of texts.entries()) {
    const { engines, re2PlacesAlike } = classifyPattern(text);
    const operator = { name: 'rx', negated: false, text, argument: [text], hasMacros: false, lines: null };
    const own = scanPatterns(operator, id, false);
    const isExact = typeof own !== 'string' && own.length === 1 && own[0]?.expression === engines.hyperscan;
    if (typeof own !== 'string') patterns.push(...own);
    subjects.push({
      text,
      written: oracle(text),
      pcre2: printedPcre2(engines.pcre2),
      re2: engines.re2 === null ? null : printedRe2(engines.re2),
      placesAlike: re2PlacesAlike,
      scan: typeof own === 'string' ? 'none' : isExact ? 'exact' : 'necessary',
    });
  }
  return { subjects, scanner: patterns.length === 0 ? null : new Scanner(compile(patterns)) };
}

/** Which subjects of a group Hyperscan reports, by value. */
function reported({ subjects, scanner }: Group, values: readonly string[]): Uint8Array {
  const found = new Uint8Array(values.length * subjects.length);
  if (scanner === null) return found;
  const offsets = new Uint32Array(values.length + 1);
  for (const [index, value] of values.entries()) offsets[index + 1] = (offsets[index] ?? 0) + value.length;
  const out = new Uint32Array(8 * found.length);
  const total = scanner.scanBatch(Buffer.from(values.join(''), 'latin1'), offsets, values.length, out);
  if (2 * total > out.length) throw new HyperscanError('HS_TOO_MANY_MATCHES', { max: out.length });
  for (let at = 0; at < 2 * total; at += 2) found[(out[at] ?? 0) * subjects.length + (out[at + 1] ?? 0)] = 1;
  return found;
}

/** Each way in which the engines differ on a value. */
function* differencesOf(
  subject: Subject,
  value: string,
  isReported: boolean,
  counts: Counts,
): Generator<string> {
  const written = outcome(subject.written, value);
  const printed = outcome(subject.pcre2, value);
  const re2 = subject.re2 === null ? printed : outcome(subject.re2, value);
  const expected = re2 ?? printed ?? written;
  if (expected === null) {
    counts.undecided++;
    return;
  }
  const matches = expected !== 'none';
  if (matches) counts.matches++;
  for (const [name, answer] of [
    ['written', written],
    ['printed', printed],
  ] as const) {
    if (answer === null) {
      counts.undecided++;
      continue;
    }
    counts.comparisons++;
    const same = subject.placesAlike ? answer === expected : (answer !== 'none') === matches;
    if (!same) yield `RE2 ${expected}, PCRE2 ${name} ${answer}`;
  }
  if (subject.scan === 'none') return;
  counts.comparisons++;
  const same = subject.scan === 'exact' ? isReported === matches : isReported || !matches;
  if (!same) yield `RE2 ${expected}, Hyperscan ${isReported ? 'reports it' : 'does not'}`;
}

/** The first difference of a subject in a value that is scanned alone. */
function differenceAlone(group: Group, id: number, value: string): string | null {
  const subject = group.subjects[id];
  if (subject === undefined) return null;
  const isReported = reported(group, [value])[id] === 1;
  for (const what of differencesOf(subject, value, isReported, noCounts())) return what;
  return null;
}

/** With the smallest value that still differs; a difference that only a batch has is shown with all of its value. */
function describe(group: Group, id: number, value: string, what: string): string {
  const subject = group.subjects[id];
  if (subject === undefined) return what;
  if (differenceAlone(group, id, value) === null) return show(subject, value, `${what}, in a batch only`);
  const smallest = shrink(value, smallerTexts, (text) => differenceAlone(group, id, text) !== null);
  return show(subject, smallest, differenceAlone(group, id, smallest) ?? what);
}

function compareAll(
  groups: readonly Group[],
  values: readonly string[],
  counts: Counts,
  shown: string[],
): void {
  for (const group of groups) {
    const found = reported(group, values);
    for (const [at, value] of values.entries()) {
      for (const [id, subject] of group.subjects.entries()) {
        const isReported = found[at * group.subjects.length + id] === 1;
        for (const what of differencesOf(subject, value, isReported, counts)) {
          if (counts.differences++ < DIFFERENCES_SHOWN) shown.push(describe(group, id, value, what));
        }
      }
    }
  }
  counts.values += values.length;
}

/** Numbers that look random and are the same for the same seed. */
function randomNumbers(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** A payload changed in one to four places, two payloads joined, or random bytes. */
function varied(payloads: readonly string[], below: (bound: number) => number): string {
  const pick = (): string => payloads[below(payloads.length)] ?? '';
  const kind = below(8);
  if (kind === 0) {
    return Array.from({ length: below(RANDOM_BYTES_MAX) }, () => String.fromCharCode(below(256))).join('');
  }
  if (kind === 1) {
    const [head, tail] = [pick(), pick()];
    return head.slice(0, below(head.length + 1)) + tail.slice(below(tail.length + 1));
  }
  let value = pick();
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(value.length + 1);
    const put =
      below(2) === 0 ? (BYTES_PUT_IN[below(BYTES_PUT_IN.length)] ?? '') : String.fromCharCode(below(256));
    value = value.slice(0, at) + put + value.slice(at + below(3));
  }
  return value;
}

/** Compares for so long; null where the CRS is not on this machine. */
export function runPatterns({ seconds, seed }: PatternsOptions): PatternsRun | null {
  const about: string[] = [];
  const older = olderRules(about);
  const current = new Set(
    existsSync(crsDirectory) ? patternsIn(join(crsDirectory, 'rules/@owasp_crs/*.conf')) : [],
  );
  const all = [...new Set([...current, ...(older === null ? [] : patternsIn(join(older, '*.conf')))])];
  const payloads = crsPayloads();
  if (all.length === 0 || payloads.length === 0) return null;
  const groups: Group[] = [];
  for (let at = 0; at < all.length; at += DATABASE_PATTERNS)
    groups.push(groupOf(all.slice(at, at + DATABASE_PATTERNS)));
  const subjects = groups.flatMap((group) => group.subjects);
  const having = (scan: Subject['scan']): number =>
    subjects.filter((subject) => subject.scan === scan).length;
  about.push(
    `${all.length} patterns (${current.size} of CRS 4.25), ${payloads.length} payloads; Hyperscan: ${having('exact')} exact, ${having('necessary')} by a necessary condition, ${having('none')} not`,
  );
  const counts = noCounts();
  const shown: string[] = [];
  const end = performance.now() + 1_000 * seconds;
  const below = randomNumbers(seed);
  // Every second batch is of payloads as they are, so that a short run has both.
  let payloadsSeen = 0;
  for (let batch = 0; performance.now() < end; batch++) {
    const given = batch % 2 === 0 ? payloads.slice(payloadsSeen, payloadsSeen + BATCH) : [];
    payloadsSeen += given.length;
    const values = given.length > 0 ? given : Array.from({ length: BATCH }, () => varied(payloads, below));
    compareAll(groups, values, counts, shown);
    if (counts.differences >= DIFFERENCES_SHOWN) break;
  }
  return { about, ...counts, payloads: payloadsSeen, shown };
}

if (import.meta.main) {
  const { values: options } = parseArgs({
    options: { seconds: { type: 'string', default: '300' }, seed: { type: 'string', default: '1' } },
  });
  const run = runPatterns({ seconds: Number(options.seconds), seed: Number(options.seed) });
  if (run === null) console.log('The CRS is not on this machine: run ./sluice setup first.');
  else {
    for (const line of [...run.about, ...run.shown]) console.log(line);
    console.log(
      `${run.values} values, ${run.comparisons} comparisons, ${run.matches} matches, ${run.undecided} undecided by PCRE2, ${run.differences} differences`,
    );
  }
  process.exitCode = run === null || run.differences > 0 ? 1 : 0;
}
