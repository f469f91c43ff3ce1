/** One exchange in a worker. Its steps cross to the worker that it is pinned to, one at a time; its bytes lie in slabs. */
import type { HttpResponseAttributes } from '@sluice/engine';
import { ServerError } from '../errors.ts';
import type {
  Answer,
  ChunkTaken,
  Coverage,
  ExchangeInspection,
  ExchangeOpening,
  HeadersJudgement,
  ResponseJudgement,
} from '../exchange-inspector.ts';
import type { Inspection, Verdict } from '../inspector.ts';
import type { ChunkKept, Pieces, Step, WorkerAnswer } from './contract.ts';
import type { GenerationUser } from './generations.ts';
import type { Lane, LaneTask } from './lane.ts';
import type { Ledger } from './ledger.ts';
import type { Slabs } from './slabs.ts';

/** What exchanges share. */
export interface ExchangeContext {
  readonly slabs: Slabs;
  /** Bytes that workers keep until they are judged. */
  readonly kept: Ledger;
  /** Steps that wait for a worker. */
  readonly waiting: Ledger;
  /** Numbers that no task and no exchange of the same worker has at the same time. */
  readonly nextNumber: () => number;
  /** The exchange holds nothing any more. */
  readonly onOver: (exchange: PooledExchange) => void;
}

export interface PooledExchangeOptions {
  readonly opening: ExchangeOpening;
  /** Who is charged: the policy's name, however strict its rule set was made. */
  readonly account: string;
  readonly generation: number;
  readonly lane: Lane;
  /** Milliseconds of the clock after which no step is begun; infinite where another keeps the time. */
  readonly untilMillis: number;
}

export class PooledExchange implements ExchangeInspection, GenerationUser {
  readonly opening: ExchangeOpening;
  readonly account: string;
  readonly generation: number;
  readonly lane: Lane;
  readonly #context: ExchangeContext;
  readonly #untilMillis: number;
  readonly #number: number;
  #task: LaneTask | null = null;
  /** Why it goes no further; null while it does. */
  #over: ServerError | null = null;
  #begun = false;
  #keptBytes = 0;
  /** Bytes of the response's body that may still be kept. */
  #responseRoom = 0;

  constructor(options: PooledExchangeOptions, context: ExchangeContext) {
    this.opening = options.opening;
    this.account = options.account;
    this.generation = options.generation;
    this.lane = options.lane;
    this.#untilMillis = options.untilMillis;
    this.#context = context;
    this.#number = context.nextNumber();
  }

  /** Of the task that waits or runs, 0 where none does. */
  get sequence(): number {
    return this.#task?.task.sequence ?? 0;
  }

  requestHeaders(): Promise<HeadersJudgement> {
    return this.#run([this.headersStep()]);
  }

  requestChunk(chunk: Uint8Array): Answer<ChunkTaken> {
    if (chunk.byteLength === 0) return { unjudged: false };
    return this.#takeChunk(chunk);
  }

  judgeSoFar(): Promise<Verdict> {
    return this.#run([{ step: 'judgeSoFar' }]);
  }

  requestEnd(truncated: boolean): Promise<Verdict> {
    return this.#run([{ step: 'requestEnd', truncated }]);
  }

  async responseHeaders(attributes: HttpResponseAttributes): Promise<ResponseJudgement> {
    const judgement = await this.#run<ResponseJudgement>([{ step: 'responseHeaders', attributes }]);
    this.#responseRoom = judgement.inspectsBody ? judgement.bodyBytesMax : 0;
    return judgement;
  }

  responseChunk(chunk: Uint8Array): Answer<void> {
    if (chunk.byteLength === 0) return;
    return this.#takeResponseChunk(chunk);
  }

  responseEnd(): Promise<Verdict> {
    return this.#run([{ step: 'responseEnd' }]);
  }

  async finish(coverage: Coverage | null): Promise<Inspection> {
    const inspection = await this.#run<Inspection>([{ step: 'finish', coverage }]);
    this.forgotten();
    return inspection;
  }

