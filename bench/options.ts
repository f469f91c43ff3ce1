/** Reading command lines, with errors that name the option. */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { BenchError } from './engine/errors.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * @param command as errors name it: `bench server`
 * @throws BenchError BENCH_OPTION
 */
export function readOptions<const T extends Options>(command: string, args: readonly string[], options: T) {
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BenchError('BENCH_OPTION', { option: command, reason }, error);
  }
}

/** @throws BenchError BENCH_OPTION */
export function wholeWithin(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new BenchError('BENCH_OPTION', { option, reason: `${text} is no number from ${least} to ${most}` });
}

/** @throws BenchError BENCH_OPTION */
export function aboveZero(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value > 0 && value < 1e6) return value;
  throw new BenchError('BENCH_OPTION', { option, reason: `${text} is no number above 0` });
}
