/** The real engine behind the runner's interface: one transaction a stage, request and response. */
import { join, resolve } from 'node:path';
import {
  Engine,
  formatLogLine,
  type HttpRequestAttributes,
  overlayFor,
  type RuleSet,
  type RuleUnit,
  type Transaction,
  type TransactionResult,
} from '@sluice/engine';
import { cacheDirectory } from '../setup/paths.ts';
import type {
  BackendResponse,
  ParsedRequest,
  RuleSource,
  StageEngine,
  StageEngineFactory,
  StageEngineOptions,
  StageOutcome,
} from './stage-engine.ts';

/** What the server denies with where a request could not be inspected. */
const UNINSPECTABLE_STATUS = 403;
const LOCAL = { address: '127.0.0.1', port: 80 };

/** Compiles the rules, or loads what an earlier run compiled; as a policy has them, so that a change of one's own is compiled alone. */
export const createStageEngine: StageEngineFactory = async (options) => {
  const engine = new Engine({ cacheDirectory: join(cacheDirectory(), 'rules') });
  const load = (rules: readonly RuleSource[]): RuleUnit =>
    engine.loadRules(rules.map(({ name, text, directory }) => ({ path: resolve(directory, name), text })));
  const units = (rules: readonly RuleSource[]): RuleUnit[] => (rules.length === 0 ? [] : [load(rules)]);
  const { mode, paranoia, rules } = options;
  const policy = {
    name: 'rules test',
    mode,
    ...(paranoia === null ? {} : { paranoia }),
    before: units(rules.before),
    after: units(rules.after),
  };
  return new EngineStage(engine, engine.ruleSet(load(rules.base), overlayFor(policy)), options);
};

class EngineStage implements StageEngine {
  readonly #engine: Engine;
  readonly #ruleSet: RuleSet;
  readonly #options: StageEngineOptions;
  #count = 0;

  constructor(engine: Engine, ruleSet: RuleSet, options: StageEngineOptions) {
    this.#engine = engine;
    this.#ruleSet = ruleSet;
    this.#options = options;
  }

  run(request: ParsedRequest, backend: (request: ParsedRequest) => BackendResponse): StageOutcome {
    const trace: string[] = [];
    const transaction = this.#engine.transaction(this.#ruleSet, this.#attributes(request), {
      evaluation: this.#options.evaluation,
      ...(this.#options.trace ? { trace: (line: string) => trace.push(line) } : {}),
    });
    const status = exchange(transaction, request, backend, this.#options.chunkBytes);
    const result = transaction.finish();
    // A rule that failed is no verdict: the runner counts the stage as failed, with the error.
    const failure = result.failures[0];
    if (failure !== undefined) throw failure.error;
    return { status, log: logLines(result), ...(this.#options.trace ? { trace } : {}) };
  }

  #attributes(request: ParsedRequest): HttpRequestAttributes {
    const { method, uri, protocol, headers } = request;
    this.#count += 1;
    const id = `stage-${this.#count}`;
    return { id, method, uri, protocol, headers, client: { ...LOCAL, port: 40_000 }, server: LOCAL };
  }
}

/** Both directions. Returns the status that the client sees. */
function exchange(
  transaction: Transaction,
  request: ParsedRequest,
  backend: (request: ParsedRequest) => BackendResponse,
  chunkBytes: number | null,
): number {
  transaction.requestHeaders();
  for (const chunk of chunksOf(request.body, chunkBytes)) transaction.requestBody(chunk);
  const denied = enforcedStatus(transaction, transaction.requestEnd());
  if (denied !== null) return denied;
  const response = backend(request);
  const { status, headers } = response;
  transaction.responseHeaders({ status, protocol: request.protocol, headers });
  for (const chunk of chunksOf(response.body, chunkBytes)) transaction.responseBody(chunk);
  return enforcedStatus(transaction, transaction.responseEnd()) ?? status;
}

function* chunksOf(body: Uint8Array, chunkBytes: number | null): Generator<Uint8Array> {
  const step = chunkBytes ?? Math.max(body.length, 1);
  for (let at = 0; at < body.length; at += step) yield body.subarray(at, at + step);
}

/** As a policy answers that says nothing else: what could not be inspected is denied too. */
function enforcedStatus(transaction: Transaction, verdict: Transaction['verdict']): number | null {
  if (transaction.mode !== 'Block' || verdict.kind === 'allow') return null;
  return verdict.kind === 'deny' ? verdict.status : UNINSPECTABLE_STATUS;
}

function logLines(result: TransactionResult): StageOutcome['log'] {
  const { request } = result.state;
  const context = {
    uri: request.attributes.uri,
    host: request.header('host') ?? '',
    requestId: request.attributes.id,
  };
  return result.matches
    .filter(({ rule }) => rule.data.log)
    .map((match) => ({ ruleId: match.rule.data.id, text: formatLogLine(match, context) }));
}
