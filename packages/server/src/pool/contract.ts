/**
 * What the main thread and a worker say to each other. Plain data, as structured cloning keeps it; bytes of bodies never
 * travel in it, only the numbers of the slabs that they lie in.
 */
import type { HttpResponseAttributes } from '@sluice/engine';
import type { EventOrigin } from '../event-origin.ts';
import type { Coverage, ExchangeOpening } from '../exchange-inspector.ts';

/** Slab and bytes of it, slab and bytes, …: two numbers a piece. */
export type Pieces = readonly number[];

/** One step of an exchange: see ExchangeInspection, whose words these are. */
export type Step =
  | { readonly step: 'requestHeaders'; readonly generation: number; readonly opening: ExchangeOpening }
  | { readonly step: 'requestChunk'; readonly pieces: Pieces }
  | { readonly step: 'judgeSoFar' }
  | { readonly step: 'requestEnd'; readonly truncated: boolean }
  | { readonly step: 'responseHeaders'; readonly attributes: HttpResponseAttributes }
  | { readonly step: 'responseChunk'; readonly pieces: Pieces }
  | { readonly step: 'responseEnd' }
  /** Null: what went by is what was seen, as of a request that was given whole. */
  | { readonly step: 'finish'; readonly coverage: Coverage | null };

/** What a `requestChunk` answers. */
export interface ChunkKept {
  readonly unjudged: boolean;
  /** Of all chunks so far, bytes that the worker holds at most. */
  readonly bytesKept: number;
}

export type WorkerTask =
  /** The first that a worker gets. */
  | {
      readonly kind: 'join';
      /** Of the slabs, `slabBytes` each. */
      readonly memory: SharedArrayBuffer;
      readonly slabBytes: number;
      /** One word: the sequence of the task that runs, 0 where none does. */
      readonly board: SharedArrayBuffer;
      readonly origin: EventOrigin;
    }
  /** A SharedGeneration as `v8.serialize` wrote it: once for all workers. */
  | { readonly kind: 'adopt'; readonly generation: SharedArrayBuffer }
  | { readonly kind: 'retire'; readonly generation: number }
  /** Steps of one exchange, in order; what the last one answers is the answer. */
  | {
      readonly kind: 'steps';
      /** Above 0, below 2^31; of this worker. */
      readonly sequence: number;
      readonly exchange: number;
      readonly steps: readonly Step[];
    }
  | { readonly kind: 'abandon'; readonly exchange: number };

/**
 * How long the worker was busy is measured by the clock: processor time is counted in ticks of 4 ms on many kernels, and
 * most tasks take less than one.
 *
 * A task never rejects while its worker lives: what was thrown comes back as data, without the message, which
 * may quote a request.
 */
export type WorkerAnswer =
  | { readonly outcome: 'done'; readonly value: unknown; readonly busyMicros: number }
  | { readonly outcome: 'failed'; readonly fault: WorkerFault; readonly busyMicros: number };

export interface WorkerFault {
  readonly errorClass: string;
  readonly code: string;
  readonly stack: readonly string[];
  /** The message, of tasks that hold nothing of a request; else empty. */
  readonly reason: string;
}
