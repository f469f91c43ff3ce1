/** Stands between the server and what inspects, and keeps what was found: how a run knows that Sluice is done with a request. */
import type { WafEvent } from '@sluice/engine';
import {
  type Answer,
  type ExchangeInspection,
  type ExchangeInspector,
  type ExchangeOpening,
  type Inspection,
  madeEvent,
} from '@sluice/server';
import type { LogLine } from '../stage-engine.ts';

export class Recorder implements ExchangeInspector {
  readonly #inner: ExchangeInspector;
  /** Where the stage's request comes from. */
  #port = 0;
  #opened = 0;
  #ended = 0;
  #found: Inspection[] = [];

  constructor(inner: ExchangeInspector) {
    this.#inner = inner;
  }

  /**
   * Forgets what was; the next request is another stage's.
   * @param port that its client has: others may ask the same Envoy, as one whose own server is gone and had this port
   */
  begin(port: number): void {
    this.#port = port;
    this.#opened = 0;
    this.#ended = 0;
    this.#found = [];
  }

  /** Whether Envoy asked at all. */
  get asked(): boolean {
    return this.#opened > 0;
  }

  get settled(): boolean {
    return this.#ended >= this.#opened;
  }

  /** A line a rule that logged, in the engine's order. */
  get log(): readonly LogLine[] {
    return this.#found.flatMap(({ event }) => (event === null ? [] : linesOf(madeEvent(event) as WafEvent)));
  }

  open(opening: ExchangeOpening): ExchangeInspection {
    if (opening.attributes.client.port !== this.#port) return this.#inner.open(opening);
    this.#opened++;
    let isOpen = true;
    const end = (): void => {
      if (isOpen) this.#ended++;
      isOpen = false;
    };
    const keep = (inspection: Inspection): Inspection => {
      this.#found.push(inspection);
      end();
      return inspection;
    };
    const inner = this.#inner.open(opening);
    return {
      requestHeaders: () => inner.requestHeaders(),
      requestChunk: (chunk) => inner.requestChunk(chunk),
      judgeSoFar: () => inner.judgeSoFar(),
      requestEnd: (truncated) => inner.requestEnd(truncated),
      responseHeaders: (attributes) => inner.responseHeaders(attributes),
      responseChunk: (chunk) => inner.responseChunk(chunk),
      responseEnd: () => inner.responseEnd(),
      finish: (coverage) => later(inner.finish(coverage), keep),
      abandon: () => {
        inner.abandon();
        end();
      },
    };
  }
}

const later = <T>(answer: Answer<T>, then: (value: T) => T): Answer<T> =>
  answer instanceof Promise ? answer.then(then) : then(answer);

/** What the suite's expectations look for in a log line. */
const linesOf = ({ waf }: WafEvent): readonly LogLine[] =>
  waf.rules.map(({ id, message, data, tags }) => {
    const fields = [`[id "${id}"]`, `[msg "${message}"]`, `[data "${data}"]`];
    const text = [...fields, ...tags.map((tag) => `[tag "${tag}"]`)].join(' ');
    return { ruleId: Number(id), text: text.replaceAll(/[\r\n]/g, ' ') };
  });
