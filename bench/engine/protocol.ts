/**
 * How an engine in a process of its own is asked: a line of JSON for a line of JSON, on standard input and output.
 *
 * The program first says a `ReadyLine`, once it has read its rules. Then it gets `Question`s and gives an `AnswerLine` for
 * each. It decodes all of a question, and inspects its lead, before it looks at any clock; it answers after.
 */
import type { BenchRequest } from './request.ts';

export interface ReadyLine {
  readonly ready: true;
  readonly version: string;
  /** From rule files, or for Sluice from the bundle on disk, to an engine that is ready. */
  readonly loadMillis: number;
}

/** Strings are latin1, one character a byte. */
export interface WireRequest extends Omit<BenchRequest, 'body'> {
  /** Base64. */
  readonly body: string;
}

export interface Question {
  /** Inspected first, and nothing is said about them. */
  readonly lead: readonly WireRequest[];
  readonly requests: readonly WireRequest[];
}

export interface AnswerLine {
  /** One for each of `requests`, in their order; so are the times. */
  readonly denied: readonly boolean[];
  readonly wallMicros: readonly number[];
  /** Of all threads of the process, for the whole batch. */
  readonly cpuMicros: number;
  /** Set where the engine failed on a request; the rest is of no use then, and may be missing. */
  readonly error?: string;
}

export const toWire = (request: BenchRequest): WireRequest => ({
  ...request,
  body: Buffer.from(request.body).toString('base64'),
});

export const fromWire = (request: WireRequest): BenchRequest => ({
  ...request,
  body: Buffer.from(request.body, 'base64'),
});

export const isReady = (line: unknown): line is ReadyLine =>
  typeof line === 'object' && line !== null && 'ready' in line && 'version' in line && 'loadMillis' in line;

/** Null where the engine did not fail. */
export const errorIn = (line: unknown): string | null =>
  typeof line === 'object' && line !== null && 'error' in line && typeof line.error === 'string'
    ? line.error
    : null;

export const isAnswer = (line: unknown, length: number): line is AnswerLine =>
  typeof line === 'object' &&
  line !== null &&
  'denied' in line &&
  'wallMicros' in line &&
  'cpuMicros' in line &&
  Array.isArray(line.denied) &&
  Array.isArray(line.wallMicros) &&
  line.denied.length === length &&
  line.wallMicros.length === length;
