/** CRS 4.25 at each paranoia level: which rules run, and which count. The CRS's own tests are the requests. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseRequest } from '../../packages/cli/src/rules-test/http-parser.ts';
import { loadStages } from '../../packages/cli/src/rules-test/load.ts';
import { buildRequest } from '../../packages/cli/src/rules-test/request.ts';
import type { TestStage } from '../../packages/cli/src/rules-test/stage.ts';
import { crsDirectory } from '../../packages/cli/src/setup/paths.ts';
import { overlayFor, type RuleSet } from '../../packages/engine/src/index.ts';
import { COMPILE_MILLIS, engine, judge, policyOf, wholeCrs } from './support.ts';

const LEVELS = [1, 2, 3, 4] as const;
const ENDPOINT = { address: '192.0.2.1', port: 40_000 };

/** The level of each rule that has one. */
const levels = new Map<number, number>();
/** One request of the suite for each rule of a level, which it matches with the set-up as it ships. */
const samples: { readonly rule: number; readonly level: number; readonly stage: TestStage }[] = [];
const setOf = (paranoia: number, detectionParanoia: number, inboundThreshold?: number): RuleSet =>
  engine.ruleSet(
    wholeCrs(),
    overlayFor(
      policyOf({
        paranoia,
        detectionParanoia,
        ...(inboundThreshold === undefined ? {} : { inboundThreshold }),
      }),
    ),
  );

interface Course {
  readonly ids: readonly number[];
  readonly tx: Readonly<Record<string, number>>;
  readonly kind: string;
  readonly ruleId: number | null;
}

function idsOf(ruleSet: RuleSet, stage: TestStage): Course {
  const parsed = parseRequest(buildRequest(stage.input));
  if (parsed.kind === 'refused') return { ids: [], tx: {}, kind: 'refused', ruleId: null };
  const { method, uri, protocol, headers, body } = parsed.request;
  const request = { id: 'r', method, uri, protocol, headers, client: ENDPOINT, server: ENDPOINT };
  const transaction = engine.transaction(ruleSet, request);
  transaction.requestHeaders();
  transaction.requestBody(body);
  transaction.requestEnd();
  const { verdict, matches, state } = transaction.finish();
  const tx = Object.fromEntries(state.tx.list().map(({ lowerKey, value }) => [lowerKey, Number(value)]));
  return {
    ids: matches.map(({ rule }) => rule.data.id),
    tx,
    kind: verdict.kind,
    ruleId: verdict.kind === 'deny' ? verdict.ruleId : null,
  };
}

beforeAll(() => {
  for (const item of wholeCrs().program.items) {
    if (item.kind === 'marker') continue;
    const tag = item.tags.find((one) => one.startsWith('paranoia-level/'));
    if (tag !== undefined) levels.set(item.id, Number(tag.at(-1)));
  }
  const strictest = setOf(4, 4, 1_000_000);
  for (const stage of loadStages([join(crsDirectory(), 'tests')])) {
    const { expectIds, isolated } = stage.expected;
    const [rule] = expectIds;
    const level = rule === undefined ? undefined : levels.get(rule);
    if (rule === undefined || level === undefined || expectIds.length !== 1 || isolated) continue;
    if (samples.some((sample) => sample.rule === rule)) continue;
    if (idsOf(strictest, stage).ids.includes(rule)) samples.push({ rule, level, stage });
  }
}, COMPILE_MILLIS);

describe('the levels of the CRS', () => {
  it('have requests for most rules, of each level', () => {
    const counts = LEVELS.map((level) => samples.filter((sample) => sample.level === level).length);
    const [one = 0, two = 0, three = 0, four = 0] = counts;
    expect([one > 90, two > 60, three > 20, four > 8]).toEqual([true, true, true, true]);
  });

  it.each(LEVELS)('%i runs its own rules and those of lower levels, and no others', (level) => {
    const ruleSet = setOf(level, level, 1_000_000);
    const wrong: number[] = [];
    for (const { rule, level: own, stage } of samples) {
      const { ids } = idsOf(ruleSet, stage);
      if (ids.includes(rule) !== own <= level) wrong.push(rule);
      wrong.push(...ids.filter((id) => (levels.get(id) ?? 0) > level));
    }
    expect(wrong).toEqual([]);
  });

  it.each([2, 3, 4])(
    'up to %i detected above level 1: the same rules match, and only those of level 1 count',
    (level) => {
      const blocking = setOf(level, level, 1_000_000);
      const detecting = setOf(1, level, 1_000_000);
      const denying = setOf(1, level);
      // What decides by the levels themselves differs: rules that add scores up, and what follows them.
      const ofRules = (ids: readonly number[]) => ids.filter((id) => levels.has(id));
      for (const { rule, stage } of samples) {
        const one = idsOf(blocking, stage);
        const two = idsOf(detecting, stage);
        expect([rule, ofRules(two.ids)]).toEqual([rule, ofRules(one.ids)]);
        if (one.kind === 'refused') continue;
        const scores = LEVELS.map((of) => (of > level ? 0 : (two.tx[`inbound_anomaly_score_pl${of}`] ?? 0)));
        const sum = scores.reduce((total, score) => total + score, 0);
        expect([rule, two.tx.blocking_inbound_anomaly_score]).toEqual([rule, scores[0]]);
        expect([rule, two.tx.detection_inbound_anomaly_score]).toEqual([rule, sum]);
        expect([rule, one.tx.blocking_inbound_anomaly_score]).toEqual([rule, sum]);
        const denied = idsOf(denying, stage).ruleId === 949110;
        expect([rule, denied]).toEqual([rule, (scores[0] ?? 0) >= 5]);
      }
    },
  );

  it('with detection below blocking: each request is refused with 500', () => {
    const { verdict } = judge(setOf(3, 2));
    expect(verdict).toMatchObject({ kind: 'deny', status: 500, ruleId: 901500 });
  });
});
