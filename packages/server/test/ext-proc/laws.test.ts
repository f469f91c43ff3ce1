/** Laws that hold for every exchange, however it comes in pieces and whenever the inspector answers. */
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { StreamMessage, StreamReply } from '../../src/ext-proc/messages.ts';
import type { Mode } from '../../src/inspector.ts';
import {
  body,
  headers,
  responseBody,
  responseHeaders,
  type StepName,
  trailers,
  World,
} from '../support/fake-exchange.ts';
import { ALLOW, DENY } from '../support/fake-inspector.ts';

const STEPS: readonly StepName[] = [
  ...(['requestHeaders', 'requestChunk', 'judgeSoFar', 'requestEnd'] as const),
  ...(['responseHeaders', 'responseChunk', 'responseEnd', 'finish'] as const),
];

const piece = fc.record({
  bytes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400 })),
  /** Rules look at it. */
  counts: fc.boolean(),
  /** What happens behind it: nothing, other work, or this many milliseconds. */
  pause: fc.oneof(fc.constant(-1), fc.constant(0), fc.integer({ min: 1, max: 400 })),
});

const course = fc.record({
  mode: fc.constantFrom<Mode>('Block', 'Block', 'Block', 'Detect', 'Off'),
  profile: fc.constantFrom('streaming', 'window', 'buffered'),
  release: fc.constantFrom('whole', 'parts', 'parts', 'none'),
  isGrpc: fc.boolean(),
  heldBytesMax: fc.integer({ min: 1, max: 2_000 }),
  bodyBytesMax: fc.oneof(fc.constant(1_000_000), fc.integer({ min: 1, max: 2_000 })),
  pieces: fc.array(piece, { maxLength: 12 }),
  end: fc.constantFrom('headers', 'last piece', 'empty piece', 'trailers', 'client gone'),
  response: fc.constantFrom('none', 'headers', 'body'),
  inspectsResponses: fc.boolean(),
  /** Milliseconds by step, in turn; -1 answers at once. */
  delays: fc.array(fc.constantFrom(-1, -1, -1, 0, 1, 20, 400), { minLength: 1, maxLength: 8 }),
  /** Where something is found: a step, behind so many bytes. */
  finds: fc.option(
    fc.record({
      step: fc.constantFrom(...STEPS),
      bytes: fc.integer({ min: 0, max: 1_500 }),
      what: fc.constantFrom('deny', 'throw', 'uninspectable'),
    }),
  ),
});

type Course = typeof course extends fc.Arbitrary<infer T> ? T : never;

/** Watches one exchange, as Envoy would: an answer that breaks a law fails. */
class Watch {
  readonly world: World;
  readonly violations: unknown[] = [];
  readonly #course: Course;
  readonly #told: StreamMessage[] = [];
  #requestAnswers = 0;
  #responseAnswers = 0;
  #bytesAnswered = 0;
  #piecesAnswered = 0;
  #bytesToJudge = 0;
  #isOver = false;

  constructor(given: Course) {
    this.#course = given;
    this.world = new World({
      policy: { mode: given.mode, responses: { inspect: given.inspectsResponses } },
      setting: { profile: given.profile, heldBytesMax: given.heldBytesMax },
    });
    script(this.world, given);
    this.world.onReply = (reply) => {
      try {
        this.#said(reply);
      } catch (error) {
        // The exchange would take it for a failure of the inspector.
        this.violations.push(error);
      }
    };
  }

  #said(reply: StreamReply): void {
    expect(this.#isOver).toBe(false);
    if (reply.kind === 'continue') this.#answered(reply.to);
    else expect(this.#course.mode).toBe('Block');
    if (reply.kind === 'immediate') this.#isOver = true;
  }

  get #exchange() {
    return this.world.inspector.opened[0];
  }

  get isOver(): boolean {
    return this.#isOver || this.world.unavailable !== null;
  }

