/**
 * The record of a judged request: ECS names first, `waf.*` for the rest, and those of Calico. Masked at birth: nothing that
 * leaves this file holds a secret of the request.
 */
import type { TransactionResult } from '../transaction/transaction.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { known } from './absent.ts';
import { calicoRules, MATCHED_MESSAGE, ruleInfo } from './calico.ts';
import { engineSkips, isClientGone, isCutShort } from './coverage.ts';
import { makeEventId } from './event-id.ts';
import type { EventOptions } from './event-options.ts';
import { eventRules } from './event-rules.ts';
import { maskFor } from './mask.ts';
import { messageFields, type Told } from './message-fields.ts';
import { shower } from './showable.ts';
import { type EventSource, sourceOfResult, type ToldMatch } from './source.ts';
import type { EventFacts, EventRule, WafEvent } from './waf-event.ts';

/** Whether a result is worth an event: a rule that logs matched, or inspection was not complete. */
export const isEventful = (
  result: TransactionResult,
  options: Pick<EventOptions, 'coverage'> = {},
): boolean =>
  result.verdict.kind !== 'allow' ||
  result.failures.length > 0 ||
  result.told.length > 0 ||
  isCutShort(options.coverage?.skipped ?? []) ||
  isCutShort(engineSkips(result));

/** Builds the event of a finished transaction. */
export const buildEvent = (result: TransactionResult, options: EventOptions = {}): WafEvent =>
  eventOf(sourceOfResult(result, makeEventId(), options.coverage), options);

/** Builds the event of what a transaction has left. */
export function eventOf(from: EventSource, options: Omit<EventOptions, 'coverage'>): WafEvent {
  const { request, response, verdict, mode, coverage, durationMicros, told: matches } = from;
  const mask = maskFor(request, response, from.sanitised, options.masking);
  const shows = shower(mask);
  const told: Told = { request, response, coverage, context: options, shows };
  const isDenied = mode === 'Block' && verdict.kind !== 'allow';
  const rules = eventRules(from, mask, shows);
  const detail = detailOf(verdict, shows);
  const fields = messageFields(told, {
    id: from.id,
    startedAtMillis: from.startedAtMillis,
    durationMicros,
    isDenied,
    action: verdict.kind,
    isIncomplete: verdict.kind === 'uninspectable' || from.hasFailures || isCutShort(coverage.skipped),
    severity: severityOf(matches),
    reason:
      isClientGone(coverage.skipped) && verdict.kind === 'allow'
        ? 'client gone'
        : reasonOf(verdict, rules, detail),
    status: isDenied ? statusOf(verdict) : (response?.attributes.status ?? null),
    msg: matches.length > 0 ? MATCHED_MESSAGE : messageOf(verdict, options),
    level: matches.length > 0 || verdict.kind !== 'allow' ? 'warning' : 'info',
  });
  const decidedBy = verdict.kind === 'deny' ? verdict.ruleId : null;
  const refused = verdict.kind === 'deny' && isDenied ? verdict : null;
  const host = fields.destination.ip ?? fields.url.domain;
  const info = ruleInfo(matches, rules, host, refused);
  return {
    ...fields,
    ...known('rule', decidedBy === null ? null : { id: String(decidedBy), ...ruleSetOf(matches, decidedBy) }),
    waf: {
      schema: 1,
      policy: from.policy,
      mode,
      would_block: verdict.kind !== 'allow',
      ...known('status', statusOf(verdict)),
      ...known('cause', verdict.kind === 'uninspectable' ? verdict.cause : null),
      ...known('detail', detail),
      ...contextFacts(options),
      ...known('sample', options.sample),
      latency_us: options.latencyMicros ?? durationMicros,
      scores: from.scores,
      rules,
      coverage,
    },
    ...known('rule_info', info.length > 1 ? info : info[0]),
    rules: calicoRules(matches, rules, decidedBy),
  };
}

/** What whoever asked knows, of judged and of refused requests alike. */
export const contextFacts = ({
  ruleSet,
  observer,
  probe,
  source,
  destination,
}: EventOptions): Pick<EventFacts, 'rule_set' | 'process' | 'probe' | 'source' | 'destination'> => ({
  ...known('rule_set', ruleSet),
  ...known('process', observer?.process),
  ...known('probe', probe === true ? true : null),
  ...known('source', source),
  ...known('destination', destination),
});

const statusOf = (verdict: Verdict): number | null => (verdict.kind === 'deny' ? verdict.status : null);

function detailOf(verdict: Verdict, shows: (value: string) => string): string {
  switch (verdict.kind) {
    case 'allow':
      return '';
    case 'deny':
      return `rule ${verdict.ruleId}`;
    case 'uninspectable':
      return shows(verdict.detail);
  }
}

/** The message of the rule that decided, or what could not be inspected. */
function reasonOf(verdict: Verdict, rules: readonly EventRule[], detail: string): string {
  if (verdict.kind === 'uninspectable') return detail === '' ? verdict.cause : detail;
  if (verdict.kind === 'allow') return '';
  const decided = rules.find(({ id }) => id === String(verdict.ruleId));
  return decided === undefined || decided.message === '' ? detail : decided.message;
}

function messageOf(verdict: Verdict, { sample }: EventOptions): string {
  if (verdict.kind === 'uninspectable') return `WAF could not inspect: ${verdict.cause}`;
  if (verdict.kind === 'deny') return MATCHED_MESSAGE;
  return sample === 'clean' ? 'WAF check passed' : 'WAF check incomplete';
}

/** 0 is the most severe. */
function severityOf(matches: readonly ToldMatch[]): number | null {
  const severities = matches.flatMap(({ rule }) => rule.severity ?? []);
  return severities.length === 0 ? null : Math.min(...severities);
}

/** `OWASP_CRS/4.25.0` of the rule's action `ver`. */
function ruleSetOf(matches: readonly ToldMatch[], ruleId: number): { ruleset?: string; version?: string } {
  const rule = matches.find((match) => match.rule.id === ruleId)?.rule;
  const [ruleset, ...version] = (rule?.ver ?? '').split('/');
  return { ...known('ruleset', ruleset), ...known('version', version.join('/')) };
}
