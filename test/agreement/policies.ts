/** Policies on the CRS: its levels alone, and what teams make of them. */
import type { CrsPolicy } from './crs-run.ts';

const level = (paranoia: number): CrsPolicy => ({
  name: `level ${paranoia}`,
  mode: 'Detect',
  paranoia,
  inboundThreshold: 5,
  outboundThreshold: 4,
});

export const LOW_LEVELS: readonly CrsPolicy[] = [level(1), level(2)];
export const HIGH_LEVELS: readonly CrsPolicy[] = [level(3), level(4)];

export const TEAMS: readonly CrsPolicy[] = [
  { name: 'blocks at level 1', mode: 'Block', paranoia: 1, inboundThreshold: 5 },
  {
    name: 'blocks at level 2, sees level 4',
    mode: 'Block',
    paranoia: 2,
    detectionParanoia: 4,
    inboundThreshold: 7,
  },
  {
    name: 'takes away rules and targets',
    mode: 'Detect',
    paranoia: 4,
    after: `SecRuleRemoveById 942100 920300-920350
SecRuleRemoveByTag attack-rce
SecRuleUpdateTargetById 941100-941390 "!ARGS:a"
SecRuleUpdateTargetByTag attack-sqli "!REQUEST_COOKIES:/^s/"
SecRuleUpdateActionById 930120 "pass,t:none,t:lowercase"`,
  },
  {
    name: 'takes away while a request runs',
    mode: 'Block',
    paranoia: 3,
    inboundThreshold: 10,
    before: `SecRule ARGS_NAMES "@rx ^b$" "id:1001,phase:1,pass,nolog,ctl:ruleRemoveByTag=attack-xss"
SecRule REQUEST_METHOD "@streq POST" "id:1002,phase:1,pass,nolog,ctl:ruleRemoveTargetById=942000-942999;ARGS:a"
SecRule REQUEST_HEADERS:Content-Type "@contains json" "id:1003,phase:1,pass,nolog,ctl:ruleRemoveTargetByTag=attack-lfi;ARGS"
SecRule REQUEST_URI "@endsWith 1" "id:1004,phase:1,pass,nolog,ctl:ruleEngine=DetectionOnly"`,
  },
  {
    name: 'has rules of its own',
    mode: 'Detect',
    paranoia: 2,
    before: `SecRule ARGS "@pm select script passwd" "id:1001,phase:2,pass,log,capture,t:urlDecodeUni,t:lowercase,multiMatch,setvar:tx.inbound_anomaly_score_pl1=+5"`,
    after: `SecRule ARGS|REQUEST_COOKIES|XML:/* "@rx (?i)(union|exec)\\W+(\\w+)" "id:1005,phase:2,deny,status:418,capture,t:none,t:htmlEntityDecode,t:replaceComments,logdata:'%{tx.1} %{tx.2}',chain"
SecRule TX:2 "!@within all distinct" "t:lowercase,setvar:'tx.%{MATCHED_VAR_NAME}=%{MATCHED_VAR}'"
SecRule TX:/^9\\d+-/|TX:BLOCKING_INBOUND_ANOMALY_SCORE "@unconditionalMatch" "id:1006,phase:5,pass,nolog,setvar:tx.seen=+1"`,
  },
];