  tell(message: StreamMessage): void {
    if (this.isOver) return;
    this.#told.push(message);
    this.world.tell(message);
    // Where nothing is held, everything is answered before anything else happens.
    if (this.#course.mode !== 'Block') this.expectSettled();
  }

  expectSettled(): void {
    expect(this.#requestAnswers + this.#responseAnswers).toBe(this.#told.length);
    expect(this.world.exchange.ended()).toBe(true);
  }

  /** One answer for each message, in the order of its direction, of its kind, and behind a judgement of it. */
  #answered(to: StreamMessage['kind']): void {
    const isRequest = to.startsWith('request');
    const direction = this.#told.filter(({ kind }) => kind.startsWith(isRequest ? 'request' : 'response'));
    const message = direction[isRequest ? this.#requestAnswers++ : this.#responseAnswers++];
    expect(message?.kind).toBe(to);
    if (message?.kind === 'requestBody' && message.body.byteLength > 0) {
      this.#bytesAnswered += message.body.byteLength;
      // What no rule looks at needs no judgement of its own.
      const counting = this.#course.pieces.filter(({ bytes }) => bytes > 0);
      if (counting[this.#piecesAnswered++]?.counts !== false) this.#bytesToJudge = this.#bytesAnswered;
    }
    if (isRequest && this.#course.mode === 'Block' && this.#course.release !== 'none') this.#expectJudged(to);
  }

  #expectJudged(to: StreamMessage['kind']): void {
    const exchange = this.#exchange;
    expect(exchange?.steps[0]).toBe('requestHeaders');
    expect(exchange?.found).toBe(false);
    // A collected body is kept by Envoy; of gRPC, headers go first, behind a judgement of their own.
    if (to === 'requestHeaders' && this.#course.profile !== 'buffered')
      expect(exchange?.coveredBytes).toBeGreaterThanOrEqual(0);
    expect(this.#bytesToJudge).toBeLessThanOrEqual(Math.max(0, exchange?.coveredBytes ?? 0));
    if (this.#course.profile === 'streaming' && !this.#course.isGrpc)
      expect(exchange?.requestEnded).toBe(true);
  }
}

function script(world: World, { release, bodyBytesMax, delays, finds, pieces }: Course): void {
  let asked = 0;
  let taken = 0;
  Object.assign(world.script, { release, bodyBytesMax });
  const ripe = (step: StepName, bytes: number): boolean =>
    finds !== null && finds.step === step && bytes >= finds.bytes;
  const counting = pieces.filter(({ bytes }) => bytes > 0);
  world.script.unjudged = () => counting[taken++]?.counts ?? true;
  world.script.verdict = (step, bytes) => {
    if (!ripe(step, bytes) || finds?.what === 'throw') return ALLOW;
    return finds?.what === 'deny' ? DENY : { kind: 'uninspectable', cause: 'body_syntax' };
  };
  world.script.deliver = (step, value) => {
    const delay = delays[asked++ % delays.length] ?? -1;
    if (finds?.what === 'throw' && finds.step === step) {
      if (delay < 0) throw new TypeError('broken');
      return Promise.reject(new TypeError('broken'));
    }
    if (delay < 0) return value;
    return new Promise((resolve) => setTimeout(() => resolve(value), delay));
  };
}

async function wait(millis: number): Promise<void> {
  if (millis >= 0) await vi.advanceTimersByTimeAsync(millis);
}

async function tellRequest(watch: Watch, { pieces, end, isGrpc, profile }: Course): Promise<void> {
  const type = isGrpc ? 'application/grpc' : 'multipart/form-data; boundary=a';
  watch.tell(headers(end === 'headers', [['content-type', type]]));
  if (end === 'headers') return;
  if (profile === 'buffered') {
    if (end !== 'client gone') watch.tell(body(new Uint8Array(pieces[0]?.bytes ?? 0), end !== 'trailers'));
    if (end === 'trailers') watch.tell(trailers(['x-sum', '1']));
    return;
  }
  for (const [index, { bytes, pause }] of pieces.entries()) {
    const isLast = end === 'last piece' && index === pieces.length - 1;
    // To gRPC each piece is a run of empty messages, cut anywhere.
    watch.tell(body(new Uint8Array(bytes), isLast));
    await wait(pause);
  }
  if (end === 'empty piece' || (end === 'last piece' && pieces.length === 0)) watch.tell(body('', true));
  if (end === 'trailers') watch.tell(trailers(['x-sum', '1']));
}

async function tellResponse(watch: Watch, { response, end, pieces }: Course): Promise<void> {
  if (response === 'none' || end === 'client gone') return;
  watch.tell(responseHeaders(response === 'headers', [['content-type', 'text/html']]));
  if (response === 'headers') return;
  for (const { bytes, pause } of pieces) {
    watch.tell(responseBody('b'.repeat(bytes)));
    await wait(pause);
  }
  watch.tell(responseBody('', true));
}

async function run(given: Course): Promise<void> {
  const watch = new Watch(given);
  const { world } = watch;
  await tellRequest(watch, given);
  // The workload answers once it has the request.
  if (given.end !== 'client gone') await wait(10_000);
  if (!watch.isOver && world.said.includes('requestHeaders')) await tellResponse(watch, given);
  if (given.end !== 'client gone') {
    await wait(100_000);
    if (!watch.isOver) watch.expectSettled();
    expect(world.exchange.ended()).toBe(watch.isOver || true);
  }
  world.exchange.closed();
  await wait(100_000);
  expect(world.reports.length).toBeLessThanOrEqual(1);
  expect(world.events.length).toBeLessThanOrEqual(1);
  expect(world.backlog.bytes).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
  for (const opened of world.inspector.opened) expect(opened.abandonedOrFinished).toBe(true);
  expect(watch.violations).toEqual([]);
  // The order of steps is the inspector's to hold its caller to: it throws, and that shows here.
  const broken = world.failures.filter((error) => error instanceof RangeError);
  expect(broken).toEqual([]);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('answers match messages one to one, in order, behind their judgement; a denial is final; nothing is left', async () => {
  await fc.assert(fc.asyncProperty(course, run), { numRuns: 2_000 });
});
