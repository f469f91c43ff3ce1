import { describe, expect, it } from 'vitest';
import { type CheckObservation, Metrics } from '../src/metrics.ts';
import { OTHER_RULES, RULE_LABELS_MAX, RuleLabels } from '../src/rule-labels.ts';

const CLEAN: CheckObservation = {
  policy: 'shop',
  verdict: 'allow',
  mode: 'Block',
  action: 'allow',
  wouldBlock: false,
  durationSeconds: 0.001,
  bodyBytes: 0,
  bodyComplete: true,
  cause: null,
  rules: [],
  score: 0,
};

async function scraped(...observations: readonly CheckObservation[]): Promise<string> {
  const metrics = new Metrics(() => 0);
  for (const observation of observations) metrics.observeCheck(observation);
  return metrics.registry.metrics();
}

describe('what a request counts as', () => {
  it.each<[string, Partial<CheckObservation>]>([
    ['pass', {}],
    ['block', { verdict: 'deny', action: 'deny' }],
    ['block', { verdict: 'uninspectable', action: 'deny', cause: 'body_size' }],
    ['detect', { verdict: 'deny', mode: 'Detect', wouldBlock: true }],
    ['error', { verdict: 'uninspectable', cause: 'deadline' }],
  ])('%s', async (outcome, given) => {
    const text = await scraped({ ...CLEAN, ...given });
    expect(text).toMatch(
      new RegExp(`^sluice_requests_total\\{policy="shop",outcome="${outcome}",.*\\} 1$`, 'm'),
    );
  });

  it('with the rules that matched, and by its score', async () => {
    const hit = { ...CLEAN, verdict: 'deny', action: 'deny', rules: [942_100, 949_110], score: 5 } as const;
    const text = await scraped(hit, hit, { ...CLEAN, score: null });
    expect(text).toContain('sluice_rule_hits_total{rule_id="942100",outcome="block"} 2');
    expect(text).toContain('sluice_rule_hits_total{rule_id="949110",outcome="block"} 2');
    expect(text).toContain('sluice_request_anomaly_score_bucket{le="0",policy="shop"} 0');
    expect(text).toContain('sluice_request_anomaly_score_bucket{le="5",policy="shop"} 2');
    expect(text).toContain('sluice_request_anomaly_score_count{policy="shop"} 2');
  });
});

describe('labels of rules', () => {
  it('are bounded in number, and never change their meaning', () => {
    const labels = new RuleLabels();
    const given = Array.from({ length: RULE_LABELS_MAX + 50 }, (_, index) => labels.labelOf(1_000 + index));
    expect(new Set(given).size).toBe(RULE_LABELS_MAX + 1);
    expect(given.at(-1)).toBe(OTHER_RULES);
    expect(labels.labelOf(1_000)).toBe('1000');
  });
});
