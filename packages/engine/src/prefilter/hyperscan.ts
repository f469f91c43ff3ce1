/**
 * The prefilter on Hyperscan: all patterns and word lists of a program in one database, all values of a phase in one call.
 * Patterns that Hyperscan refuses (too large, or beyond its syntax) get no slot; their rules are decided by RE2 alone.
 */
import { compile, deserialize, Flags, HyperscanError, type Pattern, Scanner } from '@sluice/hyperscan-js';
import { EngineError } from '../errors.ts';
import { parseWords } from '../operators/pm.ts';
import { classifyPattern } from '../patterns/classify.ts';
import type { CompiledOperator, RuleProgram } from '../rule-set/program.ts';
import { type Prefilter, scannableOperators } from './prefilter.ts';

/** A compiled prefilter as it is kept on disk. */
export interface PrefilterImage {
  readonly slots: readonly (readonly [key: string, slot: number])[];
  /** Operators without a slot, with the reason. */
  readonly unscanned: readonly { readonly key: string; readonly reason: string }[];
  /** Null where nothing is scanned. */
  readonly database: Uint8Array | null;
}

const FLAGS = Flags.DOTALL | Flags.SINGLEMATCH | Flags.ALLOWEMPTY;

/** Characters that mean themselves in a pattern; everything else is written \xHH. */
const PLAIN = /[A-Za-z0-9_ ]/;

/** Compiles the patterns of a program. Takes seconds for the whole CRS. */
export function compilePrefilter(
  program: RuleProgram,
  options: { readonly paranoiaMax: number },
): PrefilterImage {
  const patterns: Pattern[] = [];
  const slots: [string, number][] = [];
  const unscanned: { key: string; reason: string }[] = [];
  for (const [key, operator] of scannableOperators(program, options.paranoiaMax)) {
    const slot = slots.length;
    const expressions = expressionsOf(operator);
    if (typeof expressions === 'string') {
      unscanned.push({ key, reason: expressions });
      continue;
    }
    slots.push([key, slot]);
    patterns.push(...expressions.map((expression) => ({ expression, id: slot, flags: FLAGS })));
  }
  const database = compileAccepted(patterns, slots, unscanned);
  return {
    slots: slots.filter(([key]) => !unscanned.some((entry) => entry.key === key)),
    unscanned,
    database,
  };
}

/** The Hyperscan expressions of an operator, or the reason why there are none. */
function expressionsOf(operator: CompiledOperator): readonly string[] | string {
  if (operator.name === 'rx') {
    const { engines } = classifyPattern(operator.text);
    return engines.hyperscan === null ? 'beyond the syntax of Hyperscan' : [engines.hyperscan];
  }
  const words = operator.lines ?? parseWords(operator.text);
  return words.map((word) => `(?i)${[...word].map(escapeByte).join('')}`);
}

const escapeByte = (char: string): string =>
  PLAIN.test(char) ? char : `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;

/** Compiles, leaving out what Hyperscan refuses; it names one pattern a time. */
function compileAccepted(
  patterns: readonly Pattern[],
  slots: readonly (readonly [string, number])[],
  unscanned: { key: string; reason: string }[],
): Uint8Array | null {
  let accepted = patterns;
  const keyOfSlot = new Map(slots.map(([key, slot]) => [slot, key]));
  while (accepted.length > 0) {
    try {
      const database = compile(accepted);
      const image = database.serialize();
      database.close();
      return image;
    } catch (error) {
      const refused = error instanceof HyperscanError ? error.expressionId : undefined;
      const key = refused === undefined ? undefined : keyOfSlot.get(refused);
      if (key === undefined) throw error;
      unscanned.push({ key, reason: error instanceof Error ? error.message : String(error) });
      accepted = accepted.filter((pattern) => pattern.id !== refused);
    }
  }
  return null;
}

/** Opens a compiled prefilter. The image must be one that this program wrote: see bundle/. */
export function openPrefilter(image: PrefilterImage): Prefilter {
  const slotCount = image.slots.reduce((count, [, slot]) => Math.max(count, slot + 1), 0);
  const slots = new Map(image.slots);
  if (image.database === null) return { slots, slotCount, scan: () => undefined };
  const scanner = new Scanner(deserialize(image.database));
  return { slots, slotCount, scan: (values, report) => scanValues(scanner, values, report) };
}

const ARENA_BYTES = 65_536;
/** A larger arena is given up after its batch: one request with megabytes must not cost them for good. */
const ARENA_KEPT_BYTES = 4_194_304;

/** Of this thread: one arena, one table of offsets and one of matches, grown as needed and kept for the next batch. */
const buffers = {
  arena: Buffer.allocUnsafeSlow(ARENA_BYTES),
  offsets: new Uint32Array(257),
  matches: new Uint32Array(2_048),
};

function scanValues(
  scanner: Scanner,
  values: readonly string[],
  report: (valueIndex: number, slot: number) => void,
): void {
  if (values.length === 0) return;
  writeValues(values);
  let found = scanner.scanBatch(buffers.arena, buffers.offsets, values.length, buffers.matches);
  if (found * 2 > buffers.matches.length) {
    buffers.matches = new Uint32Array(found * 4);
    found = scanner.scanBatch(buffers.arena, buffers.offsets, values.length, buffers.matches);
    if (found * 2 > buffers.matches.length) {
      const reason = 'the number of matches changed between scans';
      throw new EngineError('NATIVE_FAILED', { what: 'scan', reason });
    }
  }
  const { matches } = buffers;
  for (let at = 0; at < found * 2; at += 2) report(matches[at] ?? 0, matches[at + 1] ?? 0);
  if (buffers.arena.length > ARENA_KEPT_BYTES) buffers.arena = Buffer.allocUnsafeSlow(ARENA_BYTES);
}

function writeValues(values: readonly string[]): void {
  const total = values.reduce((sum, value) => sum + value.length, 0);
  if (total > buffers.arena.length) buffers.arena = Buffer.allocUnsafeSlow(total * 2);
  if (values.length >= buffers.offsets.length) buffers.offsets = new Uint32Array(values.length * 2 + 1);
  const { arena, offsets } = buffers;
  let end = 0;
  offsets[0] = 0;
  for (let index = 0; index < values.length; index++) {
    end += arena.write(values[index] ?? '', end, 'latin1');
    offsets[index + 1] = end;
  }
}
