/** A scripted inspector of exchanges that holds its caller to the order of calls, and Envoy's part of a stream. */
import type { HttpResponseAttributes } from '@sluice/engine';
import type {
  Answer,
  BodyRelease,
  ChunkTaken,
  Coverage,
  ExchangeInspection,
  ExchangeInspector,
  ExchangeOpening,
  HeadersJudgement,
  ResponseJudgement,
} from '../../src/exchange-inspector.ts';
import { Backlog } from '../../src/ext-proc/backlog.ts';
import type { ExchangeReport, ExchangeSetting, StreamPolicy } from '../../src/ext-proc/core.ts';
import { Exchange } from '../../src/ext-proc/exchange.ts';
import type { StreamMessage, StreamReply } from '../../src/ext-proc/messages.ts';
import type { Inspection, Verdict } from '../../src/inspector.ts';
import { DEFAULT_LIMITS, type ServerLimits } from '../../src/limits.ts';
import { ALLOW, inspection } from './fake-inspector.ts';

export type StepName =
  | 'requestHeaders'
  | 'requestChunk'
  | 'judgeSoFar'
  | 'requestEnd'
  | 'responseHeaders'
  | 'responseChunk'
  | 'responseEnd'
  | 'finish';

/** Which steps may follow which. */
const FOLLOWING: Readonly<Record<'new' | StepName, readonly StepName[]>> = {
  new: ['requestHeaders'],
  requestHeaders: ['requestChunk', 'judgeSoFar', 'requestEnd', 'finish'],
  requestChunk: ['requestChunk', 'judgeSoFar', 'requestEnd', 'finish'],
  judgeSoFar: ['requestChunk', 'judgeSoFar', 'requestEnd', 'finish'],
  requestEnd: ['responseHeaders', 'finish'],
  responseHeaders: ['responseChunk', 'responseEnd', 'finish'],
  responseChunk: ['responseChunk', 'responseEnd', 'finish'],
  responseEnd: ['finish'],
  finish: [],
};

export interface Script {
  release: BodyRelease;
  bodyBytesMax: number;
  /** Of the step, with the bytes of body that it has seen. */
  verdict: (step: StepName, bytes: number) => Verdict;
  unjudged: (chunk: Uint8Array) => boolean;
  inspectsResponseBody: boolean;
  responseBytesMax: number;
  /** Answers a step at once, or later. */
  deliver: <T>(step: StepName, value: T) => Answer<T>;
  found: Partial<Inspection>;
}

export class ScriptedExchanges implements ExchangeInspector {
  readonly opened: ScriptedExchange[] = [];
  readonly script: Script = {
    release: 'whole',
    bodyBytesMax: 1_000_000,
    verdict: () => ALLOW,
    unjudged: () => true,
    inspectsResponseBody: true,
    responseBytesMax: 1_000_000,
    deliver: (_, value) => value,
    found: {},
  };

  open(opening: ExchangeOpening): ScriptedExchange {
    const exchange = new ScriptedExchange(this.script, opening);
    this.opened.push(exchange);
    return exchange;
  }

  get last(): ScriptedExchange {
    const last = this.opened.at(-1);
    if (last === undefined) throw new RangeError('nothing was opened');
    return last;
  }
}

export class ScriptedExchange implements ExchangeInspection {
  readonly opening: ExchangeOpening;
  readonly steps: StepName[] = [];
  readonly #script: Script;
  #pending = 0;
  abandoned = false;
  truncated = false;
  coverage: Coverage | null = null;
  body = '';
  responseBody = '';
  /** Bytes of body that an answered judgement covers; -1 before the first. */
  coveredBytes = -1;
  requestEnded = false;
  /** A judgement that is no allow was answered. */
  found = false;
  #lastVerdict: Verdict = ALLOW;

  constructor(script: Script, opening: ExchangeOpening) {
    this.#script = script;
    this.opening = opening;
  }

  get abandonedOrFinished(): boolean {
    return this.abandoned || this.steps.at(-1) === 'finish';
  }

  requestHeaders(): Answer<HeadersJudgement> {
    const { release, bodyBytesMax } = this.#script;
    return this.#step('requestHeaders', () => ({
      verdict: this.#verdict('requestHeaders'),
      release,
      bodyBytesMax,
    }));
  }

  requestChunk(chunk: Uint8Array): Answer<ChunkTaken> {
    if (chunk.byteLength === 0) throw new RangeError('an empty chunk');
    this.body += Buffer.from(chunk).toString('latin1');
    const unjudged = this.#script.unjudged(chunk);
    return this.#step('requestChunk', () => ({ unjudged }));
  }

  judgeSoFar(): Answer<Verdict> {
    const bytes = this.body.length;
    return this.#step('judgeSoFar', () => {
      const verdict = this.#verdict('judgeSoFar');
      if (verdict.kind === 'allow') this.coveredBytes = bytes;
      return verdict;
    });
  }

  requestEnd(truncated: boolean): Answer<Verdict> {
    this.truncated = truncated;
    return this.#step('requestEnd', () => {
      const verdict = this.#verdict('requestEnd');
      if (verdict.kind === 'allow') this.coveredBytes = this.body.length;
      this.requestEnded = true;
      return verdict;
    });
  }

  responseHeaders(_: HttpResponseAttributes): Answer<ResponseJudgement> {
    const { inspectsResponseBody, responseBytesMax } = this.#script;
    return this.#step('responseHeaders', () => ({
      verdict: this.#verdict('responseHeaders'),
      inspectsBody: inspectsResponseBody,
      bodyBytesMax: responseBytesMax,
    }));
  }

  responseChunk(chunk: Uint8Array): Answer<void> {
    this.responseBody += Buffer.from(chunk).toString('latin1');
    return this.#step('responseChunk', () => undefined);
  }

  responseEnd(): Answer<Verdict> {
    return this.#step('responseEnd', () => this.#verdict('responseEnd'));
  }

  finish(coverage: Coverage): Answer<Inspection> {
    this.coverage = coverage;
    return this.#step('finish', () =>
      inspection(this.#lastVerdict, { event: { made: true }, ...this.#script.found }),
    );
  }

  abandon(): void {
    this.abandoned = true;
  }

  #verdict(step: StepName): Verdict {
    const verdict = this.#script.verdict(step, this.body.length);
    if (verdict.kind !== 'allow') {
      this.#lastVerdict = verdict;
      this.found ||= step.startsWith('request') || step === 'judgeSoFar';
    }
    return verdict;
  }

  #step<T>(name: StepName, answer: () => T): Answer<T> {
    if (this.abandoned) throw new RangeError(`${name} of what was abandoned`);
    if (this.#pending > 0) throw new RangeError(`${name} before the answer of ${this.steps.at(-1)}`);
    if (!FOLLOWING[this.steps.at(-1) ?? 'new'].includes(name))
      throw new RangeError(`${name} behind ${this.steps.at(-1)}`);
    this.steps.push(name);
    const delivered = this.#script.deliver(name, undefined);
    if (!(delivered instanceof Promise)) return answer();
    this.#pending++;
    return delivered.then(() => {
      this.#pending--;
      return answer();
    });
  }
}

