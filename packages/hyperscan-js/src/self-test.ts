import { HyperscanError } from './errors.ts';
import { Flags } from './flags.ts';
import type { Pattern } from './options.ts';

/**
 * Some builds of the library lose matches on some CPUs: Vectorscan 5.4.9 does not find `/` behind 64 other bytes where
 * it runs on AVX-512. What cannot be trusted with these few patterns is not used at all.
 */

/** Of what is asked below: a library that has passed is asked again where there is more to pass. */
export const SELF_TEST_REVISION = 1;

/** Which patterns match which values: [index of the value, id of the pattern], in any order, repeated or not. */
export type ScanFunction = (
  patterns: readonly Pattern[],
  values: readonly string[],
) => Iterable<readonly [number, number]>;

interface Probe {
  readonly expression: string;
  readonly flags: number;
  /** The same, decided by JavaScript. */
  readonly matches: (value: string) => boolean;
}

const PLACEMENT_BYTES_MAX = 400;
/** Around the widths of vector registers and their unrolled loops. */
const FULL_LENGTHS = [15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, PLACEMENT_BYTES_MAX];

/** Filling that no probe is longer than: more of it changes no answer. */
const FILLING_SEEN_BYTES = 16;

interface Value {
  readonly text: string;
  /** The same with long fillings cut: probes are decided once for all values that differ in their length only. */
  readonly compact: string;
}

function placed(before: number, text: string, after: number): Value {
  const cut = (bytes: number): string => 'x'.repeat(Math.min(bytes, FILLING_SEEN_BYTES));
  return {
    text: 'x'.repeat(before) + text + 'x'.repeat(after),
    compact: cut(before) + text + cut(after),
  };
}

/** `text` behind filling bytes of every length, and each filling alone. */
function atEnds(text: string): readonly Value[] {
  const values: Value[] = [];
  for (let before = 0; before <= PLACEMENT_BYTES_MAX; before++) {
    values.push(placed(before, text, 0), placed(before, '', 0));
  }
  return values;
}

/** `text` at every place of the lengths that matter. */
function everywhere(text: string): readonly Value[] {
  const values: Value[] = [];
  for (const length of FULL_LENGTHS) {
    for (let before = 0; before <= length; before++) values.push(placed(before, text, length - before));
  }
  return values;
}

const literal = (text: string, flags = 0): Probe => ({
  expression: text.replace(/[^A-Za-z0-9]/g, '\\$&'),
  flags,
  matches: (value) => value.includes(text),
});

const caseless = (text: string): Probe => ({
  ...literal(text, Flags.CASELESS),
  matches: (value) => value.toLowerCase().includes(text.toLowerCase()),
});

const charClass = (source: string): Probe => {
  const regex = new RegExp(source);
  return { expression: source, flags: 0, matches: (value) => regex.test(value) };
};

const WORDS = ['/', '..', '<?p', 'exec', "' or ", 'script', 'javascript:', '/etc/passwd'].map((text) =>
  literal(text, Flags.SINGLEMATCH),
);
const CLASSES = [charClass('[<>]'), charClass('[!-/:-@]'), caseless('UnIoN'), caseless('a')];

/** Probes that share a database, and the values that it scans. */
const ROUNDS: readonly { readonly probes: readonly Probe[]; readonly values: () => readonly Value[] }[] = [
  { probes: [literal('/', Flags.SINGLEMATCH)], values: () => [...atEnds('/'), ...everywhere('/')] },
  { probes: [literal('/')], values: () => atEnds('/') },
  { probes: [caseless('SeLeCt')], values: () => atEnds('sElEcT') },
  { probes: CLASSES, values: () => [...atEnds('<'), ...atEnds('UNION')] },
  {
    probes: [...WORDS, ...CLASSES],
    values: () => [...atEnds('javascript:/etc/passwd'), ...atEnds("' or <script")],
  },
];

/** The first wrong answer of a scan, in words. */
function firstFault(
  probes: readonly Probe[],
  values: readonly Value[],
  found: Iterable<readonly [number, number]>,
) {
  const matched = new Uint8Array(values.length * probes.length);
  for (const [value, id] of found) matched[value * probes.length + id] = 1;
  const decided = new Map<string, readonly number[]>();
  for (let index = 0; index < values.length; index++) {
    const { text, compact } = values[index]!;
    const expected = decided.get(compact) ?? probes.map((probe) => (probe.matches(compact) ? 1 : 0));
    decided.set(compact, expected);
    for (let id = 0; id < probes.length; id++) {
      if (matched[index * probes.length + id] === expected[id]) continue;
      const fault = expected[id] === 1 ? 'misses' : 'matches wrongly';
      return `${probes[id]!.expression} ${fault} in a value of ${text.length} bytes`;
    }
  }
  return undefined;
}

/**
 * Refuses a library that loses or invents matches. Takes some 25 ms in a fresh process.
 * @param scan the function to prove
 * @param version of the library, for the message
 * @throws HyperscanError HS_UNSOUND
 */
export function proveSound(scan: ScanFunction, version: string): void {
  for (const { probes, values } of ROUNDS) {
    const patterns = probes.map(({ expression, flags }, id) => ({ expression, id, flags }));
    const asked = values();
    const texts = asked.map(({ text }) => text);
    const reason = firstFault(probes, asked, scan(patterns, texts));
    if (reason !== undefined) throw new HyperscanError('HS_UNSOUND', { version, reason });
  }
}
