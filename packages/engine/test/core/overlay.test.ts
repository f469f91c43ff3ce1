import { describe, expect, it } from 'vitest';
import { overlayFor } from '../../src/link/overlay.ts';
import { overlayWarnings } from '../../src/link/overlay-warnings.ts';
import { engine, judge, run } from './support.ts';

/** The skeleton of the CRS: set-up, defaults, a level that is skipped, scores and their judging. */
const BASE = `
SecRule &TX:blocking_paranoia_level "@eq 0" "id:901120,phase:1,pass,nolog,setvar:'tx.blocking_paranoia_level=1'"
SecRule &TX:inbound_anomaly_score_threshold "@eq 0" "id:901100,phase:1,pass,nolog,setvar:'tx.inbound_anomaly_score_threshold=5'"
SecAction "id:901200,phase:1,pass,nolog,setvar:'tx.score=0'"
SecRule ARGS "@contains first" "id:942100,phase:1,pass,tag:'paranoia-level/1',setvar:'tx.score=+3'"
SecRule TX:blocking_paranoia_level "@lt 2" "id:942013,phase:1,pass,nolog,skipAfter:END"
SecRule ARGS "@contains second" "id:942200,phase:1,pass,tag:'paranoia-level/2',setvar:'tx.score=+3'"
SecMarker END
SecRule TX:score "@ge %{tx.inbound_anomaly_score_threshold}" "id:949110,phase:2,deny,msg:'%{tx.score}'"
`;
const base = engine.loadRules([{ path: 'base.conf', text: BASE }]);
const ATTACK = { uri: '/?a=first+second' };
const under = (policy: Partial<Parameters<typeof overlayFor>[0]>) =>
  judge(engine.ruleSet(base, overlayFor({ name: 'x', mode: 'Block', ...policy })), ATTACK);

describe('two overlays on one base', () => {
  it('judge the same request differently by their levels and thresholds', () => {
    expect(under({}).verdict.kind).toBe('allow');
    expect(under({ paranoia: 2 }).verdict.kind).toBe('deny');
    expect(under({ paranoia: 2, inboundThreshold: 7 }).verdict.kind).toBe('allow');
    expect(under({ inboundThreshold: 3 }).verdict).toMatchObject({ kind: 'deny', ruleId: 949110 });
  });

  it('know nothing of each other', () => {
    under({ paranoia: 4, inboundThreshold: 1 });
    expect(under({}).tx).toMatchObject({
      blocking_paranoia_level: '1',
      inbound_anomaly_score_threshold: '5',
    });
  });
});

describe('what a policy pins', () => {
  const SET = `SecAction "id:1,phase:1,pass,setvar:'tx.Blocking_Paranoia_Level=4',setvar:tx.inbound_anomaly_score_threshold=+100,setvar:!tx.outbound_anomaly_score_threshold"`;
  const file = engine.loadRules([{ path: 'shop.conf', text: `SecRuleEngine DetectionOnly\n${SET}` }]);
  const policy = { paranoia: 2, inboundThreshold: 3, outboundThreshold: 4 };

  it('has the last word over rules, set, added to or removed', () => {
    const { tx } = under({ ...policy, before: [file] });
    expect(tx).toMatchObject({
      blocking_paranoia_level: '2',
      detection_paranoia_level: '2',
      inbound_anomaly_score_threshold: '3',
      outbound_anomaly_score_threshold: '4',
    });
  });

  it('has the last word over SecRuleEngine; where it says nothing, the file holds', () => {
    expect(under({ before: [file] }).result.mode).toBe('Block');
    expect(under({ mode: null, before: [file] }).result.mode).toBe('Detect');
    expect(under({ mode: null }).result.mode).toBe('Block');
  });

  it('and a file that says otherwise is a warning that names both', () => {
    const warnings = overlayWarnings(
      base,
      overlayFor({ name: 'shop', mode: 'Block', ...policy, before: [file] }),
    );
    expect(warnings).toHaveLength(4);
    expect(warnings[0]).toMatch(/SecRuleEngine DetectionOnly .*shop\.conf.*policy shop .*Block/);
    expect(warnings[1]).toMatch(/tx\.blocking_paranoia_level=4 at shop\.conf:2 .*policy shop says 2/);
  });

  it('gives no warning where the file agrees or sets a default', () => {
    expect(overlayWarnings(base, overlayFor({ name: 'x', mode: 'Block', ...policy }))).toEqual([]);
    const same = engine.loadRules([
      { path: 's.conf', text: 'SecAction "id:1,phase:1,pass,setvar:tx.blocking_paranoia_level=2"' },
    ]);
    expect(
      overlayWarnings(base, overlayFor({ name: 'x', mode: 'Block', ...policy, before: [same] })),
    ).toEqual([]);
  });
});

describe('rules of an overlay', () => {
  const unit = (id: number) =>
    engine.loadRules([{ path: `${id}.conf`, text: `SecAction "id:${id},phase:1,pass"` }]);

  it('run before and after those of the base', () => {
    const { ids } = under({ before: [unit(1)], after: [unit(2)] });
    expect(ids[0]).toBe(1);
    expect(ids.indexOf(2)).toBeGreaterThan(ids.indexOf(942100));
  });

  it('are gated by their own prefilter, at any place', () => {
    const text = (id: number, word: string) =>
      engine.loadRules([{ path: `${id}.conf`, text: `SecRule ARGS "@rx ${word}" "id:${id},phase:1,pass"` }]);
    const { ids } = under({
      before: [text(1, 'first'), text(2, 'absent')],
      after: [text(3, 'absent'), text(4, 'second')],
    });
    expect(ids.filter((id) => id < 10)).toEqual([1, 4]);
  });

  it('skip to markers of the base that follow', () => {
    const skip = engine.loadRules([{ path: 's.conf', text: 'SecAction "id:1,phase:1,pass,skipAfter:END"' }]);
    expect(under({ before: [skip], inboundThreshold: 1 }).ids).toEqual([1]);
  });
});

describe('mode Off', () => {
  it('runs no rule', () => {
    const { verdict, ids } = run('SecAction "id:1,phase:1,deny"', {}, { mode: 'Off' });
    expect(verdict).toEqual({ kind: 'allow' });
    expect(ids).toEqual([]);
  });
});
