/** Who answers which patterns match which values. */
import { native } from '../../packages/engine/src/native/binding.ts';
import { compile, Flags, openStream, Scanner } from '../../packages/hyperscan-js/src/index.ts';

export interface Contender {
  readonly name: string;
  /** Scans all values once, and answers how many pairs of a value and a pattern match. */
  readonly scan: (values: readonly string[]) => number;
}

const FLAGS = Flags.CASELESS | Flags.DOTALL | Flags.SINGLEMATCH;
const CHUNK_BYTES = 4096;
const PCRE2_STEPS_MAX = 10_000_000;
const RE2_BYTES_MAX = 64 << 20;

interface Tester {
  test(value: string): boolean;
}

/** One engine, one expression after the other. */
const oneByOne = (name: string, testers: readonly Tester[]): Contender => ({
  name,
  scan(values) {
    let matches = 0;
    for (const value of values) {
      for (const tester of testers) if (tester.test(value)) matches++;
    }
    return matches;
  },
});

/** The values end to end, made before anything is measured: as they come from a parser. */
interface Arena {
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

const arenas = new WeakMap<readonly string[], Arena>();

function arenaOf(values: readonly string[]): Arena {
  const known = arenas.get(values);
  if (known !== undefined) return known;
  const offsets = new Uint32Array(values.length + 1);
  for (const [index, value] of values.entries()) offsets[index + 1] = (offsets[index] ?? 0) + value.length;
  const arena = { bytes: Buffer.from(values.join(''), 'latin1'), offsets };
  arenas.set(values, arena);
  return arena;
}

function hyperscan(expressions: readonly string[]): readonly Contender[] {
  const patterns = expressions.map((expression, id) => ({ expression, id, flags: FLAGS }));
  const scanner = new Scanner(compile(patterns));
  const stream = openStream(compile(patterns, { mode: 'stream' }));
  const out = new Uint32Array(1 << 20);
  return [
    {
      name: 'Hyperscan, batch',
      scan(values) {
        const { bytes, offsets } = arenaOf(values);
        return scanner.scanBatch(bytes, offsets, values.length, out);
      },
    },
    {
      name: 'Hyperscan, strings',
      scan(values) {
        let matches = 0;
        for (const value of values) matches += scanner.scanString(value, out);
        return matches;
      },
    },
    {
      name: 'Hyperscan, streams',
      scan(values) {
        const { bytes, offsets } = arenaOf(values);
        let matches = 0;
        for (let i = 0; i < values.length; i++) {
          const end = offsets[i + 1] ?? 0;
          for (let at = offsets[i] ?? 0; at < end; at += CHUNK_BYTES) {
            matches += stream.scan(bytes.subarray(at, Math.min(end, at + CHUNK_BYTES)), out);
          }
          matches += stream.end(out);
          stream.reset();
        }
        return matches;
      },
    },
  ];
}

/** Without date and build. */
const version = (text: string): string => /^\d+(?:\.\d+)?/.exec(text)?.[0] ?? text;

export const contenders = (expressions: readonly string[]): readonly Contender[] => [
  ...hyperscan(expressions),
  oneByOne(
    `RE2 ${version(native.versions().re2)}`,
    expressions.map((text) => native.compileRe2(`(?i)${text}`, { maxMemoryBytes: RE2_BYTES_MAX })),
  ),
  oneByOne(
    `PCRE2 ${version(native.versions().pcre2)}`,
    expressions.map((text) => native.compilePcre2(`(?i)${text}`, { matchLimit: PCRE2_STEPS_MAX })),
  ),
  oneByOne(
    `V8 ${version(process.versions.v8)}`,
    expressions.map((text) => new RegExp(text, 'is')),
  ),
];
