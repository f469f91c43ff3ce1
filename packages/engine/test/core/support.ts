/** What the tests of the core share: an engine, requests, and the whole course of a transaction as plain data. */
import { fromText } from '../../src/bytes.ts';
import { Engine, type Evaluation } from '../../src/engine.ts';
import { EngineError } from '../../src/errors.ts';
import {
  foldHeadsAfter,
  type HeaderList,
  type HttpRequestAttributes,
  type RuleSet,
  type TransactionResult,
} from '../../src/index.ts';
import { overlayFor, type PolicyOverlay } from '../../src/link/overlay.ts';

export const engine = new Engine({ cacheDirectory: null });

export interface Message {
  readonly method?: string;
  readonly uri?: string;
  readonly protocol?: string;
  readonly headers?: HeaderList;
  readonly client?: string;
  /** Chunks as latin1; a string is one chunk. */
  readonly body?: string | readonly string[];
  readonly truncated?: boolean;
  readonly response?: { readonly status?: number; readonly headers?: HeaderList; readonly body?: string };
  readonly id?: string;
}

export interface Outcome {
  readonly result: TransactionResult;
  readonly verdict: TransactionResult['verdict'];
  /** Ids of the rules that matched, in order. */
  readonly ids: readonly number[];
  readonly trace: readonly string[];
  readonly tx: Readonly<Record<string, string>>;
}

export const attributesOf = (message: Message): HttpRequestAttributes => ({
  id: message.id ?? 'request-1',
  method: message.method ?? 'GET',
  uri: message.uri ?? '/',
  protocol: message.protocol ?? 'HTTP/1.1',
  headers: message.headers ?? [['Host', 'shop.example']],
  client: { address: message.client ?? '192.0.2.1', port: 40_000 },
  server: { address: '192.0.2.2', port: 80 },
});

export const ruleSetOf = (text: string, policy: Partial<PolicyOverlay> = {}): RuleSet =>
  engine.ruleSet(engine.loadRules([{ path: 'test.conf', text: fromText(text) }]), {
    ...overlayFor({ name: 'test', mode: 'Block', ...policy }),
  });

/** Runs a message through all phases, responses included where there is one. */
export function judge(ruleSet: RuleSet, message: Message = {}, evaluation: Evaluation = 'planned'): Outcome {
  const trace: string[] = [];
  const transaction = engine.transaction(ruleSet, attributesOf(message), {
    evaluation,
    trace: (line) => trace.push(line),
  });
  transaction.requestHeaders();
  const chunks = typeof message.body === 'string' ? [message.body] : (message.body ?? []);
  for (const chunk of chunks) transaction.requestBody(Buffer.from(chunk, 'latin1'));
  transaction.requestEnd(message.truncated ?? false);
  if (message.response !== undefined) {
    const { status = 200, headers = [['Content-Type', 'text/html']], body } = message.response;
    transaction.responseHeaders({ status, protocol: 'HTTP/1.1', headers });
    if (body !== undefined) transaction.responseBody(Buffer.from(body, 'latin1'));
    transaction.responseEnd();
  }
  const result = transaction.finish();
  const tx = Object.fromEntries(result.state.tx.list().map(({ lowerKey, value }) => [lowerKey, value]));
  return { result, verdict: result.verdict, ids: result.matches.map(({ rule }) => rule.data.id), trace, tx };
}

/**
 * Compiles rules and judges one message by them: planned, with and without what is folded for the shape of its head, and by
 * reference, which must agree.
 */
export function run(text: string, message: Message = {}, policy: Partial<PolicyOverlay> = {}): Outcome {
  const ruleSet = ruleSetOf(text, policy);
  const planned = judge(ruleSet, message);
  const shaped = judgeShaped(ruleSet, message);
  const reference = judge(ruleSet, message, 'reference');
  for (const outcome of [planned, shaped]) {
    if (courseOf(outcome) !== courseOf(reference)) throw new DisagreementError(outcome, reference);
  }
  return planned;
}

const courseOf = ({ trace, tx }: Outcome): string => JSON.stringify([trace, tx]);

/** Planned, with rules folded for the shape of the message's head. */
export function judgeShaped(ruleSet: RuleSet, message: Message = {}): Outcome {
  foldHeadsAfter(0);
  try {
    return judge(ruleSet, message);
  } finally {
    foldHeadsAfter();
  }
}

class DisagreementError extends Error {
  override readonly name = 'DisagreementError';

  constructor(planned: Outcome, reference: Outcome) {
    super(`planned:\n${planned.trace.join('\n')}\nreference:\n${reference.trace.join('\n')}`);
  }
}

/** What a call refuses, which must be an EngineError. */
export function refusalOf(call: () => unknown): EngineError {
  try {
    call();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new NoRefusal('nothing was refused');
}

class NoRefusal extends Error {
  override readonly name = 'NoRefusal';
}

/** The error of rules that must not load; loading and linking count both. */
export const refused = (text: string): EngineError => refusalOf(() => ruleSetOf(text));

/** The error of rules that must not load: linking, which is done for each policy, must not come into it. */
export const refusedAtLoad = (text: string): EngineError =>
  refusalOf(() => engine.compile([{ path: 'test.conf', text: fromText(text) }]));

export const FORM: HeaderList = [
  ['Host', 'shop.example'],
  ['Content-Type', 'application/x-www-form-urlencoded'],
];

export const JSON_TYPE: HeaderList = [
  ['Host', 'shop.example'],
  ['Content-Type', 'application/json'],
];

/** Chooses JSON and XML processors as the recommended configuration does. */
export const PROCESSORS = `
SecRule REQUEST_HEADERS:Content-Type "@contains xml" "id:200000,phase:1,pass,nolog,t:lowercase,ctl:requestBodyProcessor=XML"
SecRule REQUEST_HEADERS:Content-Type "@contains json" "id:200001,phase:1,pass,nolog,t:lowercase,ctl:requestBodyProcessor=JSON"
`;
