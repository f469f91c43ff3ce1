/** What happened to a request, as data: the verdict, each rule that matched, and how its score came about. */
import {
  type ExplainedTarget,
  explainTarget,
  type RuleSet,
  type TransactionResult,
  type Verdict,
} from '@sluice/engine';
import type { Proposals } from './exclusions.ts';
import type { InspectedRequest } from './request.ts';
import type { InspectRules } from './rules.ts';

export interface StoryRule {
  readonly id: number;
  /** Latin1, one byte a character, as all texts that quote the request. */
  readonly message: string;
  readonly severity: string | null;
  readonly phase: number;
  readonly paranoia: number | null;
  readonly tags: readonly string[];
  readonly file: string;
  readonly line: number;
  /** Whether the rule writes to the log; set-up rules do not. */
  readonly logs: boolean;
  /** What it added to the anomaly score, and the score that counts for blocking before and after it. */
  readonly score: number;
  readonly before: number;
  readonly after: number;
  /** False where its paranoia level is above the one that blocks: it is logged only. */
  readonly counts: boolean;
  /** Whether the verdict is this rule's. */
  readonly decides: boolean;
  readonly targets: readonly ExplainedTarget[];
}

export interface Story {
  readonly request: InspectedRequest;
  readonly policy: InspectRules['policy'];
  /** The mode in the end: a rule may have relaxed the policy's. */
  readonly mode: TransactionResult['mode'];
  readonly verdict: Verdict;
  /** Whether the policy's Block mode stops the request. */
  readonly blocks: boolean;
  readonly score: number;
  readonly threshold: number;
  readonly rules: readonly StoryRule[];
  /** Rules that could not be decided. */
  readonly failures: readonly { readonly id: number; readonly reason: string }[];
  readonly bodyError: string | null;
  readonly proposals: Proposals | null;
}

const SEVERITIES = ['EMERGENCY', 'ALERT', 'CRITICAL', 'ERROR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'];

/** Runs a request through a rule set. */
export function judge(rules: InspectRules, ruleSet: RuleSet, request: InspectedRequest): TransactionResult {
  const transaction = rules.engine.transaction(ruleSet, request.attributes);
  transaction.requestHeaders();
  if (request.body.length > 0) transaction.requestBody(request.body);
  transaction.requestEnd();
  return transaction.finish();
}

/** Whether Block would stop a request with this verdict. */
export function blocks({ uninspectable }: InspectRules, verdict: Verdict): boolean {
  if (verdict.kind !== 'uninspectable') return verdict.kind === 'deny';
  // Responses are not inspected here, and no policy speaks of them.
  if (verdict.cause === 'response_size') return true;
  return (uninspectable.overrides[verdict.cause] ?? uninspectable.default) === 'deny';
}

export function tellStory(
  rules: InspectRules,
  request: InspectedRequest,
  result: TransactionResult,
  proposals: Proposals | null,
): Story {
  const { state, verdict, mode } = result;
  const number = (name: string): number => Number.parseInt(state.tx.get(name) ?? '', 10) || 0;
  const blockingLevel = number('blocking_paranoia_level') || rules.policy.paranoia;
  return {
    request,
    policy: rules.policy,
    mode,
    verdict,
    blocks: blocks(rules, verdict),
    score: number('blocking_inbound_anomaly_score'),
    threshold: number('inbound_anomaly_score_threshold') || rules.policy.threshold,
    rules: tellRules(result, blockingLevel),
    failures: result.failures.map(({ ruleId, error }) => ({
      id: ruleId,
      reason: error instanceof Error ? error.message : String(error),
    })),
    bodyError: state.request.bodyError?.message ?? null,
    proposals,
  };
}

function tellRules(result: TransactionResult, blockingLevel: number): readonly StoryRule[] {
  let score = 0;
  return result.matches.map((match): StoryRule => {
    const { data, paranoia } = match.rule;
    const added = match.targets.reduce((sum, target) => sum + target.score, 0);
    const counts = (paranoia ?? 1) <= blockingLevel;
    const before = score;
    if (counts) score += added;
    return {
      id: data.id,
      message: match.message,
      severity: data.severity === null ? null : (SEVERITIES[data.severity] ?? null),
      phase: data.phase,
      paranoia,
      tags: data.tags,
      file: data.position.file,
      line: data.position.line,
      logs: data.log || data.auditLog,
      score: added,
      before,
      after: score,
      counts,
      decides: result.verdict.kind === 'deny' && result.verdict.ruleId === data.id,
      targets: match.targets.map((target) => explainTarget(result, match, target)),
    };
  });
}
