/** Runs stages against an engine, or against two of which the answers must be the same. */
import { respond, responseText } from './backend.ts';
import { reasonOf } from './errors.ts';
import type { Exclusions } from './exclusions.ts';
import { parseRequest } from './http-parser.ts';
import { type Exchange, judge } from './judge.ts';
import type { Refusal } from './refusal.ts';
import { buildRequest } from './request.ts';
import type { TestStage } from './stage.ts';
import type { BackendResponse, ParsedRequest, StageEngine, StageOutcome } from './stage-engine.ts';

export type Verdict = 'passed' | 'failed' | 'excluded';

export interface StageResult {
  readonly stage: TestStage;
  readonly verdict: Verdict;
  /** Why it failed, or why it is excluded; empty where it passed. */
  readonly why: string;
  /** Set where the HTTP parser decided, not the engine. */
  readonly refusal: Refusal | null;
}

export interface RunOptions {
  readonly stages: readonly TestStage[];
  /** The first one is judged; each other must answer as it does. */
  readonly engines: readonly [StageEngine, ...StageEngine[]];
  readonly exclusions: Exclusions;
  /** Called after each stage. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Judgement {
  readonly reasons: readonly string[];
  /** Never excused by an exclusion: the engine failed, or two ways of evaluating differ. */
  readonly grave: readonly string[];
  readonly refusal: Refusal | null;
}

export function runStages({ stages, engines, exclusions, onProgress }: RunOptions): StageResult[] {
  return stages.map((stage, index) => {
    const first = judgeStage(stage, engines);
    const again = stage.expected.retryOnce && first.reasons.length > 0 && first.grave.length === 0;
    const result = conclude(stage, again ? judgeStage(stage, engines) : first, exclusions.get(stage.id));
    onProgress?.(index + 1, stages.length);
    return result;
  });
}

/** `excluded` is the reason of the list, where the stage stands there. */
export function conclude(stage: TestStage, judgement: Judgement, excluded: string | undefined): StageResult {
  const { reasons, grave, refusal } = judgement;
  const fails = reasons.length > 0;
  if (grave.length > 0) return { stage, verdict: 'failed', why: [...grave, ...reasons].join('; '), refusal };
  if (excluded !== undefined) {
    if (fails) return { stage, verdict: 'excluded', why: excluded, refusal };
    return { stage, verdict: 'failed', why: 'excluded but passes', refusal };
  }
  return { stage, verdict: fails ? 'failed' : 'passed', why: reasons.join('; '), refusal };
}

function judgeStage(stage: TestStage, engines: RunOptions['engines']): Judgement {
  const parsed = parseRequest(buildRequest(stage.input));
  if (parsed.kind === 'refused') {
    const { refusal } = parsed;
    const exchange = { refusal, status: refusal.status, readable: true, response: '', log: [] };
    return { reasons: judge(stage.expected, exchange), grave: [], refusal };
  }
  const { request } = parsed;
  try {
    const [first, ...others] = engines.map((engine) => runEngine(engine, request));
    if (first === undefined) return { reasons: [], grave: ['no engine answered'], refusal: null };
    const grave = others.flatMap((other) => differences(first.outcome, other.outcome));
    return { reasons: judge(stage.expected, first.exchange), grave, refusal: null };
  } catch (error) {
    return { reasons: [], grave: [`the engine failed: ${reasonOf(error)}`], refusal: null };
  }
}

interface Run {
  readonly outcome: StageOutcome;
  readonly exchange: Exchange;
}

function runEngine(engine: StageEngine, request: ParsedRequest): Run {
  const answered: BackendResponse[] = [];
  const outcome = engine.run(request, (forwarded) => {
    const response = respond(forwarded);
    answered.push(response);
    return response;
  });
  const [response] = answered;
  const exchange: Exchange = {
    refusal: null,
    status: outcome.status,
    readable: request.protocol !== 'HTTP/0.9',
    // With another status than the backend's it is the engine that answered.
    response: response?.status === outcome.status ? responseText(response) : '',
    log: outcome.log,
  };
  return { outcome, exchange };
}

/** Where two outcomes differ: status, log, then the first step of the trace that is not the same. */
function differences(one: StageOutcome, other: StageOutcome): string[] {
  if (one.status !== other.status) return [`evaluations differ: status ${one.status} and ${other.status}`];
  if (one.trace === undefined || other.trace === undefined) return ['there is no trace to compare'];
  const parts = [
    ['log', one.log.map(({ text }) => text), other.log.map(({ text }) => text)],
    ['trace', one.trace, other.trace],
  ] as const;
  for (const [what, left, right] of parts) {
    const length = Math.max(left.length, right.length);
    for (let step = 0; step < length; step++) {
      if (left[step] === right[step]) continue;
      const [a, b] = [left[step] ?? 'nothing', right[step] ?? 'nothing'];
      return [`evaluations differ in ${what} at ${step + 1}: ${a} and ${b}`];
    }
  }
  return [];
}