export const HEADERS = [
  [':method', 'POST'],
  [':path', '/a?b=c'],
  [':authority', 'shop.example'],
] as const;

export interface WorldOptions {
  readonly policy?: Partial<StreamPolicy>;
  readonly setting?: Partial<ExchangeSetting>;
  readonly limits?: Partial<ServerLimits>;
  readonly backlog?: Backlog;
}

/** An exchange, what inspects it, and a record of all that it says. */
export class World {
  readonly inspector = new ScriptedExchanges();
  readonly replies: StreamReply[] = [];
  readonly reports: ExchangeReport[] = [];
  readonly events: unknown[] = [];
  readonly counted: Coverage[] = [];
  readonly failures: unknown[] = [];
  unavailable: unknown = null;
  pauses = 0;
  resumes = 0;
  readonly exchange: Exchange;
  readonly backlog: Backlog;
  /** Called for each reply, when it is said. */
  onReply: (reply: StreamReply) => void = () => undefined;

  constructor(options: WorldOptions = {}) {
    const policy: StreamPolicy = {
      mode: 'Block',
      uninspectable: { default: 'deny', overrides: {} },
      ...options.policy,
    };
    this.backlog = options.backlog ?? new Backlog(1_000_000);
    this.exchange = new Exchange({
      setting: {
        policyName: 'default',
        peer: '',
        ruleSet: 'default',
        denied: false,
        policy,
        profile: 'streaming',
        heldBytesMax: 1_000,
        attributes: {
          id: 'id-1',
          method: 'POST',
          uri: '/a?b=c',
          protocol: 'HTTP/1.1',
          headers: [['host', 'shop.example']],
          client: { address: '203.0.113.7', port: 51_000 },
          server: { address: '10.0.0.2', port: 8_080 },
        },
        accept: '',
        probe: false,
        scheme: null,
        seesResponseBodies: true,
        holdsResponses: true,
        ...options.setting,
      },
      inspector: this.inspector,
      limits: { ...DEFAULT_LIMITS, ...options.limits },
      output: {
        send: (reply) => {
          this.replies.push(reply);
          this.onReply(reply);
        },
        unavailable: (error) => {
          this.unavailable = error;
        },
        pause: () => {
          this.pauses++;
        },
        resume: () => {
          this.resumes++;
        },
        judged: (report) => this.reports.push(report),
        event: ({ make }) => this.events.push(make()),
        counted: (coverage) => this.counted.push(coverage),
        failed: (error) => this.failures.push(error),
      },
      backlog: this.backlog,
    });
  }

  get script(): Script {
    return this.inspector.script;
  }

  tell(...messages: readonly StreamMessage[]): this {
    for (const message of messages) this.exchange.message(message);
    return this;
  }

  /** What was said, in short: the message that goes on, the status of a denial, or `wait`. */
  get said(): readonly (string | number)[] {
    return this.replies.map((reply) => {
      if (reply.kind === 'continue') return reply.to;
      return reply.kind === 'immediate' ? reply.status : 'wait';
    });
  }

  /** The last answer's metadata. */
  get metadata(): Readonly<Record<string, unknown>> | null {
    const last = this.replies.findLast((reply) => reply.kind !== 'wait');
    return last?.metadata ?? null;
  }
}

type Lines = readonly (readonly [string, string])[];

export const headers = (endOfStream: boolean, more: Lines = []): StreamMessage => ({
  kind: 'requestHeaders',
  headers: [...HEADERS, ...more],
  headersCut: false,
  endOfStream,
});

export const body = (text: string | Uint8Array, endOfStream = false): StreamMessage => ({
  kind: 'requestBody',
  body: typeof text === 'string' ? Buffer.from(text, 'latin1') : text,
  endOfStream,
});

export const trailers = (...lines: Lines): StreamMessage => ({
  kind: 'requestTrailers',
  headers: lines,
  headersCut: false,
});

export const responseHeaders = (endOfStream: boolean, more: Lines = [], status = 200): StreamMessage => ({
  kind: 'responseHeaders',
  headers: [[':status', String(status)], ...more],
  headersCut: false,
  endOfStream,
});

export const responseBody = (text: string, endOfStream = false): StreamMessage => ({
  kind: 'responseBody',
  body: Buffer.from(text, 'latin1'),
  endOfStream,
});
