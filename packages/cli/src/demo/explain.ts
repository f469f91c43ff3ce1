/** An event, cut down to what a person asks first: which rules, where, what for text, and how far over the threshold. */
import type { WafEvent } from '@sluice/engine';

export interface ExplainedMatch {
  readonly rule: number;
  readonly message: string;
  readonly variable: string;
  readonly value: string;
  /** What it added to the anomaly score. */
  readonly score: number;
}

export interface Explanation {
  readonly requestId: string;
  readonly wouldBlock: boolean;
  readonly rules: readonly number[];
  /** Anomaly score of the request, and from where on it is blocked. */
  readonly score: number;
  readonly threshold: number;
  readonly matches: readonly ExplainedMatch[];
}

export function explain(event: WafEvent): Explanation {
  const { rules, scores, would_block: wouldBlock } = event.waf;
  return {
    requestId: event.http.request.id,
    wouldBlock,
    rules: rules.map(({ id }) => Number(id)),
    score: scores.blocking_inbound_anomaly_score ?? 0,
    threshold: scores.inbound_anomaly_score_threshold ?? 0,
    matches: rules.flatMap(({ id, message, targets }) =>
      targets.map(({ variable, value, score }) => ({ rule: Number(id), message, variable, value, score })),
    ),
  };
}
