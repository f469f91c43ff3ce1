/** What a stored event tells, as data: who, what, each rule with what it matched, and how its score came about. */
import type { Document, Json } from '@sluice/spool';
import { isTrueAt, numberAt, textAt, textsAt, valuesAt } from './document.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

export interface StoryTarget {
  readonly variable: string;
  /** Secrets masked. */
  readonly value: string;
  readonly score: number;
  /** Keyed hash of a masked value, where the policy asks for it. */
  readonly hash: string | null;
}

export interface EventRuleStory {
  readonly id: string;
  readonly message: string;
  readonly data: string;
  readonly severity: string | null;
  readonly phase: number | null;
  readonly paranoia: number | null;
  readonly file: string | null;
  readonly line: number | null;
  /** What it added to the anomaly score of its direction, and that score before and after it. */
  readonly score: number;
  readonly before: number;
  readonly after: number;
  /** False where its paranoia level is above the one that blocks: it is logged only. */
  readonly counts: boolean;
  readonly decides: boolean;
  readonly targets: readonly StoryTarget[];
  readonly targetsLeftOut: number;
}

export interface DirectionStory {
  /** As the rules keep it; null where they keep none. */
  readonly score: number | null;
  readonly threshold: number | null;
  /** Sum over the rules that count. */
  readonly told: number;
}

export interface EventStory {
  readonly id: string;
  readonly requestId: string;
  readonly time: string;
  readonly outcome: Outcome;
  /** What the rules say, whatever the mode. */
  readonly action: string;
  readonly wouldBlock: boolean;
  readonly mode: string | null;
  readonly status: number | null;
  readonly cause: string | null;
  readonly detail: string | null;
  readonly inbound: DirectionStory;
  readonly outbound: DirectionStory;
  readonly rules: readonly EventRuleStory[];
  /** What was not inspected, and why. */
  readonly skipped: readonly string[];
}

/** Phases 3 and 4 look at the response. */
const RESPONSE_PHASE = 3;
const PARANOIA_LEVELS = [4, 3, 2, 1] as const;

export function tellEvent(document: Document): EventStory {
  const rules = valuesAt(document, 'waf.rules');
  const inbound = rules.filter((rule) => !isOfResponse(rule));
  const outbound = rules.filter(isOfResponse);
  const scores = {
    inbound: numberAt(document, 'waf.scores.blocking_inbound_anomaly_score'),
    outbound: numberAt(document, 'waf.scores.blocking_outbound_anomaly_score'),
  };
  const levels = {
    inbound: blockingLevel(inbound, scores.inbound),
    outbound: blockingLevel(outbound, scores.outbound),
  };
  const told = tellRules(document, rules, levels);
  const sum = (ofResponse: boolean): number =>
    told
      .filter(({ phase, counts }) => counts && (phase ?? 0) >= RESPONSE_PHASE === ofResponse)
      .reduce((total, { score }) => total + score, 0);
  return {
    id: textAt(document, 'event.id') ?? '',
    requestId: textAt(document, 'http.request.id') ?? '',
    time: textAt(document, '@timestamp') ?? '',
    outcome: outcomeOf(document),
    action: textAt(document, 'event.action') ?? '',
    wouldBlock: isTrueAt(document, 'waf.would_block'),
    mode: textAt(document, 'waf.mode'),
    status: numberAt(document, 'waf.status'),
    cause: textAt(document, 'waf.cause'),
    detail: textAt(document, 'waf.detail'),
    inbound: {
      score: scores.inbound,
      threshold: numberAt(document, 'waf.scores.inbound_anomaly_score_threshold'),
      told: sum(false),
    },
    outbound: {
      score: scores.outbound,
      threshold: numberAt(document, 'waf.scores.outbound_anomaly_score_threshold'),
      told: sum(true),
    },
    rules: told,
    skipped: textsAt(document, 'waf.coverage.skipped'),
  };
}

const isOfResponse = (rule: Json): boolean => (numberAt(rule, 'phase') ?? 0) >= RESPONSE_PHASE;

function addedBy(rule: Json): number {
  const targets = valuesAt(rule, 'targets.score');
  const sum = targets.reduce<number>((total, each) => total + (typeof each === 'number' ? each : 0), 0);
  return numberAt(rule, 'score') ?? sum;
}

/**
 * The highest level at which the rules' scores come to the score that blocks: an event does not name its policy's. All
 * of them where none fits.
 */
function blockingLevel(rules: readonly Json[], score: number | null): number {
  const upTo = (level: number): number =>
    rules
      .filter((rule) => (numberAt(rule, 'paranoia_level') ?? 1) <= level)
      .reduce<number>((total, rule) => total + addedBy(rule), 0);
  return PARANOIA_LEVELS.find((level) => upTo(level) === score) ?? PARANOIA_LEVELS[0];
}

function tellRules(
  document: Document,
  rules: readonly Json[],
  levels: { readonly inbound: number; readonly outbound: number },
): readonly EventRuleStory[] {
  const decider =
    textAt(document, 'rule.id') ?? /^rule (\d+)$/.exec(textAt(document, 'waf.detail') ?? '')?.[1];
  const running = { inbound: 0, outbound: 0 };
  return rules.map((rule): EventRuleStory => {
    const id = textAt(rule, 'id') ?? '';
    const paranoia = numberAt(rule, 'paranoia_level');
    const side = isOfResponse(rule) ? 'outbound' : 'inbound';
    const score = addedBy(rule);
    const counts = (paranoia ?? 1) <= levels[side];
    const before = running[side];
    if (counts) running[side] += score;
    return {
      id,
      message: textAt(rule, 'message') ?? '',
      data: textAt(rule, 'data') ?? '',
      severity: textAt(rule, 'severity'),
      phase: numberAt(rule, 'phase'),
      paranoia,
      file: textAt(rule, 'file'),
      line: numberAt(rule, 'line'),
      score,
      before,
      after: running[side],
      counts,
      decides: id === decider && textAt(document, 'event.action') === 'deny',
      targets: valuesAt(rule, 'targets').map(tellTarget),
      targetsLeftOut: numberAt(rule, 'targets_left_out') ?? 0,
    };
  });
}

const tellTarget = (target: Json): StoryTarget => ({
  variable: textAt(target, 'variable') ?? '',
  value: textAt(target, 'value') ?? '',
  score: numberAt(target, 'score') ?? 0,
  hash: textAt(target, 'hash'),
});
