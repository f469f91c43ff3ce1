/** The scores of an event. */
import type { TxCollection } from '../variables/tx-collection.ts';

/** Where the CRS keeps its scores; those at 0 say nothing, but for what decides. */
const DECIDING_SCORES: readonly string[] = [
  'blocking_inbound_anomaly_score',
  'blocking_outbound_anomaly_score',
  'inbound_anomaly_score_threshold',
  'outbound_anomaly_score_threshold',
];

const SCORES: readonly string[] = [
  ...DECIDING_SCORES,
  'detection_inbound_anomaly_score',
  'detection_outbound_anomaly_score',
  'sql_injection_score',
  'xss_score',
  'rce_score',
  'lfi_score',
  'rfi_score',
  'php_injection_score',
  'http_violation_score',
  'session_fixation_score',
  // CRS 3.
  'anomaly_score',
  'outbound_anomaly_score',
];

export function scoresOf(tx: Pick<TxCollection, 'get'>): Readonly<Record<string, number>> {
  const scores: Record<string, number> = {};
  for (const name of SCORES) {
    const value = tx.get(name);
    if (value === undefined) continue;
    const score = Number.parseInt(value, 10) || 0;
    if (score !== 0 || DECIDING_SCORES.includes(name)) scores[name] = score;
  }
  return scores;
}
