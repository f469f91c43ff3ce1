/** The whole course of messages as one text: what both evaluations must agree on, byte for byte. */
import {
  buildEvent,
  draftEvent,
  type Engine,
  EngineError,
  type Evaluation,
  eventOfDraft,
  formatLogLine,
  type RuleSet,
  type Transaction,
  type TransactionResult,
  type WafEvent,
} from '../../packages/engine/src/index.ts';
import { attributesOf, chunksOf, type Message } from './message.ts';

export interface Course {
  /** Trace, verdict, matches with targets and texts, TX and collections, failures, the event and the lines of the log. */
  readonly text: string;
  readonly matches: number;
  /** Rules that could not be decided within the match limit. */
  readonly undecided: readonly number[];
}

const COLLECTIONS = ['IP', 'SESSION', 'USER', 'GLOBAL', 'RESOURCE'] as const;

/** Who asks for a verdict before the body is there, and whether the answers are part of the course. */
export type Asking = 'never' | 'unheard' | 'heard';

/** Runs messages side by side, a step of each in turn: what is kept from one must not be seen by another. */
export function coursesOf(
  engine: Engine,
  ruleSet: RuleSet,
  messages: readonly Message[],
  evaluation: Evaluation,
  asking: Asking = 'never',
): readonly Course[] {
  const runs = messages.map((message, index) => {
    const trace: string[] = [];
    const transaction = engine.transaction(ruleSet, attributesOf(message, `request-${index}`), {
      evaluation,
      trace: (line) => trace.push(line),
    });
    const answers: string[] = [];
    const ask = (): void => {
      if (asking === 'never') return;
      const answer = transaction.judgeSoFar();
      if (asking === 'heard') answers.push(JSON.stringify(answer));
    };
    return { message, trace, answers, transaction, steps: steps(transaction, message, ask) };
  });
  for (let left = runs; left.length > 0; ) left = left.filter((run) => run.steps.next().done !== true);
  return runs.map(({ message, trace, answers, transaction }) =>
    courseOf(message, [...answers, ...trace], transaction, evaluation),
  );
}

function* steps(transaction: Transaction, message: Message, ask: () => void): Generator<void> {
  transaction.requestHeaders();
  ask();
  yield;
  for (const chunk of chunksOf(message)) {
    transaction.requestBody(chunk);
    ask();
    yield;
  }
  transaction.requestEnd(message.truncated);
  yield;
  if (message.response === null) return;
  const { status, headers, body } = message.response;
  transaction.responseHeaders({ status, protocol: 'HTTP/1.1', headers });
  yield;
  transaction.responseBody(Buffer.from(body, 'latin1'));
  transaction.responseEnd();
}

function courseOf(
  message: Message,
  trace: readonly string[],
  transaction: Transaction,
  evaluation: Evaluation,
): Course {
  const beforeEnd = transaction.verdict;
  const result = transaction.finish();
  const { state } = result;
  const failures = result.failures.map(({ ruleId, error }): readonly [number, string] => [
    ruleId,
    error instanceof EngineError ? error.code : String(error),
  ]);
  const context = { uri: message.uri, host: 'shop.example', requestId: 'request' };
  const text = JSON.stringify({
    trace,
    beforeEnd,
    verdict: result.verdict,
    mode: result.mode,
    failures,
    matches: result.matches.map(({ rule, message: said, data, targets }) => [
      rule.data.id,
      said,
      data,
      targets,
    ]),
    tx: state.tx.list().map(({ key, value }) => [key, value]),
    collections: COLLECTIONS.map((name) => state.persistent.get(name)?.list() ?? null),
    env: state.env.list(),
    event: withoutTime(eventOfCourse(result, evaluation)),
    log: result.matches.filter(({ rule }) => rule.data.log).map((match) => formatLogLine(match, context)),
  });
  const undecided = failures.filter(([, code]) => code === 'MATCH_LIMIT').map(([ruleId]) => ruleId);
  return { text, matches: result.matches.length, undecided };
}

/** That of reference evaluation is made of a draft, as another thread gets it: it must be that of the transaction. */
const eventOfCourse = (result: TransactionResult, evaluation: Evaluation): WafEvent =>
  evaluation === 'reference'
    ? eventOfDraft(structuredClone(draftEvent(result, '', {}, {})))
    : buildEvent(result);

const withoutTime = (event: WafEvent) => ({
  ...event,
  '@timestamp': '',
  event: { ...event.event, id: '', duration: 0 },
  waf: { ...event.waf, latency_us: 0 },
});

/** The first place where two courses part, with what stands around it. */
export function parting(planned: string, reference: string): string {
  let at = 0;
  while (at < planned.length && planned[at] === reference[at]) at++;
  const around = (text: string): string => text.slice(Math.max(0, at - 120), at + 160);
  return `planned:   …${around(planned)}…\nreference: …${around(reference)}…`;
}
