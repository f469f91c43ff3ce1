/**
 * The scores of an event's rules add up to those of the CRS, so that what excluding a rule would change is arithmetic. They do
 * where rules add to a score once they have matched, as all rules of the CRS do. They do not where a rule assigns a score
 * (`setvar:tx.inbound_anomaly_score_pl1=5`), where the head of a chain adds to it and the chain fails, and where a rule that
 * adds to it does not log.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { buildEvent, overlayFor, type RuleSet, type WafEvent } from '../packages/engine/src/index.ts';
import { type CrsRequest, crsRequests, crsUnit, engine, judgeBy } from './crs-events.ts';

const COMPILE_MILLIS = 600_000;
const RUN_MILLIS = 300_000;
/** Of the suite's requests. */
const ONE_IN = 2;
const LEVELS = [1, 2, 3, 4] as const;

const LEAK = {
  attributes: { status: 500, protocol: 'HTTP/1.1', headers: [['Content-Type', 'text/html']] as const },
  body: '<b>You have an error in your SQL syntax; check the manual that corresponds to your MySQL server</b>',
};

let requests: readonly CrsRequest[];
let sets: readonly RuleSet[];

beforeAll(() => {
  const unit = crsUnit();
  requests = crsRequests(ONE_IN);
  const responseBody = { inspect: true };
  sets = LEVELS.map((paranoia) =>
    engine.ruleSet(unit, overlayFor({ name: 'all', mode: 'Detect', paranoia, responseBody })),
  );
}, COMPILE_MILLIS);

/** What rules of these phases have added. */
function added({ waf }: WafEvent, isResponse: boolean): number {
  const rules = waf.rules.filter(({ phase }) => phase > 2 === isResponse);
  return rules.reduce((total, { score }) => total + score, 0);
}

const scoreOf = ({ waf }: WafEvent, name: string): number => waf.scores[name] ?? 0;

describe("the scores of an event's rules", () => {
  it(
    'add up to the score that the CRS decides by, of requests and of responses, at each level',
    () => {
      let [scored, leaked] = [0, 0];
      for (const [index, request] of requests.entries()) {
        const ruleSet = sets[index % sets.length];
        if (ruleSet === undefined) continue;
        const event = buildEvent(judgeBy(ruleSet, request, LEAK));
        const inbound = scoreOf(event, 'blocking_inbound_anomaly_score');
        const outbound = scoreOf(event, 'blocking_outbound_anomaly_score');
        expect([added(event, false), added(event, true)], JSON.stringify(event)).toEqual([inbound, outbound]);
        if (inbound > 0) scored++;
        if (outbound > 0) leaked++;
      }
      expect(scored).toBeGreaterThan(1_000);
      expect(leaked).toBeGreaterThan(100);
    },
    RUN_MILLIS,
  );

  it('count targets that are not listed', () => {
    const attack = Array.from({ length: 120 }, (_, at) => `a${at}=1'+or+1=1--`).join('&');
    const [first] = requests;
    const [ruleSet] = sets;
    if (first === undefined || ruleSet === undefined) throw new RangeError('no requests');
    const attributes = { ...first.attributes, method: 'GET', uri: `/?${attack}` };
    const event = buildEvent(judgeBy(ruleSet, { attributes, body: Buffer.from('') }));
    const rule = event.waf.rules.find(({ id }) => id === '942100');
    expect(rule).toMatchObject({ score: 600, targets_left_out: 20 });
    expect(added(event, false)).toBe(scoreOf(event, 'blocking_inbound_anomaly_score'));
  });
});
