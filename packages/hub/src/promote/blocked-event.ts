/** Events of requests that Block refuses, reduced to what can be judged: who, where, and which target added how much. */
import type { Document, Json } from '@sluice/spool';
import { jsonAt } from '../query/values.ts';
import { type Excludable, excludableTarget } from './targets.ts';

/** A target that matched and added to a score, or that a rule denied for. */
export interface Hit {
  readonly rule: string;
  readonly message: string;
  /** As it is shown and grouped by; parts of names that differ from request to request are folded. */
  readonly target: string;
  /** How an exclusion names it; null where none can. */
  readonly excludable: Excludable | null;
  readonly score: number;
  /** Whether the score counts for the request or for its response. */
  readonly side: 'inbound' | 'outbound';
  /** `sqli`, of the rule's tag `attack-sqli`; null where it has none. */
  readonly family: string | null;
  /** The value that matched, masked as the event has it. */
  readonly value: string;
}

export interface BlockedEvent {
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly source: string;
  readonly method: string;
  /** As it was sent, without query. */
  readonly path: string;
  readonly policy: string;
  /** Refused; else it would have been. */
  readonly denied: boolean;
  /** `score`: sums decide. `rule`: a rule denied by itself. `uninspectable`: it could not be inspected. `other`: no rule did. */
  readonly because: 'score' | 'rule' | 'uninspectable' | 'other';
  /** The rule that denied by itself, or the cause; empty where scores decided. */
  readonly decider: string;
  readonly scores: Readonly<Record<'inbound' | 'outbound', number>>;
  readonly thresholds: Readonly<Record<'inbound' | 'outbound', number>>;
  readonly hits: readonly Hit[];
  /** Whether the hits are all that scored: sums made of them are what the engine would have. */
  readonly exact: boolean;
  /** Requests that it stands for: itself, and those that a flood left out. */
  readonly weight: number;
}

/** Rules of the CRS that decide by sums; they match nothing of the request. */
const DECIDING = /^9[45]9\d{3}$/;

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
const number = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);

/** Null where it is no event of a refused request. */
export function blockedEvent(id: string, document: Document): BlockedEvent | null {
  const at = Date.parse(text(document['@timestamp']));
  if (Number.isNaN(at) || jsonAt(document, 'waf.would_block')[0] !== true) return null;
  const one = (path: string): Json | undefined => jsonAt(document, path)[0];
  const rules = objects(jsonAt(document, 'waf.rules'));
  const decision = decisionOf(text(one('event.action')), text(one('rule.id')), text(one('waf.cause')));
  const hits = rules.flatMap((rule) => hitsOf(rule, decision.decider));
  const scores = {
    inbound: number(one('waf.scores.blocking_inbound_anomaly_score')),
    outbound: number(one('waf.scores.blocking_outbound_anomaly_score')),
  };
  const flood = number(one('waf.flood.count'));
  return {
    id,
    at,
    source: text(one('source.ip')),
    method: text(one('http.request.method')),
    path: text(one('url.path')),
    policy: text(one('waf.policy')),
    denied: jsonAt(document, 'event.type').includes('denied'),
    ...decision,
    scores,
    thresholds: {
      inbound: number(one('waf.scores.inbound_anomaly_score_threshold')) || 5,
      outbound: number(one('waf.scores.outbound_anomaly_score_threshold')) || 4,
    },
    hits,
    exact: decision.because === 'score' && flood === 0 && addsUp(rules, hits, scores),
    weight: 1 + flood,
  };
}

const objects = (values: readonly Json[]): readonly Document[] =>
  values.filter((value): value is Document => typeof value === 'object' && value !== null);

function decisionOf(action: string, rule: string, cause: string): Pick<BlockedEvent, 'because' | 'decider'> {
  if (action === 'uninspectable') return { because: 'uninspectable', decider: cause };
  if (rule === '') return { because: 'other', decider: cause };
  return DECIDING.test(rule) ? { because: 'score', decider: '' } : { because: 'rule', decider: rule };
}

function hitsOf(rule: Document, decider: string): readonly Hit[] {
  const id = text(rule.id);
  const [tag] = jsonAt(rule, 'tags').filter((each) => typeof each === 'string' && FAMILY.test(each));
  const family = typeof tag === 'string' ? tag.slice('attack-'.length) : null;
  const side = number(rule.phase) > 2 ? 'outbound' : 'inbound';
  return objects(jsonAt(rule, 'targets')).flatMap((each): readonly Hit[] => {
    const score = number(each.score);
    if (score <= 0 && id !== decider) return [];
    const { shown, excludable } = excludableTarget(text(each.variable));
    const message = text(rule.message);
    return [{ rule: id, message, target: shown, excludable, score, side, family, value: text(each.value) }];
  });
}

/** `attack-protocol` is no family of its own: what is malformed comes with attacks and with old clients. */
const FAMILY = /^attack-(?!protocol$|generic$|reputation)/;

/** Every matched target is listed, and their scores are the sums that decided. */
function addsUp(rules: readonly Document[], hits: readonly Hit[], scores: BlockedEvent['scores']): boolean {
  if (rules.some((rule) => number(rule.targets_left_out) > 0)) return false;
  return (['inbound', 'outbound'] as const).every(
    (side) =>
      hits.filter((hit) => hit.side === side).reduce((sum, { score }) => sum + score, 0) === scores[side],
  );
}
