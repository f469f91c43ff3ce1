import { HyperscanError } from './errors.ts';
import { Flags } from './flags.ts';

/** Limits on where and how a pattern may match; each in bytes unless said otherwise. */
export interface PatternExtension {
  /** A match ends at this offset or later. */
  readonly minOffset?: number;
  /** A match ends at this offset or earlier. */
  readonly maxOffset?: number;
  /** A match is at least this long. */
  readonly minLength?: number;
  /** Match within this many insertions, removals and substitutions. */
  readonly editDistance?: number;
  /** Match within this many substitutions. */
  readonly hammingDistance?: number;
}

/** A regular expression to be found, and how. */
export interface Pattern {
  /** PCRE syntax, latin1: one byte a character, no NUL (write `\x00`). */
  readonly expression: string;
  /** What a scan reports, 0 to 2^32-1. Several patterns may have the same one. */
  readonly id: number;
  /** A combination of `Flags`. */
  readonly flags: number;
  readonly ext?: PatternExtension;
}

/** The CPU to compile for. A database for less runs on more, hardly slower. */
export type Platform = 'host' | 'generic' | 'avx2' | 'avx512' | 'avx512vbmi';

/** How values reach a scan: as a whole, as several arrays, or as chunks of a stream. */
export type Mode = 'block' | 'vectored' | 'stream';

/** How far back a stream remembers where matches start: 2^16, 2^32 or 2^64 bytes; its state grows with it. */
export type SomHorizon = 'small' | 'medium' | 'large';

/** What a database is compiled for. */
export interface CompileOptions {
  /** Default: 'block'. */
  readonly mode?: Mode;
  /** Default: 'host', the CPU at hand. */
  readonly platform?: Platform;
  /** For streams of patterns with SOM_LEFTMOST, which need it. */
  readonly somHorizon?: SomHorizon;
}

/** What the addon takes for a list of patterns. */
export interface PackedPatterns {
  readonly expressions: string;
  readonly numbers: Float64Array;
}

const UINT32_MAX = 0xffffffff;
const NUMBERS_PER_PATTERN = 8;

/** The fields of an extension with Hyperscan's HS_EXT_FLAG_* bit, in the order of hs_expr_ext_t, and their bounds. */
const EXTENSION_FIELDS = [
  ['minOffset', 1, Number.MAX_SAFE_INTEGER],
  ['maxOffset', 2, Number.MAX_SAFE_INTEGER],
  ['minLength', 4, Number.MAX_SAFE_INTEGER],
  ['editDistance', 8, UINT32_MAX],
  ['hammingDistance', 16, UINT32_MAX],
] as const;

/** HS_CPU_FEATURES_* bits; -1 lets the addon ask the CPU. */
const PLATFORM_FEATURES: Readonly<Record<Platform, number>> = {
  host: -1,
  generic: 0,
  avx2: 4,
  avx512: 12,
  avx512vbmi: 28,
};

/** HS_MODE_* bits. */
export const MODE_BITS: Readonly<Record<Mode, number>> = { block: 1, stream: 2, vectored: 4 };

/** HS_MODE_SOM_HORIZON_* bits. */
const HORIZON_BITS: Readonly<Record<SomHorizon, number>> = {
  large: 1 << 24,
  medium: 1 << 25,
  small: 1 << 26,
};

/** The richest platform whose features are all in a set of HS_CPU_FEATURES_* bits. */
export function platformOf(features: number): Exclude<Platform, 'host'> {
  const richest = (['avx512vbmi', 'avx512', 'avx2'] as const).find((platform) => {
    const wanted = PLATFORM_FEATURES[platform];
    return (features & wanted) === wanted;
  });
  return richest ?? 'generic';
}

const show = (value: unknown): string => {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  return value === null ? 'null' : typeof value;
};

export const badArgument = (what: string, expected: string, got: unknown): HyperscanError =>
  new HyperscanError('HS_BAD_ARGUMENT', { what, expected, got: show(got) });

/** Refuses what is not a string of bytes. */
export function checkLatin1(value: unknown, what: string): asserts value is string {
  if (typeof value !== 'string') throw badArgument(what, 'a latin1 string', value);
  const index = value.search(/[^\x00-\xff]/);
  if (index >= 0) throw new HyperscanError('HS_NOT_LATIN1', { what, index });
}

export function checkUint32(value: unknown, what: string, max = UINT32_MAX): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > max) {
    throw badArgument(what, `an integer from 0 to ${max}`, value);
  }
}

/** Refuses a view whose memory has gone to somebody else. */
export function checkAttached(view: ArrayBufferView, what: string): void {
  // Shared memory cannot be detached and has no such property.
  if (view.buffer instanceof ArrayBuffer && view.buffer.detached) {
    throw new HyperscanError('HS_DETACHED', { what });
  }
}

