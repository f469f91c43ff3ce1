/** Whether a stage passed. Stricter than the suite's own client where that would count what nobody decided. */
import type { Refusal } from './refusal.ts';
import type { StageExpectation } from './stage.ts';
import type { LogLine } from './stage-engine.ts';

/** What came of a request. */
export interface Exchange {
  /** Set where the HTTP parser refused the request, so that the engine never saw it. */
  readonly refusal: Refusal | null;
  readonly status: number;
  /** Whether an HTTP/1 client can read the response; HTTP/0.9 has no status line to read. */
  readonly readable: boolean;
  /** The response as the client reads it; empty where the engine answered for the backend. */
  readonly response: string;
  readonly log: readonly LogLine[];
}

/** Every reason why the stage fails; none where it passes. */
export function judge(expected: StageExpectation, exchange: Exchange): string[] {
  if (expectsNothing(expected)) return ['the stage expects nothing, so it cannot pass'];
  if (exchange.refusal !== null) return judgeRefusal(expected, exchange.refusal);
  return [...judgeResponse(expected, exchange), ...judgeLog(expected, exchange.log)];
}

const expectsNothing = (expected: StageExpectation): boolean =>
  expected.status === null &&
  !expected.expectError &&
  expected.responseContains === null &&
  !expectsLog(expected);

const expectsLog = (expected: StageExpectation): boolean =>
  expectsMatch(expected) || expected.noExpectIds.length > 0 || expected.noMatchRegex !== null;

const expectsMatch = (expected: StageExpectation): boolean =>
  expected.expectIds.length > 0 || expected.matchRegex !== null;

/**
 * A refused request passes only where the stage asks for that very status, and for nothing that only the engine can
 * give. That no rule logged proves nothing: none could.
 */
function judgeRefusal(expected: StageExpectation, refusal: Refusal): string[] {
  const what = `the request never reached the engine: ${refusal.status}, ${refusal.reason}`;
  if (expected.status === null) return [what];
  if (expected.status !== refusal.status)
    return [`status ${refusal.status}, not ${expected.status}: ${what}`];
  return expectsMatch(expected) || expected.responseContains !== null || expected.expectError ? [what] : [];
}

function judgeResponse(expected: StageExpectation, exchange: Exchange): string[] {
  if (expected.expectError) {
    return exchange.readable ? [`a response of status ${exchange.status} was read, not an error`] : [];
  }
  if (!exchange.readable) return ['the response has no status line'];
  const reasons: string[] = [];
  if (expected.status !== null && expected.status !== exchange.status) {
    reasons.push(`status ${exchange.status}, not ${expected.status}`);
  }
  if (expected.responseContains !== null && !expected.responseContains.test(exchange.response)) {
    reasons.push(`the response does not match ${expected.responseContains}`);
  }
  return reasons;
}

function judgeLog(expected: StageExpectation, log: readonly LogLine[]): string[] {
  const reasons: string[] = [];
  for (const { ruleId, text } of log) {
    // Whoever reads the log has only its text.
    if (!text.includes(`[id "${ruleId}"]`) || text.includes('\n')) {
      reasons.push(`the log of rule ${ruleId} is not one line with [id "${ruleId}"]`);
    }
  }
  const logged = new Set(log.map(({ ruleId }) => ruleId));
  const missing = expected.expectIds.filter((id) => !logged.has(id));
  if (missing.length > 0) reasons.push(`not logged: ${missing.join(' ')} (logged: ${listOf(logged)})`);
  const unwanted = expected.noExpectIds.filter((id) => logged.has(id));
  if (unwanted.length > 0) reasons.push(`logged against expectation: ${unwanted.join(' ')}`);
  if (expected.isolated && logged.size !== 1) reasons.push(`not the only one to log: ${listOf(logged)}`);
  const { matchRegex, noMatchRegex } = expected;
  if (matchRegex !== null && !log.some(({ text }) => matchRegex.test(text))) {
    reasons.push(`no log line matches ${matchRegex} (logged: ${listOf(logged)})`);
  }
  const found = noMatchRegex === null ? undefined : log.find(({ text }) => noMatchRegex.test(text));
  if (found !== undefined) reasons.push(`a log line of rule ${found.ruleId} matches ${noMatchRegex}`);
  return reasons;
}

const listOf = (ids: ReadonlySet<number>): string => (ids.size === 0 ? 'nothing' : [...ids].join(' '));
