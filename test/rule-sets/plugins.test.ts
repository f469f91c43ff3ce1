/**
 * Plugins of CRS 4 in a folder, included as the CRS's documentation has it: set-up, *-config.conf, *-before.conf, the rules,
 * *-after.conf (https://coreruleset.org/docs/concepts/plugins/).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { crsDirectory } from '../../packages/cli/src/setup/paths.ts';
import { overlayFor } from '../../packages/engine/src/index.ts';
import { COMPILE_MILLIS, engine, judge, type Message, policyOf, unitOf, wholeCrs } from './support.ts';

const ATTACK: Message = { uri: '/?q=%3Cscript%3Ealert(1)%3C/script%3E' };

/** The files that the CRS ships in its folder plugins, so that no pattern of an Include finds nothing. */
const EMPTY = { 'empty-config.conf': '#\n', 'empty-before.conf': '#\n', 'empty-after.conf': '#\n' };

/** A plugin of one's own: it counts on a switch of its own, adds to the CRS's score, and reports. */
const CONFIG = `SecRule &TX:shop-plugin_enabled "@eq 0" "id:9599010,phase:1,pass,nolog,setvar:tx.shop-plugin_enabled=1"
SecAction "id:9599011,phase:1,pass,nolog,setvar:tx.shop-plugin_coupon=[A-Z]{4}"
`;
const BEFORE = `SecRule TX:shop-plugin_enabled "@eq 0" "id:9599099,phase:1,pass,nolog,ctl:ruleRemoveById=9599100-9599999"
SecRule REQUEST_FILENAME "@streq /admin" "id:9599100,phase:1,pass,nolog,ctl:ruleRemoveTargetByTag=attack-xss;ARGS:q"
SecRule ARGS:coupon "!@rx ^%{tx.shop-plugin_coupon}$" "id:9599110,phase:2,block,capture,t:none,log,msg:'No coupon',\\
  tag:'OWASP_CRS',severity:'CRITICAL',setvar:'tx.inbound_anomaly_score_pl1=+%{tx.critical_anomaly_score}'"
`;
const AFTER = `SecRule TX:blocking_inbound_anomaly_score "@ge 5" "id:9599500,phase:5,pass,log,msg:'Score %{MATCHED_VAR}'"
SecRuleUpdateTargetById 941100 "!ARGS:html"
`;
const PLUGIN = { 'shop-config.conf': CONFIG, 'shop-before.conf': BEFORE, 'shop-after.conf': AFTER };

/** The rule set of a main file that includes set-up, plugins and rules, with these files among the plugins. */
function withPlugins(files: Readonly<Record<string, string>>, settings = '') {
  const folder = mkdtempSync(join(tmpdir(), 'crs-plugins-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'plugins'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'plugins', name), text);
  const rules = join(crsDirectory(), 'rules');
  const text = `SecRuleEngine On
SecRequestBodyAccess On
Include ${rules}/@crs-setup.conf.example
${settings}
Include plugins/*-config.conf
Include plugins/*-before.conf
Include ${rules}/@owasp_crs/*.conf
Include plugins/*-after.conf
`;
  const unit = unitOf([{ path: join(folder, 'main.conf'), text }]);
  expect(unit.program.warnings).toEqual([]);
  return engine.ruleSet(unit, overlayFor(policyOf()));
}

beforeAll(() => void wholeCrs(), COMPILE_MILLIS);

describe('plugins of the CRS', () => {
  it('may be the empty ones that ship: nothing changes', () => {
    const ruleSet = withPlugins(EMPTY);
    expect(judge(ruleSet)).toMatchObject({ kind: 'allow', logged: [] });
    expect(judge(ruleSet, ATTACK).verdict).toMatchObject({ kind: 'deny', ruleId: 949110 });
  });

  it('are read in the order config, before, rules, after, each by name', () => {
    const mark = (id: number) => `SecAction "id:${id},phase:1,pass,nolog"\n`;
    const { ids } = judge(
      withPlugins({
        'b-config.conf': mark(2),
        'a-config.conf': mark(1),
        'a-before.conf': mark(3),
        'b-before.conf': mark(4),
        'a-after.conf': mark(5),
        ...EMPTY,
      }),
    );
    expect(ids.filter((id) => id < 10 || id === 900990 || id === 901200)).toEqual([
      900990, 1, 2, 3, 4, 901200, 5,
    ]);
  });

  it('add to the score of the CRS, which denies', () => {
    const ruleSet = withPlugins({ ...EMPTY, ...PLUGIN });
    expect(judge(ruleSet, { uri: '/?coupon=ABCD' })).toMatchObject({ kind: 'allow', logged: [] });
    const { verdict, logged, tx } = judge(ruleSet, { uri: '/?coupon=abc' });
    expect(verdict).toMatchObject({ kind: 'deny', ruleId: 949110 });
    expect(logged).toEqual([9599110, 949110, 980170, 9599500]);
    expect(tx.blocking_inbound_anomaly_score).toBe('5');
  });

  it('exclude for a path before the rules, and for all behind them, and nothing more', () => {
    const ruleSet = withPlugins({ ...EMPTY, ...PLUGIN });
    const { uri } = ATTACK;
    expect(judge(ruleSet, { uri: `/admin${uri?.slice(1)}` }).kind).toBe('allow');
    expect(judge(ruleSet, ATTACK).kind).toBe('deny');
    expect(judge(ruleSet, { uri: `/admin?r=${uri?.slice(4)}` }).kind).toBe('deny');
    expect(judge(ruleSet, { uri: `/?html=${uri?.slice(4)}` }).ids).not.toContain(941100);
    expect(judge(ruleSet, { uri: `/?html=${uri?.slice(4)}` }).kind).toBe('deny');
  });

  it('are off by their own switch, their exclusions too', () => {
    const off = 'SecAction "id:1,phase:1,pass,nolog,setvar:tx.shop-plugin_enabled=0"';
    const ruleSet = withPlugins({ ...EMPTY, ...PLUGIN }, off);
    expect(judge(ruleSet, { uri: '/?coupon=abc' })).toMatchObject({ kind: 'allow', logged: [] });
    expect(judge(ruleSet, { uri: `/admin${ATTACK.uri?.slice(1)}` }).kind).toBe('deny');
  });

  it('that set a switch of the CRS in their config win over its default', () => {
    const ruleSet = withPlugins({
      'put-config.conf': `SecAction "id:1,phase:1,pass,nolog,setvar:'tx.allowed_methods=GET POST PUT'"\n`,
      ...EMPTY,
    });
    expect(judge(ruleSet, { method: 'PUT', body: 'a=1' }).kind).toBe('allow');
    expect(judge(ruleSet, { method: 'DELETE' }).ids).toContain(911100);
  });
});
