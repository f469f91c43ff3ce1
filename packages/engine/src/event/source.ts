/**
 * What an event is made of. Two things are one: a transaction that has just ended, and the draft of one that was handed to another
 * thread, in which neither rules nor the message are.
 */
import type { Hidden } from '../actions/state.ts';
import type { Endpoint } from '../attributes/http-attributes.ts';
import type { MatchedTarget, RuleMatch } from '../evaluate/state.ts';
import { printMacro } from '../language/macro.ts';
import type { PolicyMode } from '../link/rule-set.ts';
import type { CompiledRule } from '../rule-set/program.ts';
import type { TransactionResult } from '../transaction/transaction.ts';
import type { Pair } from '../variables/pair.ts';
import type { Verdict } from '../verdict/verdict.ts';
import { type EventCoverage, type ShownCoverage, shownCoverage, verdictOfGone } from './coverage.ts';
import { scoresOf } from './scores.ts';
import { ownText } from './showable.ts';
import { keepsParts, quotesWritten } from './taint.ts';

/** Of a request what its event, and the search for its secrets, look at. */
export interface EventRequest {
  readonly attributes: {
    readonly id: string;
    readonly method: string;
    readonly uri: string;
    readonly protocol: string;
    readonly client: Endpoint;
    readonly server: Endpoint;
  };
  readonly target: { readonly path: string; readonly query: string | null };
  readonly headers: readonly Pair[];
  readonly cookies: readonly Pair[];
  readonly args: readonly Pair[];
  readonly argsGet: readonly Pair[];
  readonly xmlNamed: readonly Pair[];
  readonly processor: string;
  readonly bodyText: string | null;
  /** First value of a header, or undefined. */
  header(lowerName: string): string | undefined;
}

export interface EventResponse {
  readonly attributes: { readonly status: number };
  readonly headers: readonly Pair[];
  header(lowerName: string): string | undefined;
}

/** Of a rule what events tell, and what is needed to know what they must not. The same in each of its matches. */
export interface ToldRule {
  readonly id: number;
  readonly severity: number | null;
  readonly ver: string | null;
  readonly tags: readonly string[];
  readonly file: string;
  readonly line: number;
  readonly phase: number;
  readonly paranoia: number | null;
  /** As it is written, macros unexpanded; null where there is none. */
  readonly msg: string | null;
  /** Whether its texts quote what other rules have written. */
  readonly msgQuotes: boolean;
  readonly logdataQuotes: boolean;
}

export interface ToldMatch {
  readonly rule: ToldRule;
  readonly message: string;
  readonly data: string;
  readonly targets: readonly Omit<MatchedTarget, 'link'>[];
}

export interface EventSource {
  readonly id: string;
  readonly startedAtMillis: number;
  readonly durationMicros: number;
  /** What is told: of a client that has left, what the rules say of it. */
  readonly verdict: Verdict;
  readonly mode: PolicyMode;
  /** The policy's name. */
  readonly policy: string;
  /** Whether a rule could not be decided. */
  readonly hasFailures: boolean;
  readonly request: EventRequest;
  readonly response: EventResponse | null;
  readonly sanitised: readonly Hidden[];
  /** Of rules that log, or are for the audit log. */
  readonly told: readonly ToldMatch[];
  /** What rules matched that keep parts of it, those that do not log included. */
  readonly kept: readonly Pick<MatchedTarget, 'label' | 'value'>[];
  readonly scores: Readonly<Record<string, number>>;
  readonly coverage: ShownCoverage;
}

const factsOf = new WeakMap<CompiledRule, ToldRule>();

export function toldRule({ data, paranoia }: RuleMatch['rule']): ToldRule {
  const known = factsOf.get(data);
  if (known !== undefined) return known;
  const facts: ToldRule = {
    id: data.id,
    severity: data.severity,
    ver: data.ver,
    tags: data.tags.map(ownText),
    file: ownText(data.position.file),
    line: data.position.line,
    phase: data.phase,
    paranoia,
    msg: data.msg === null ? null : printMacro(data.msg),
    msgQuotes: quotesWritten(data, data.msg),
    logdataQuotes: quotesWritten(data, data.logdata),
  };
  factsOf.set(data, facts);
  return facts;
}

const NO_TARGETS: EventSource['kept'] = [];

/** Of all matches of a request most are of rules that set it up, and keep nothing. */
export function keptTargets(matches: readonly RuleMatch[]): EventSource['kept'] {
  const kept = matches.filter(({ rule, targets }) => targets.length > 0 && keepsParts(rule.data));
  return kept.length === 0 ? NO_TARGETS : kept.flatMap(({ targets }) => targets);
}

/** @param id of the event */
export function sourceOfResult(
  result: TransactionResult,
  id: string,
  coverage: EventCoverage | undefined,
): EventSource {
  const { state, mode, told, matches, durationMicros } = result;
  const { request, response, sanitised, startedAtMillis } = state;
  return {
    id,
    startedAtMillis,
    durationMicros,
    verdict: verdictOfGone(result.verdict, { coverage }),
    mode,
    policy: state.ruleSet.name,
    hasFailures: result.failures.length > 0,
    request,
    response,
    sanitised,
    told: told.map(({ rule, message, data, targets }) => ({ rule: toldRule(rule), message, data, targets })),
    kept: keptTargets(matches),
    scores: scoresOf(state.tx),
    coverage: shownCoverage(result, coverage),
  };
}
