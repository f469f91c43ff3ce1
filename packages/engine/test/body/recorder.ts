/** Runs a body through a processor and writes down each call of the sink. */

import type { BodyProcessorName, BodySink } from '../../src/body/processor.ts';
import { createBodyProcessor } from '../../src/body/select.ts';
import { fromText, toBytes } from '../../src/bytes.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/limits.ts';

export type Call = readonly [kind: string, ...values: readonly (string | number)[]];

export interface RunOptions {
  readonly contentType?: string;
  readonly limits?: Partial<Limits>;
  /** Sizes of the chunks, used in turn until the body ends; the whole body at once where absent. */
  readonly chunks?: readonly number[];
}

export const MULTIPART = 'multipart/form-data; boundary=BOUND';

export function recordingSink(): { readonly sink: BodySink; readonly calls: Call[] } {
  const calls: Call[] = [];
  const sink: BodySink = {
    argument: (name, value) => calls.push(['argument', name, value]),
    file: (field, fileName, sizeBytes) => calls.push(['file', field, fileName, sizeBytes]),
    partHeader: (part, line) => calls.push(['partHeader', part, line]),
    xmlText: (text) => calls.push(['xmlText', text]),
    xmlAttribute: (value) => calls.push(['xmlAttribute', value]),
    xmlNode: (_, path, node) => calls.push(['xmlNode', path, node.text]),
    multipartFlag: (flag) => calls.push(['flag', flag]),
    urlencodedError: () => calls.push(['urlencodedError']),
    error: (kind, message, byteOffset) => calls.push(['error', kind, message, byteOffset]),
  };
  return { sink, calls };
}

/** `body` is text (given as UTF-8) or bytes. */
export function run(name: BodyProcessorName, body: string | Uint8Array, options: RunOptions = {}): Call[] {
  const bytes = typeof body === 'string' ? toBytes(fromText(body)) : body;
  const { sink, calls } = recordingSink();
  const processor = createBodyProcessor(name, sink, {
    contentType: options.contentType ?? MULTIPART,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
  });
  const sizes = options.chunks ?? [Math.max(bytes.length, 1)];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    // A copy that is overwritten after the call: a processor must not keep the chunk.
    const chunk = Uint8Array.from(bytes.subarray(at, at + (sizes[turn % sizes.length] ?? 1)));
    at += chunk.length;
    processor.push(chunk);
    chunk.fill(0xaa);
  }
  processor.end();
  return calls;
}

/** The arguments only, as name and value. */
export const argumentsOf = (calls: readonly Call[]): (readonly (string | number)[])[] =>
  calls.filter(([kind]) => kind === 'argument').map(([, ...values]) => values);

/** Kind and offset of the error, or null. */
export function errorOf(
  calls: readonly Call[],
): { kind: string; byteOffset: number; message: string } | null {
  const call = calls.find(([kind]) => kind === 'error');
  return call === undefined
    ? null
    : { kind: String(call[1]), message: String(call[2]), byteOffset: Number(call[3]) };
}

export const flagsOf = (calls: readonly Call[]): string[] =>
  calls.filter(([kind]) => kind === 'flag').map(([, flag]) => String(flag));
