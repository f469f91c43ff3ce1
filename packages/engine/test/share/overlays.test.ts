/** A policy on a shared base is judged as if all its rules had been compiled for it alone. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Engine, overlayFor, type PolicyOverlay, type RuleSet, type RuleSource } from '../../src/index.ts';
import { noPrefilter } from '../../src/prefilter/prefilter.ts';
import { attributesOf } from '../core/support.ts';
import { crsDirectory, crsPayloads } from '../patterns-helpers.ts';

const POLICIES = 6;
const PAYLOAD_STEP = 40;

const own = resolve(import.meta.dirname, '../../../../rules/sluice.conf');
const paths = existsSync(crsDirectory)
  ? [
      own,
      join(crsDirectory, 'rules/@crs-setup.conf.example'),
      ...globSync(join(crsDirectory, 'rules/@owasp_crs/*.conf')).sort(),
    ]
  : [];

/** What a policy puts in front: exclusions at a request, and rules of its own. */
const beforeOf = (i: number): string => `
SecRule REQUEST_URI "@beginsWith /api${i}" "id:${10_000 + i},phase:1,pass,nolog,ctl:ruleRemoveById=942100-94${2 + (i % 3)}999"
SecRule ARGS_NAMES "@rx ^skip${i}$" "id:${10_100 + i},phase:1,pass,nolog,ctl:ruleRemoveTargetByTag=attack-xss;ARGS:skip${i}"
SecRule ARGS "@rx (?i)tenant${i}[a-f]+\\d{2}" "id:${10_200 + i},phase:2,deny,status:4${10 + i},capture,msg:'%{tx.0}'"`;

/** What it puts behind: exclusions for good, and twenty rules. */
const afterOf = (i: number): string => `
SecRuleRemoveById ${920_270 + 10 * (i % 3)} 94111${i % 2}
SecRuleRemoveByTag attack-${['rce', 'lfi', 'sqli'][i % 3]}
SecRuleUpdateTargetById 941100 "!ARGS:a|!REQUEST_COOKIES:/c${i}/"
SecRuleUpdateActionById 930100 "severity:'NOTICE'"
${Array.from({ length: 20 }, (_, n) => `SecRule ARGS|REQUEST_URI "@rx ${['select', 'etc', 'script', 'exec'][(n + i) % 4]}.{0,${n}}${n}" "id:${20_000 + 100 * i + n},phase:2,pass,setvar:'tx.inbound_anomaly_score_pl1=+1'"`).join('\n')}`;

const policyOf = (i: number): PolicyOverlay => ({
  name: `policy-${i}`,
  mode: 'Block',
  paranoia: 1 + (i % 2),
  inboundThreshold: 3 + 2 * i,
});

/** Verdict, rules and scores of a request. */
function outcome(engine: Engine, ruleSet: RuleSet, uri: string): unknown {
  const transaction = engine.transaction(ruleSet, attributesOf({ uri }));
  transaction.requestHeaders();
  const verdict = transaction.requestEnd();
  const result = transaction.finish();
  const ids = result.matches.map(({ rule }) => rule.data.id);
  return { verdict, ids, tx: result.state.tx.list().map(({ lowerKey, value }) => `${lowerKey}=${value}`) };
}

// The rule set is not on every machine; without it there is nothing to compare.
describe.skipIf(paths.length === 0)('overlays on one base of the CRS', () => {
  const sources: readonly RuleSource[] = paths.map((path) => ({ path, text: readFileSync(path, 'latin1') }));
  const text = (name: string, rules: string): RuleSource => ({ path: join(tmpdir(), name), text: rules });

  it('judge as rule sets that were compiled alone', () => {
    const engine = new Engine({ cacheDirectory: null });
    // No prefilter for the base: what it may rule out is held to the reference evaluation elsewhere.
    const base = { program: engine.compile(sources), prefilter: noPrefilter() };
    const uris = crsPayloads()
      .filter((_, i) => i % PAYLOAD_STEP === 0)
      .flatMap((payload, i) => {
        const value = encodeURIComponent(payload);
        return [
          `/api${i % POLICIES}?a=${value}`,
          `/?skip${i % POLICIES}=${value}&b=tenant${i % POLICIES}abc42`,
        ];
      });
    expect(uris.length).toBeGreaterThan(100);
    // All at once, so that what one policy changes would show in another.
    const sets = Array.from({ length: POLICIES }, (_, i) => {
      const before = [engine.loadRules([text('before.conf', beforeOf(i))])];
      const after = [engine.loadRules([text('after.conf', afterOf(i))])];
      return engine.ruleSet(base, overlayFor({ ...policyOf(i), before, after }));
    });
    const kinds = new Set<string>();
    for (const [i, shared] of sets.entries()) {
      const alone = new Engine({ cacheDirectory: null });
      const program = alone.compile([
        text('before.conf', beforeOf(i)),
        ...sources,
        text('after.conf', afterOf(i)),
      ]);
      const prefilter = noPrefilter();
      const single = alone.ruleSet({ program, prefilter }, overlayFor(policyOf(i)));
      for (const uri of uris) {
        const expected = outcome(alone, single, uri);
        expect({ i, uri, ...Object(outcome(engine, shared, uri)) }).toEqual({ i, uri, ...Object(expected) });
        kinds.add(JSON.stringify(Object(expected).verdict));
      }
    }
    // Policies differ, or nothing was shown.
    expect(kinds.size).toBeGreaterThan(POLICIES);
  }, 240_000);
});
