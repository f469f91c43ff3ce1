/** Stands between the server and what inspects, and keeps what was found: how a run knows that Sluice is done with a request. */
import type { WafEvent } from '@sluice/engine';
import type { Inspection, InspectionRequest, Inspector } from '@sluice/server';
import type { LogLine } from '../stage-engine.ts';

export class Recorder implements Inspector {
  readonly #inner: Inspector;
  #opened = 0;
  #found: Inspection[] = [];

  constructor(inner: Inspector) {
    this.#inner = inner;
  }

  /** Forgets what was; the next request is another stage's. */
  begin(): void {
    this.#opened = 0;
    this.#found = [];
  }

  /** Whether Envoy asked at all. */
  get asked(): boolean {
    return this.#opened > 0;
  }

  get settled(): boolean {
    return this.#found.length >= this.#opened;
  }

  /** A line a rule that logged, in the engine's order. */
  get log(): readonly LogLine[] {
    return this.#found.flatMap(({ event }) => (event === null ? [] : linesOf(event as WafEvent)));
  }

  async inspect(request: InspectionRequest): Promise<Inspection> {
    this.#opened++;
    const inspection = await this.#inner.inspect(request);
    this.#found.push(inspection);
    return inspection;
  }
}

/** What the suite's expectations look for in a log line. */
const linesOf = ({ waf }: WafEvent): readonly LogLine[] =>
  waf.rules.map(({ id, message, data, tags }) => {
    const fields = [`[id "${id}"]`, `[msg "${message}"]`, `[data "${data}"]`];
    const text = [...fields, ...tags.map((tag) => `[tag "${tag}"]`)].join(' ');
    return { ruleId: Number(id), text: text.replaceAll(/[\r\n]/g, ' ') };
  });