/** Refuses an object with a key that nobody reads: most likely a misspelling. */
export function checkKeys(value: unknown, known: readonly string[], what: string): void {
  if (typeof value !== 'object' || value === null) throw badArgument(what, 'an object', value);
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) throw badArgument(what, `only the keys ${known.join(', ')}`, key);
  }
}

export function checkExpression(expression: unknown, what: string): asserts expression is string {
  checkLatin1(expression, what);
  const index = expression.indexOf('\0');
  if (index >= 0) throw new HyperscanError('HS_NUL_IN_EXPRESSION', { what, index });
}

const EXTENSION_KEYS = EXTENSION_FIELDS.map(([name]) => name);
const PATTERN_KEYS = ['expression', 'id', 'flags', 'ext'];

/** Checks one pattern's extension and writes its six numbers at `at`. */
function packExtension(ext: PatternExtension, what: string, numbers: Float64Array, at: number): void {
  checkKeys(ext, EXTENSION_KEYS, what);
  let flags = 0;
  for (const [position, [name, flag, max]] of EXTENSION_FIELDS.entries()) {
    const value = ext[name];
    if (value === undefined) continue;
    checkUint32(value, `${what}.${name}`, max);
    flags |= flag;
    numbers[at + 1 + position] = value;
  }
  numbers[at] = flags;
}

/**
 * Checks patterns and packs them for the addon.
 * @throws HyperscanError HS_BAD_ARGUMENT, HS_NOT_LATIN1, HS_NUL_IN_EXPRESSION, HS_UNSAFE_COMBINATION
 */
export function packPatterns(patterns: readonly Pattern[]): PackedPatterns {
  // Validate the list.
  if (!Array.isArray(patterns) || patterns.length === 0) {
    throw badArgument('patterns', 'an array of at least one pattern', patterns);
  }
  // Validate and pack each pattern.
  const numbers = new Float64Array(patterns.length * NUMBERS_PER_PATTERN);
  const expressions: string[] = [];
  for (const [index, pattern] of patterns.entries()) {
    const what = `patterns[${index}]`;
    checkKeys(pattern, PATTERN_KEYS, what);
    checkExpression(pattern.expression, `${what}.expression`);
    checkUint32(pattern.id, `${what}.id`);
    checkUint32(pattern.flags, `${what}.flags`);
    const at = index * NUMBERS_PER_PATTERN;
    numbers[at] = pattern.id;
    numbers[at + 1] = pattern.flags;
    if (pattern.ext !== undefined) packExtension(pattern.ext, `${what}.ext`, numbers, at + 2);
    expressions.push(pattern.expression, '\0');
  }
  checkCombinations(patterns);
  return { expressions: expressions.join(''), numbers };
}

/** Refuses what Hyperscan takes and then answers wrongly: see `Flags.COMBINATION`. */
function checkCombinations(patterns: readonly Pattern[]): void {
  if (!patterns.some(({ flags }) => flags & Flags.COMBINATION)) return;
  const index = patterns.findIndex(({ flags }) => flags & Flags.SINGLEMATCH && !(flags & Flags.COMBINATION));
  const pattern = patterns[index];
  if (pattern === undefined) return;
  const { id } = pattern;
  throw new HyperscanError(
    'HS_UNSAFE_COMBINATION',
    { index, id },
    { expressionId: id, expressionIndex: index },
  );
}

/**
 * Checks the options of `compile` and packs them for the addon.
 * @param literals as in the traits of a database
 * @throws HyperscanError HS_BAD_ARGUMENT
 */
export function packOptions(options: CompileOptions, literals: number): Float64Array {
  checkKeys(options, ['mode', 'platform', 'somHorizon'], 'options');
  const { mode = 'block', platform = 'host', somHorizon } = options;
  const modeBit = choice(MODE_BITS, mode, 'options.mode');
  const features = choice(PLATFORM_FEATURES, platform, 'options.platform');
  if (somHorizon === undefined) return Float64Array.of(features, modeBit, literals);
  const horizonBit = choice(HORIZON_BITS, somHorizon, 'options.somHorizon');
  if (mode !== 'stream') throw badArgument('options.somHorizon', 'the option mode: "stream" with it', mode);
  return Float64Array.of(features, modeBit + horizonBit, literals);
}

/** The value of a key that the caller chose. */
export function choice<Value>(choices: Readonly<Record<string, Value>>, key: string, what: string): Value {
  const value = typeof key === 'string' && Object.hasOwn(choices, key) ? choices[key] : undefined;
  if (value === undefined) throw badArgument(what, `one of ${Object.keys(choices).join(', ')}`, key);
  return value;
}
