/**
 * The record of a judged request: ECS names first, `waf.*` for the rest. Masked at birth: nothing that leaves this file
 * holds a secret of the request.
 */
import type { RuleMatch } from '../evaluate/state.ts';
import { printMacro } from '../language/macro.ts';
import { EVENT_LIMITS } from '../limits.ts';
import type { TransactionResult } from '../transaction/transaction.ts';
import type { RequestData } from '../variables/request-data.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { type EventCoverage, type ShownCoverage, shownCoverage } from './coverage.ts';
import { severityName } from './log-line.ts';
import { MASK, type Mask, maskFor } from './mask.ts';
import { showable } from './showable.ts';

export interface EventRuleTarget {
  readonly variable: string;
  readonly value: string;
  /** What this value added to the anomaly score. */
  readonly score: number;
}

export interface EventRule {
  readonly id: string;
  readonly message: string;
  readonly data: string;
  readonly severity: string | null;
  readonly tags: readonly string[];
  readonly phase: number;
  readonly paranoia_level: number | null;
  readonly file: string;
  readonly line: number;
  readonly targets: readonly EventRuleTarget[];
  /** Matched targets beyond the event's limit; their scores are in `waf.scores`. */
  readonly targets_left_out: number;
}

/** Version 1 of the event. Values are text: bytes that are not UTF-8 appear as U+FFFD. */
export interface WafEvent {
  readonly '@timestamp': string;
  readonly 'ecs.version': '9.2.0';
  readonly event: {
    readonly id: string;
    readonly kind: 'event';
    readonly category: readonly ['web'];
    readonly type: readonly ['allowed' | 'denied'];
    readonly action: 'allow' | 'deny' | 'uninspectable';
    readonly duration: number;
  };
  readonly http: {
    readonly request: { readonly id: string; readonly method: string };
    readonly version: string;
  };
  readonly url: { readonly original: string; readonly domain: string; readonly path: string };
  readonly source: { readonly ip: string; readonly port: number };
  readonly destination: { readonly ip: string; readonly port: number };
  readonly waf: {
    readonly schema: 1;
    readonly policy: string;
    readonly mode: string;
    readonly would_block: boolean;
    readonly status: number | null;
    readonly cause: string | null;
    readonly detail: string | null;
    readonly scores: Readonly<Record<string, number>>;
    readonly rules: readonly EventRule[];
    readonly coverage: ShownCoverage;
  };
}

const SCORES: readonly string[] = [
  'blocking_inbound_anomaly_score',
  'blocking_outbound_anomaly_score',
  'inbound_anomaly_score_threshold',
  'outbound_anomaly_score_threshold',
  'sql_injection_score',
  'xss_score',
  'rce_score',
  'lfi_score',
  'rfi_score',
  'php_injection_score',
  'http_violation_score',
  'session_fixation_score',
];

/** Whether a result is worth an event: a rule that logs matched, or inspection was not complete. */
export const isEventful = (result: TransactionResult): boolean =>
  result.verdict.kind !== 'allow' || result.failures.length > 0 || result.told.length > 0;

export interface EventOptions {
  /** What went by, as the adapter has counted it; without it, what the engine saw. */
  readonly coverage?: EventCoverage;
}

/** Builds the event of a finished transaction. */
export function buildEvent(result: TransactionResult, options: EventOptions = {}): WafEvent {
  const { state, verdict, mode } = result;
  const { request } = state;
  const mask = maskFor(request, state.response, state.sanitised);
  const text = (value: string): string => showable(mask, value);
  return {
    ...messageFields(request, mask, {
      startedAtMillis: state.startedAtMillis,
      durationMicros: state.elapsedMicros(),
      isDenied: mode === 'Block' && verdict.kind !== 'allow',
      action: verdict.kind,
    }),
    waf: {
      schema: 1,
      policy: state.ruleSet.name,
      mode,
      would_block: verdict.kind !== 'allow',
      ...explain(verdict, text),
      scores: scoresOf(result),
      rules: eventRules(result, mask),
      coverage: shownCoverage(result, options.coverage),
    },
  };
}

