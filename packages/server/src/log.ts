/**
 * The log: one JSON object a line. Nothing of a request's content is in it: no header values, no path, no body. What
 * was thrown is told by class, code and place; its message may quote the request and is left out.
 */
import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = { level, base: { service: 'sluice' }, timestamp: pino.stdTimeFunctions.isoTime };
  return destination === undefined ? pino(options) : pino(options, destination);
}

const STACK_LINES_MAX = 12;

export interface FaultDescription {
  readonly errorClass: string;
  readonly code: string | undefined;
  /** Where it was thrown, without its message. */
  readonly stack: readonly string[];
}

export function describeFault(thrown: unknown): FaultDescription {
  if (!(thrown instanceof Error)) return { errorClass: typeof thrown, code: undefined, stack: [] };
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
  // A message of several lines stands before the frames; only lines of the form "at …" are frames, and a line of the
  // message that looks like one stands where the message is.
  const text = (thrown.stack ?? '').replace(thrown.message, '');
  const frames = text.split('\n').filter((line) => /^ {4}at /.test(line));
  return {
    errorClass: thrown.name,
    code,
    stack: frames.slice(0, STACK_LINES_MAX).map((line) => line.trim()),
  };
}

/** Lets a few lines of a kind through in each period, so that an attack does not become a flood of log lines. */
export class LogThrottle {
  readonly #linesMax: number;
  readonly #periodMillis: number;
  #periodStart = 0;
  #lines = 0;
  #suppressed = 0;

  constructor(linesMax: number, periodMillis: number) {
    this.#linesMax = linesMax;
    this.#periodMillis = periodMillis;
  }

  /** How many lines were left out before this one, or null where this one is to be left out. */
  admit(nowMillis: number): number | null {
    if (nowMillis - this.#periodStart >= this.#periodMillis) {
      this.#periodStart = nowMillis;
      this.#lines = 0;
    }
    if (this.#lines >= this.#linesMax) {
      this.#suppressed++;
      return null;
    }
    this.#lines++;
    const suppressed = this.#suppressed;
    this.#suppressed = 0;
    return suppressed;
  }
}
