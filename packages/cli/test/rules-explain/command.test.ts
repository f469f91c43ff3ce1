import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { register } from '../../src/commands/rules-explain.ts';
import { type RulesExplainFlags, runRulesExplain } from '../../src/rules-explain/command.ts';
import { folderWith, ownCache } from '../inspect/support.ts';
import { rulesCommand } from '../support/parsed-command.ts';

function explain(args: readonly string[]): string {
  const command = rulesCommand(register, 'explain', args);
  const [id] = command.processedArgs as readonly number[];
  let text = '';
  const stdout = { write: (piece: string) => (text += piece) };
  runRulesExplain(id ?? 0, command.opts<RulesExplainFlags>(), { stdout, variables: {} });
  return text;
}

const RULES = `SecAction "id:50,phase:1,pass,nolog,setvar:tx.high=7,setvar:tx.inbound_anomaly_score_pl1=0"
SecRule ARGS:a "@streq 1" "id:49,phase:2,pass,skipAfter:EARLY"
SecMarker EARLY
SecRule REMOTE_ADDR "@ipMatch 10.0.0.0/8" "id:51,phase:2,pass,skipAfter:END"
SecRule ARGS|REQUEST_HEADERS:X-A|!ARGS:/^note/ "@rx (?i)bad(.*)" \\
    "id:52,\\
    phase:2,\\
    deny,status:418,\\
    t:none,t:urlDecodeUni,t:lowercase,\\
    multiMatch,\\
    msg:'Bad %{MATCHED_VAR_NAME}',severity:CRITICAL,tag:'own',\\
    chain"
    SecRule TX:1 "!@streq good" \\
        "t:none,\\
        setvar:'tx.inbound_anomaly_score_pl1=+%{tx.high}'"
SecRuleUpdateTargetById 52 "!ARGS:free"
SecRule REQUEST_URI "@beginsWith /open" "id:53,phase:1,pass,ctl:ruleRemoveTargetById=52;ARGS:q"
SecRule ARGS "@rx (a)\\1" "id:54,phase:2,deny"
SecMarker END
`;

function explainOwn(id: string, ...more: readonly string[]): string {
  ownCache();
  const folder = folderWith({ 'own.conf': RULES });
  return explain([id, '--no-crs', '--rules', join(folder, 'own.conf'), ...more]).replaceAll(folder, 'DIR');
}

describe('sluice rules explain', () => {
  it('says in words what a rule looks for, how it is decided and who has a say', () => {
    expect(explainOwn('52')).toMatchInlineSnapshot(`
      "52  Bad %{MATCHED_VAR_NAME}
        phase 2 (request body), severity critical
        tags: own
        no tests of the CRS

      What it looks for
        First: where a value matches the pattern (?i)bad(.*)
        in arguments of query and body; header fields named X-A
        but not in arguments of query and body whose names match /^note/; arguments of query and body named free
        asked as sent and after each of these:
          t:urlDecodeUni: %XX and %uXXXX are decoded
          t:lowercase: A to Z become a to z
        And: where a value is not good
        in group 1 of what was captured
        as sent, nothing decoded

      What a match does
        It adds %{TX.high}, 7 by default, to tx.inbound_anomaly_score_pl1, for each value that matches.
        It answers with status 418 (deny).
        It is logged.

      How it is decided
        One Hyperscan scan over all values decides whether it is asked at all: its pattern is slot 3.
        link 1: RE2 has the last word, in linear time.
        link 2: The engine compares by itself.

      What else decides whether it runs
        own.conf:4: rule 51 skips to END where REMOTE_ADDR @ipMatch 10.0.0.0/8
        own.conf:16: changes what it looks at or does: SecRuleUpdateTargetById 52 !ARGS:free
        own.conf:17: rule 53 changes what it looks at or does (ctl:ruleRemoveTargetById=52) where REQUEST_URI @beginsWith /open

      Source
        DIR/own.conf:5
        SecRule ARGS|REQUEST_HEADERS:X-A|!ARGS:/^note/ "@rx (?i)bad(.*)" \\
            "id:52,\\
            phase:2,\\
            deny,status:418,\\
            t:none,t:urlDecodeUni,t:lowercase,\\
            multiMatch,\\
            msg:'Bad %{MATCHED_VAR_NAME}',severity:CRITICAL,tag:'own',\\
            chain"
            SecRule TX:1 "!@streq good" \\
                "t:none,\\
                setvar:'tx.inbound_anomaly_score_pl1=+%{tx.high}'"
      "
    `);
  });

  it('takes an assignment for no score', () => {
    expect(JSON.parse(explainOwn('50', '--json'))).toMatchObject({ scores: [] });
  });

  it('says why a rule is always asked, and why PCRE2 decides it', () => {
    const text = explainOwn('54');
    expect(text).toMatch(/Each request asks it: .*back-reference/);
    expect(text).toMatch(/PCRE2 has the last word.*back-reference/);
  });

  it('gives the facts as data', () => {
    expect(JSON.parse(explainOwn('52', '--json'))).toMatchObject({
      id: 52,
      phase: 2,
      scores: [{ variable: 'tx.inbound_anomaly_score_pl1', text: '%{TX.high}', value: 7 }],
      decision: { slot: expect.any(Number), ungated: null, links: [{ decider: 'RE2' }, { decider: 'own' }] },
      skippedBy: [{ id: 51, marker: 'END' }],
      changedBy: [{ what: 'SecRuleUpdateTargetById' }, { what: 'ctl:ruleRemoveTargetById', rule: 53 }],
      tests: null,
    });
  });

  it('names the nearest rules where there is none of the id', () => {
    expect(() => explainOwn('55')).toThrow(
      expect.objectContaining({ code: 'UNKNOWN_RULE', remedy: expect.stringMatching(/54, 53, 52, 51, 50/) }),
    );
    expect(() => explain(['9421x'])).toThrow(/whole number/);
  });
});

/** Patterns are compiled once on a machine, and kept. */
const COMPILING_MILLIS_MAX = 300_000;

describe('sluice rules explain with the CRS', () => {
  beforeAll(() => void explain(['942100']), COMPILING_MILLIS_MAX);

  it.each([
    ['942100', 'libinjection has the last word', '14 tests of the CRS in '],
    ['932236', '5 by default', 'RE2 has the last word'],
    ['930120', 'An Aho-Corasick automaton finds the words', 'is slot '],
    ['949110', 'It answers with status 403 (deny)', 'its argument has macros'],
    ['920100', 'it is negated', 'RE2 has the last word'],
    ['942380', 'but not in cookies whose names match /^_pk_ref/', 'skips to END-REQUEST-942'],
  ])('explains rule %s of the CRS', (id, ...parts) => {
    const text = explain([id]);
    for (const part of parts) expect(text).toContain(part);
  });
});