export interface EventOutcome {
  readonly startedAtMillis: number;
  readonly durationMicros: number;
  /** Whether the client was refused, and not only would have been. */
  readonly isDenied: boolean;
  readonly action: Verdict['kind'];
}

/** What an event says of the message itself, whatever was found in it. */
export function messageFields(
  request: RequestData,
  mask: Mask,
  { startedAtMillis, durationMicros, isDenied, action }: EventOutcome,
): Omit<WafEvent, 'waf'> {
  const text = (value: string): string => showable(mask, value);
  const { attributes } = request;
  return {
    '@timestamp': new Date(startedAtMillis).toISOString(),
    'ecs.version': '9.2.0',
    event: {
      id: attributes.id,
      kind: 'event',
      category: ['web'],
      type: [isDenied ? 'denied' : 'allowed'],
      action,
      duration: durationMicros * 1_000,
    },
    http: {
      request: { id: attributes.id, method: text(attributes.method) },
      version: text(attributes.protocol.replace('HTTP/', '')),
    },
    url: {
      original: text(attributes.uri),
      domain: text(request.header('host') ?? ''),
      path: text(request.target.path),
    },
    source: { ip: attributes.client.address, port: attributes.client.port },
    destination: { ip: attributes.server.address, port: attributes.server.port },
  };
}

function explain(
  verdict: Verdict,
  text: (value: string) => string,
): { status: number | null; cause: string | null; detail: string | null } {
  switch (verdict.kind) {
    case 'allow':
      return { status: null, cause: null, detail: null };
    case 'deny':
      return { status: verdict.status, cause: null, detail: `rule ${verdict.ruleId}` };
    case 'uninspectable':
      return { status: null, cause: verdict.cause, detail: text(verdict.detail) };
  }
}

function scoresOf({ state }: TransactionResult): Readonly<Record<string, number>> {
  const known = SCORES.flatMap((name): [string, number][] => {
    const value = state.tx.get(name);
    return value === undefined ? [] : [[name, Number.parseInt(value, 10) || 0]];
  });
  return Object.fromEntries(known);
}

/** Each rule shows its first target, and further ones while the event has room: 100 KB that match all rules made 10 MB. */
function eventRules({ matches }: TransactionResult, mask: Mask): readonly EventRule[] {
  let room = EVENT_LIMITS.targetBytesMax;
  return matches
    .filter(({ rule }) => rule.data.log || rule.data.auditLog)
    .map((match) => {
      let shown = 0;
      for (const { label, value } of match.targets.slice(0, EVENT_LIMITS.targetsPerRuleMax)) {
        if (shown > 0 && room <= 0) break;
        room -= shownBytes(label) + shownBytes(value);
        shown++;
      }
      return eventRule(match, mask, shown);
    });
}

const shownBytes = (text: string): number => Math.min(text.length, EVENT_LIMITS.valueBytesMax);

function eventRule(match: RuleMatch, mask: Mask, shownTargets: number): EventRule {
  const { data, paranoia } = match.rule;
  const shown = match.targets.slice(0, shownTargets);
  const secret = match.targets.some((target) => mask.isSecret(target.label));
  // Texts of a rule that matched in a secret quote a part of it, which no search for the whole would find.
  const message = secret && data.msg !== null ? printMacro(data.msg) : match.message;
  return {
    id: String(data.id),
    message: showable(mask, message),
    data: secret && match.data !== '' ? MASK : showable(mask, match.data),
    severity: data.severity === null ? null : severityName(data.severity),
    tags: data.tags,
    phase: data.phase,
    paranoia_level: paranoia,
    file: data.position.file,
    line: data.position.line,
    targets: shown.map(({ label, value, score }) => ({
      variable: showable(mask, label),
      value: mask.hides(label, value, secret) ? MASK : showable(mask, value),
      score,
    })),
    targets_left_out: match.targets.length - shown.length,
  };
}
