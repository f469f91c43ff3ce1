/**
 * A worker thread: one engine, the rule sets of the generations that are alive, and the exchanges that are pinned here.
 * Piscina calls `handle` with a task at a time; it never throws.
 */
import { deserialize } from 'node:v8';
import { Engine } from '@sluice/engine';
import { EngineExchange } from '../engine-exchange.ts';
import { ServerError } from '../errors.ts';
import { eventOrigin } from '../event-origin.ts';
import type { ExchangeOpening } from '../exchange-inspector.ts';
import { madeEvent } from '../late-event.ts';
import { describeFault } from '../log.ts';
import {
  type LinkedPolicy,
  linkPolicy,
  openGeneration,
  type RuleSetGeneration,
  type SharedGeneration,
} from '../rule-sets.ts';
import type { ChunkKept, Step, WorkerAnswer, WorkerFault, WorkerTask } from './contract.ts';
import { viewsOf } from './slabs.ts';

const engine = new Engine({ cacheDirectory: null });
const exchanges = new Map<number, EngineExchange>();

interface Adopted {
  readonly generation: RuleSetGeneration;
  readonly linked: Map<string, LinkedPolicy>;
}

const generations = new Map<number, Adopted>();

let memory = new SharedArrayBuffer(0);
let slabBytes = 0;
let board = new Int32Array(new SharedArrayBuffer(4));
let origin = eventOrigin();

function run(task: WorkerTask): unknown {
  switch (task.kind) {
    case 'join':
      memory = task.memory;
      slabBytes = task.slabBytes;
      board = new Int32Array(task.board);
      origin = task.origin;
      return null;
    case 'adopt':
      adopt(new Uint8Array(task.generation));
      return null;
    case 'retire':
      generations.delete(task.generation);
      return null;
    case 'steps':
      return steps(task.exchange, task.steps);
    case 'abandon':
      exchanges.delete(task.exchange);
      return null;
  }
}

/** All policies are linked at once: what does not fit must be known before anything is judged by it. */
function adopt(written: Uint8Array): void {
  const shared: SharedGeneration = deserialize(written);
  if (generations.has(shared.id)) return;
  const generation = openGeneration(engine, shared);
  const linked = new Map<string, LinkedPolicy>();
  for (const name of generation.policies.keys())
    linked.set(name, linkPolicy(engine, generation, name, origin));
  generations.set(shared.id, { generation, linked });
}

/** What failed once is not gone on with: half of a step may be done. */
function steps(exchange: number, all: readonly Step[]): unknown {
  let value: unknown = null;
  try {
    for (const step of all) value = take(exchange, step);
    return value;
  } catch (error) {
    exchanges.delete(exchange);
    throw error;
  }
}

function take(key: number, step: Step): unknown {
  if (step.step === 'requestHeaders') {
    const exchange = open(step.generation, step.opening);
    exchanges.set(key, exchange);
    return exchange.requestHeaders();
  }
  const exchange = exchanges.get(key);
  if (exchange === undefined) throw new ServerError('INSPECTION_INVALID', { what: 'an unknown exchange' });
  switch (step.step) {
    case 'requestChunk': {
      let unjudged = false;
      for (const view of viewsOf(memory, slabBytes, step.pieces)) {
        unjudged = exchange.requestChunk(view).unjudged || unjudged;
      }
      return { unjudged, bytesKept: exchange.bodyBytesKept } satisfies ChunkKept;
    }
    case 'judgeSoFar':
      return exchange.judgeSoFar();
    case 'requestEnd':
      return exchange.requestEnd(step.truncated);
    case 'responseHeaders':
      return exchange.responseHeaders(step.attributes);
    case 'responseChunk':
      for (const view of viewsOf(memory, slabBytes, step.pieces)) exchange.responseChunk(view);
      return null;
    case 'responseEnd':
      return exchange.responseEnd();
    case 'finish': {
      exchanges.delete(key);
      const inspection = exchange.finish(step.coverage);
      return { ...inspection, event: madeEvent(inspection.event) };
    }
  }
}

function open(id: number, opening: ExchangeOpening): EngineExchange {
  const policy = generations.get(id)?.linked.get(opening.policy);
  if (policy === undefined) throw new ServerError('INSPECTION_INVALID', { what: 'an unknown policy' });
  return new EngineExchange(engine, policy, opening);
}

function faultOf(task: WorkerTask, error: unknown): WorkerFault {
  const { errorClass, code = '', stack } = describeFault(error);
  const isOfRequest = task.kind === 'steps';
  return { errorClass, code, stack, reason: isOfRequest || !(error instanceof Error) ? '' : error.message };
}

const microsSince = (before: number): number => (performance.now() - before) * 1_000;

export function handle(task: WorkerTask): WorkerAnswer {
  const before = performance.now();
  if (task.kind === 'steps') Atomics.store(board, 0, task.sequence);
  try {
    const value = run(task);
    return { outcome: 'done', value, busyMicros: microsSince(before) };
  } catch (error) {
    return { outcome: 'failed', fault: faultOf(task, error), busyMicros: microsSince(before) };
  } finally {
    if (task.kind === 'steps') Atomics.store(board, 0, 0);
  }
}