  abandon(): void {
    if (this.#over !== null) return;
    this.end(new ServerError('EXCHANGE_OVER'));
  }

  /** The generation that it is judged by is gone. */
  retire(): void {
    this.end(new ServerError('RULE_SET_RETIRED'));
  }

  /** It goes no further: what waits is taken back, the worker forgets it. */
  end(error: ServerError): void {
    if (this.#over !== null) return;
    const task = this.#task;
    this.#end(error);
    if (task !== null && this.lane.withdraw(task)) {
      task.free();
      task.failed(error);
    }
  }

  /** The worker has nothing of it any more. */
  forgotten(): void {
    this.#begun = false;
    this.#end(new ServerError('EXCHANGE_OVER'));
  }

  headersStep(): Step {
    return { step: 'requestHeaders', generation: this.generation, opening: this.opening };
  }

  /** Several steps in one crossing; the answer is the last one's. */
  run<T>(steps: readonly Step[], pieces: Pieces): Promise<T> {
    return this.#run(steps, pieces);
  }

  /** Copied into slabs when this returns, or as soon as there are any. */
  async #takeChunk(chunk: Uint8Array): Promise<ChunkTaken> {
    this.#keep(chunk.byteLength);
    const parts = this.#put(chunk);
    const taken = await this.#sendParts<ChunkKept>(parts, (pieces) => ({ step: 'requestChunk', pieces }));
    // What no rule reads, the engine does not keep.
    const kept = taken.at(-1)?.bytesKept ?? 0;
    if (kept < this.#keptBytes) this.#giveKept(this.#keptBytes - kept);
    return { unjudged: taken.some(({ unjudged }) => unjudged) };
  }

  async #takeResponseChunk(chunk: Uint8Array): Promise<void> {
    // What is beyond the limit of a response's body is not kept.
    const kept = Math.min(chunk.byteLength, this.#responseRoom);
    this.#keep(kept);
    this.#responseRoom -= kept;
    await this.#sendParts(this.#put(chunk), (pieces) => ({ step: 'responseChunk', pieces }));
  }

  /** @throws ServerError POOL_FULL */
  #keep(bytes: number): void {
    if (this.#over !== null) throw this.#over;
    this.#context.kept.take(this.account, bytes);
    this.#keptBytes += bytes;
  }

  #giveKept(bytes: number): void {
    this.#keptBytes -= bytes;
    this.#context.kept.give(this.account, bytes);
  }

  /** @throws ServerError POOL_FULL */
  #put(chunk: Uint8Array): readonly (Pieces | Promise<Pieces>)[] {
    const { slabs } = this.#context;
    const parts: (Pieces | Promise<Pieces>)[] = [];
    try {
      for (let from = 0; from < chunk.byteLength; from += slabs.putBytesMax) {
        parts.push(slabs.put(this.account, chunk.subarray(from, from + slabs.putBytesMax)));
      }
    } catch (error) {
      this.#giveBack(parts);
      throw error;
    }
    return parts;
  }

  /** Parts that are not sent. */
  #giveBack(parts: readonly (Pieces | Promise<Pieces>)[]): void {
    for (const part of parts) {
      if (part instanceof Promise) void part.then((pieces) => this.#context.slabs.free(pieces));
      else this.#context.slabs.free(part);
    }
  }

  async #sendParts<T>(
    parts: readonly (Pieces | Promise<Pieces>)[],
    stepOf: (pieces: Pieces) => Step,
  ): Promise<readonly T[]> {
    const answers: T[] = [];
    for (const [index, part] of parts.entries()) {
      try {
        const pieces = part instanceof Promise ? await part : part;
        answers.push(await this.#run<T>([stepOf(pieces)], pieces));
      } catch (error) {
        this.#giveBack(parts.slice(index + 1));
        throw error;
      }
    }
    return answers;
  }

  /** @param pieces slabs that the steps read; freed once they have */
  #run<T>(steps: readonly Step[], pieces: Pieces = []): Promise<T> {
    const { slabs, nextNumber, waiting } = this.#context;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const free = (): void => {
      if (pieces.length > 0) slabs.free(pieces);
    };
    if (this.#over !== null || this.#task !== null) {
      free();
      reject(this.#over ?? new ServerError('INSPECTION_INVALID', { what: 'two steps at once' }));
      return promise;
    }
    const task: LaneTask = {
      account: this.account,
      task: { kind: 'steps', sequence: nextNumber(), exchange: this.#number, steps },
      begin: () => this.#begin(),
      unqueued: () => waiting.give(this.account, 1),
      free,
      done: (answer) => {
        this.#task = null;
        // The worker's half of the contract: what a step answers is what ExchangeInspection says.
        if (answer.outcome === 'done') resolve(answer.value as T);
        else reject(this.#failed(answer));
      },
      failed: (error) => {
        this.#task = null;
        this.#end(error);
        reject(error);
      },
    };
    this.#task = task;
    waiting.add(this.account, 1);
    this.lane.submit(task);
    return promise;
  }

  /** @throws ServerError INSPECTION_LATE where nobody waits for it any more */
  #begin(): void {
    if (performance.now() > this.#untilMillis) throw new ServerError('INSPECTION_LATE');
    this.#begun = true;
  }

  #failed({ fault }: Extract<WorkerAnswer, { outcome: 'failed' }>): ServerError {
    const { errorClass, code, stack } = fault;
    const error = new ServerError('WORKER_FAILED', { errorClass, code, at: stack[0] ?? '' });
    // What failed there, it has dropped.
    this.#begun = false;
    this.#end(error);
    return error;
  }

  #end(error: ServerError): void {
    if (this.#over !== null) return;
    this.#over = error;
    this.#giveKept(this.#keptBytes);
    if (this.#begun) this.lane.tell({ kind: 'abandon', exchange: this.#number });
    this.#context.onOver(this);
  }
}
