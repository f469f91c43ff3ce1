/** Every word of the language, one by one, in a namespace that is allowed nothing and in one that is allowed much. */
import {
  ACTIONS,
  CTL_OPTIONS,
  directiveNames,
  OPERATOR_NAMES,
  REFUSED_ACTION_NAMES,
  REFUSED_CTL_OPTIONS,
  REFUSED_DIRECTIVES,
} from '@sluice/engine/anatomy';
import { expect, it } from 'vitest';
import type { Allowances } from '../../packages/controller/src/kinds/objects.ts';
import { house, placeJudge, tenant, verdictOf } from './bench.ts';

const judge = placeJudge();

const outcome = (verdict: ReturnType<typeof verdictOf>): string =>
  verdict.kind === 'ok' ? 'ok' : verdict.reason;

const RULE = 'SecRule ARGS "@streq x" "id:1,phase:2,pass,nolog"\n';

/** What a namespace that is allowed nothing gets for a text, and what the cluster gets for the same. */
type Row = readonly [text: string, tenant: string, cluster: string];

const OK = 'ok';
const PROTECTED = 'ProtectedRule';
const WEAKER = 'WeakerThanAllowed';
const INVALID = 'SecLangInvalid';

/** A setting that only the cluster may make. */
const set = (value: string): Row => [value, WEAKER, OK];

const DIRECTIVES: Readonly<Record<string, readonly Row[]>> = {
  Include: [['Include /etc/passwd', INVALID, INVALID]],
  IncludeOptional: [['IncludeOptional /etc/passwd', INVALID, INVALID]],
  SecAction: [
    ['SecAction "id:1,phase:1,pass,nolog"', OK, OK],
    ['SecAction "id:1,phase:1,allow"', WEAKER, OK],
  ],
  SecArgumentSeparator: [set('SecArgumentSeparator ;')],
  SecArgumentsLimit: [set('SecArgumentsLimit 5')],
  SecAuditEngine: [set('SecAuditEngine Off')],
  SecAuditLog: [set('SecAuditLog /tmp/x')],
  SecAuditLog2: [set('SecAuditLog2 /tmp/x')],
  SecAuditLogDir: [set('SecAuditLogDir /tmp/x')],
  SecAuditLogDirMode: [set('SecAuditLogDirMode 0700')],
  SecAuditLogFileMode: [set('SecAuditLogFileMode 0600')],
  SecAuditLogFormat: [set('SecAuditLogFormat JSON')],
  SecAuditLogParts: [set('SecAuditLogParts A')],
  SecAuditLogPrefix: [set('SecAuditLogPrefix x')],
  SecAuditLogRelevantStatus: [set('SecAuditLogRelevantStatus 4')],
  SecAuditLogStorageDir: [set('SecAuditLogStorageDir /tmp/x')],
  SecAuditLogType: [set('SecAuditLogType Serial')],
  SecCacheTransformations: [set('SecCacheTransformations On')],
  SecChrootDir: [set('SecChrootDir /')],
  SecCollectionGCFrequency: [set('SecCollectionGCFrequency 5')],
  SecCollectionTimeout: [set('SecCollectionTimeout 5')],
  SecComponentSignature: [['SecComponentSignature own', OK, OK]],
  SecConnEngine: [set('SecConnEngine Off')],
  SecContentInjection: [set('SecContentInjection Off')],
  SecCookieFormat: [set('SecCookieFormat 1')],
  SecCookieV0Separator: [set('SecCookieV0Separator ;')],
  SecDataDir: [set('SecDataDir /etc')],
  SecDataset: [['SecDataset words `\na\n`\nSecRule ARGS "@pmFromDataset words" "id:1,phase:2,deny"', OK, OK]],
  SecDebugLog: [set('SecDebugLog /tmp/x')],
  SecDebugLogLevel: [set('SecDebugLogLevel 9')],
  SecDefaultAction: [
    ['SecDefaultAction "phase:2,deny,log"', OK, OK],
    ['SecDefaultAction "phase:2,allow,log"', WEAKER, OK],
  ],
  SecDisableBackendCompression: [set('SecDisableBackendCompression Off')],
  SecGeoLookupDb: [['SecGeoLookupDb /etc/passwd', WEAKER, WEAKER]],
  SecHashEngine: [set('SecHashEngine Off')],
  SecIgnoreRuleCompilationErrors: [set('SecIgnoreRuleCompilationErrors Off')],
  SecInterceptOnError: [set('SecInterceptOnError Off')],
  SecMarker: [
    ['SecMarker OWN', OK, OK],
    ['SecMarker END-REQUEST-942-APPLICATION-ATTACK-SQLI', PROTECTED, OK],
  ],
  SecParseXmlIntoArgs: [set('SecParseXmlIntoArgs Off')],
  SecPcreMatchLimit: [set('SecPcreMatchLimit 1')],
  SecPcreMatchLimitRecursion: [set('SecPcreMatchLimitRecursion 1')],
  SecRemoteRulesFailAction: [set('SecRemoteRulesFailAction Warn')],
  SecRequestBodyAccess: [set('SecRequestBodyAccess Off')],
  SecRequestBodyInMemoryLimit: [set('SecRequestBodyInMemoryLimit 1')],
  SecRequestBodyJsonDepthLimit: [set('SecRequestBodyJsonDepthLimit 1')],
  SecRequestBodyLimit: [set('SecRequestBodyLimit 1')],
  SecRequestBodyLimitAction: [set('SecRequestBodyLimitAction ProcessPartial')],
  SecRequestBodyNoFilesLimit: [set('SecRequestBodyNoFilesLimit 1')],
  SecResponseBodyAccess: [set('SecResponseBodyAccess Off')],
  SecResponseBodyJsonDepthLimit: [set('SecResponseBodyJsonDepthLimit 1')],
  SecResponseBodyLimit: [set('SecResponseBodyLimit 1')],
  SecResponseBodyLimitAction: [set('SecResponseBodyLimitAction ProcessPartial')],
  SecResponseBodyMimeType: [set('SecResponseBodyMimeType text/x')],
  SecResponseBodyMimeTypesClear: [set('SecResponseBodyMimeTypesClear')],
  SecRule: [
    [RULE, OK, OK],
    ['SecRule ARGS "@streq x" "id:942999,phase:2,deny"', PROTECTED, OK],
    ['SecRule ARGS "@streq x" "id:90000007,phase:2,deny"', PROTECTED, PROTECTED],
    ['SecRule ARGS "@streq x" "id:599010,phase:2,deny"', PROTECTED, OK],
    ['SecRule ARGS "@streq x" "id:9500001,phase:2,deny"', PROTECTED, OK],
    ['SecRule ARGS "@streq x" "id:2,phase:2,deny,chain"', INVALID, INVALID],
  ],
  SecRuleEngine: [set('SecRuleEngine Off')],
  SecRuleInheritance: [set('SecRuleInheritance On')],
  SecRulePerfTime: [set('SecRulePerfTime 1')],
  SecRuleRemoveById: [
    ['SecRuleRemoveById 942100', PROTECTED, OK],
    ['SecRuleRemoveById 1-999999', PROTECTED, OK],
    ['SecRuleRemoveById "5, 949110"', PROTECTED, OK],
    [`${RULE}SecRuleRemoveById 1`, OK, OK],
  ],
  SecRuleRemoveByMsg: [
    ['SecRuleRemoveByMsg "libinjection"', PROTECTED, OK],
    ['SecRuleRemoveByMsg "^$"', PROTECTED, OK],
    ['SecRuleRemoveByMsg "no such message anywhere"', OK, OK],
  ],
  SecRuleRemoveByTag: [
    ['SecRuleRemoveByTag attack-sqli', PROTECTED, OK],
    ['SecRuleRemoveByTag "."', PROTECTED, OK],
    ['SecRuleRemoveByTag "anomaly-evaluation|x"', PROTECTED, OK],
    ['SecRuleRemoveByTag no-such-tag', OK, OK],
  ],
  SecRuleUpdateActionById: [
    // What it does anyway: the CRS blocks by score.
    ['SecRuleUpdateActionById 942100 "pass"', OK, OK],
    ['SecRuleUpdateActionById 942100 "deny,status:403"', OK, OK],
    ['SecRuleUpdateActionById 942100 "t:none"', PROTECTED, OK],
    ['SecRuleUpdateActionById 942100 "nolog"', PROTECTED, OK],
    ['SecRuleUpdateActionById 942100 "tag:mine"', PROTECTED, OK],
    ['SecRuleUpdateActionById 942100 "allow"', WEAKER, OK],
    ['SecRuleUpdateActionById 942100 "ctl:ruleEngine=Off"', WEAKER, OK],
    ['SecRuleUpdateActionById 942100 "skipAfter:END-REQUEST-949-BLOCKING-EVALUATION"', WEAKER, OK],
    ['SecRuleUpdateActionById 949110 "pass"', PROTECTED, OK],
  ],
  SecRuleUpdateTargetById: [
    ['SecRuleUpdateTargetById 942100 "!ARGS:q"', PROTECTED, OK],
    ['SecRuleUpdateTargetById 942100 "REQUEST_HEADERS:X-Q"', OK, OK],
    ['SecRuleUpdateTargetById 942100 "REQUEST_HEADERS:X-Q" "ARGS"', PROTECTED, OK],
    // One more value that is below 1, and a whole family of rules is skipped.
    ['SecRuleUpdateTargetById 942011 "REQUEST_HEADERS:Host"', PROTECTED, OK],
    ['SecRuleUpdateTargetById 949110 "!TX:BLOCKING_INBOUND_ANOMALY_SCORE"', PROTECTED, OK],
  ],
  SecRuleUpdateTargetByMsg: [['SecRuleUpdateTargetByMsg "libinjection" "!ARGS:q"', PROTECTED, OK]],
  SecRuleUpdateTargetByTag: [
    ['SecRuleUpdateTargetByTag "attack-sqli" "!ARGS:q"', PROTECTED, OK],
    ['SecRuleUpdateTargetByTag "." "!REQUEST_COOKIES"', PROTECTED, OK],
  ],
  SecRxPreFilter: [set('SecRxPreFilter Off')],
  SecSensorId: [set('SecSensorId x')],
  SecServerSignature: [set('SecServerSignature x')],
  SecStatusEngine: [set('SecStatusEngine Off')],
  SecStreamInBodyInspection: [set('SecStreamInBodyInspection Off')],
  SecStreamOutBodyInspection: [set('SecStreamOutBodyInspection Off')],
  SecTmpDir: [set('SecTmpDir /tmp')],
  SecTmpSaveUploadedFiles: [set('SecTmpSaveUploadedFiles Off')],
  SecUnicodeCodePage: [set('SecUnicodeCodePage 20127')],
  SecUnicodeMapFile: [['SecUnicodeMapFile unicode.mapping 20127', WEAKER, WEAKER]],
  SecUploadDir: [set('SecUploadDir /tmp')],
  SecUploadFileLimit: [set('SecUploadFileLimit 1')],
  SecUploadFileMode: [set('SecUploadFileMode 0600')],
  SecUploadKeepFiles: [set('SecUploadKeepFiles Off')],
  SecWebAppId: [set('SecWebAppId x')],
  SecXmlExternalEntity: [set('SecXmlExternalEntity Off')],
};

const withAction = (action: string, before = ''): string =>
  `${before}SecRule ARGS "@streq x" "id:1,phase:2,pass,nolog,${action}"\n`;

const ctl = (said: string, forTenant: string): Row => [withAction(`ctl:${said}`), forTenant, OK];

const CTL: Readonly<Record<string, readonly Row[]>> = {
  auditEngine: [ctl('auditEngine=Off', WEAKER), ctl('auditEngine=On', OK)],
  auditLogParts: [ctl('auditLogParts=-A', WEAKER)],
  debugLogLevel: [ctl('debugLogLevel=9', WEAKER)],
  forceRequestBodyVariable: [
    ctl('forceRequestBodyVariable=Off', WEAKER),
    ctl('forceRequestBodyVariable=On', WEAKER),
  ],
  forceResponseBodyVariable: [ctl('forceResponseBodyVariable=Off', WEAKER)],
  parseXmlIntoArgs: [
    ctl('parseXmlIntoArgs=Off', WEAKER),
    ctl('parseXmlIntoArgs=OnlyArgs', WEAKER),
    ctl('parseXmlIntoArgs=On', OK),
  ],
  requestBodyAccess: [ctl('requestBodyAccess=Off', WEAKER), ctl('requestBodyAccess=On', OK)],
  requestBodyLimit: [ctl('requestBodyLimit=1', WEAKER)],
  requestBodyProcessor: ['URLENCODED', 'MULTIPART', 'JSON', 'XML', 'RAW'].map((name) =>
    ctl(`requestBodyProcessor=${name}`, WEAKER),
  ),
  responseBodyAccess: [ctl('responseBodyAccess=Off', WEAKER), ctl('responseBodyAccess=On', OK)],
  responseBodyLimit: [ctl('responseBodyLimit=1', WEAKER)],
  responseBodyProcessor: [ctl('responseBodyProcessor=JSON', WEAKER)],
  ruleEngine: [
    ctl('ruleEngine=Off', WEAKER),
    ctl('ruleEngine=DetectionOnly', WEAKER),
    ctl('ruleEngine=On', OK),
  ],
  ruleRemoveById: [
    ctl('ruleRemoveById=942100', PROTECTED),
    ctl('ruleRemoveById=900000-999999', PROTECTED),
    ctl('ruleRemoveById=949110', PROTECTED),
    ctl('ruleRemoveById=1', OK),
  ],
  ruleRemoveByMsg: [
    ctl('ruleRemoveByMsg=libinjection', PROTECTED),
    ctl('ruleRemoveByMsg=no-such-message', OK),
  ],
  ruleRemoveByTag: [
    ctl('ruleRemoveByTag=attack-sqli', PROTECTED),
    ctl('ruleRemoveByTag=.*', PROTECTED),
    ctl('ruleRemoveByTag=no-such-tag', OK),
  ],
  ruleRemoveTargetById: [
    ctl('ruleRemoveTargetById=942100;ARGS:q', PROTECTED),
    ctl('ruleRemoveTargetById=949110;TX', PROTECTED),
    ctl('ruleRemoveTargetById=1;ARGS:q', OK),
  ],
  ruleRemoveTargetByMsg: [ctl('ruleRemoveTargetByMsg=libinjection;ARGS:q', PROTECTED)],
  ruleRemoveTargetByTag: [ctl('ruleRemoveTargetByTag=attack-sqli;ARGS:q', PROTECTED)],
};

const own = (action: string): Row => [withAction(action), OK, OK];
const setvar = (said: string, forTenant: string): Row => [withAction(`setvar:'${said}'`), forTenant, OK];

const ACTION_ROWS: Readonly<Record<string, readonly Row[]>> = {
  accuracy: [own('accuracy:1')],
  id: [['SecRule ARGS x "id:900001"', PROTECTED, OK]],
  maturity: [own('maturity:1')],
  msg: [own("msg:'x'")],
  phase: [own('phase:1')],
  rev: [own('rev:1')],
  severity: [own('severity:CRITICAL')],
  tag: [own('tag:own'), [withAction('tag:sluice/policy'), PROTECTED, OK]],
  ver: [own('ver:1')],
  allow: ['allow', 'allow:phase', 'allow:request'].map((action) => [withAction(action), WEAKER, OK]),
  block: [own('block')],
  deny: [own('deny')],
  drop: [own('drop')],
  pass: [own('pass')],
  redirect: [own('redirect:https://example.com/')],
  status: [own('deny,status:404')],
  chain: [[`${withAction('chain')}SecRule ARGS x ""`, OK, OK]],
  // One rule of one's own in between that is removed, and it skips one of the CRS.
  skip: [[`${withAction('skip:1')}SecAction "id:2,phase:2,pass"`, WEAKER, OK]],
  skipAfter: [
    [`${withAction('skipAfter:OWN')}SecMarker OWN`, OK, OK],
    [withAction('skipAfter:END-REQUEST-942-APPLICATION-ATTACK-SQLI'), WEAKER, OK],
    [`SecMarker OWN\n${withAction('skipAfter:OWN')}`, WEAKER, INVALID],
  ],
  auditlog: [own('auditlog')],
  capture: [own('capture')],
  ctl: [own('ctl:ruleEngine=On')],
  deprecatevar: [[withAction('deprecatevar:ip.x=1/60'), OK, OK]],
  expirevar: [[withAction('expirevar:ip.x=60'), OK, OK]],
  initcol: [
    [withAction('initcol:ip=shop/%{REMOTE_ADDR}'), OK, OK],
    [withAction('initcol:ip=%{REMOTE_ADDR}'), WEAKER, OK],
    [withAction('initcol:global=other/x'), WEAKER, OK],
  ],
  log: [own('log')],
  logdata: [own('logdata:x')],
  multiMatch: [own('multiMatch')],
  noauditlog: [own('noauditlog')],
  nolog: [own('nolog')],
  sanitiseArg: [own('sanitiseArg:x')],
  sanitiseMatched: [own('sanitiseMatched')],
  sanitiseMatchedBytes: [own('sanitiseMatchedBytes')],
  sanitiseRequestHeader: [own('sanitiseRequestHeader:x')],
  sanitiseResponseHeader: [own('sanitiseResponseHeader:x')],
  setenv: [own('setenv:x=1')],
  setrsc: [
    [withAction('setrsc:shop/x'), OK, OK],
    [withAction('setrsc:x'), WEAKER, OK],
  ],
  setsid: [
    [withAction('setsid:shop/%{REQUEST_COOKIES.sid}'), OK, OK],
    [withAction('setsid:%{REQUEST_COOKIES.sid}'), WEAKER, OK],
  ],
  setuid: [
    [withAction('setuid:shop/x'), OK, OK],
    [withAction('setuid:x'), WEAKER, OK],
  ],
  setvar: [
    setvar('tx.shop_seen=1', OK),
    setvar('tx.inbound_anomaly_score_pl1=+5', OK),
    setvar('tx.inbound_anomaly_score_pl1=+%{tx.critical_anomaly_score}', OK),
    setvar('tx.sql_injection_score=+5', OK),
    setvar('tx.inbound_anomaly_score_pl1=+-5', PROTECTED),
    setvar('tx.inbound_anomaly_score_pl1=+%{ARGS.x}', PROTECTED),
    setvar('tx.inbound_anomaly_score_pl1=-5', PROTECTED),
    setvar('tx.inbound_anomaly_score_pl1=0', PROTECTED),
    setvar('!tx.inbound_anomaly_score_pl1', PROTECTED),
    setvar('TX.Inbound_Anomaly_Score_PL1=0', PROTECTED),
    setvar('tx.%{ARGS.x}=0', WEAKER),
    setvar('tx.inbound_%{ARGS.x}=0', WEAKER),
    ...[
      'blocking_inbound_anomaly_score',
      'detection_inbound_anomaly_score',
      'sql_injection_score',
      'blocking_paranoia_level',
      'detection_paranoia_level',
      'inbound_anomaly_score_threshold',
      'outbound_anomaly_score_threshold',
      'critical_anomaly_score',
      'notice_anomaly_score',
      'early_blocking',
      'crs_setup_version',
      'sampling_percentage',
      'reporting_level',
      'enforce_bodyproc_urlencoded',
      'enable_default_collections',
      'crs_validate_utf8_encoding',
      'crs_skip_response_analysis',
      'allowed_methods',
      'allowed_request_content_type',
      'restricted_extensions',
      'restricted_headers_basic',
      'max_num_args',
      'arg_length',
      'header_name_920450_x',
      'HEADER_NAME_920450_X',
      'paramcounter_x',
      '1',
    ].map((name) => setvar(`tx.${name}=0`, PROTECTED)),
  ],
  t: [own('t:lowercase')],
  xmlns: [own('xmlns:a=urn:a')],
};

/** Operators that read files nobody may use; all others are everybody's. */
const READING = ['ipMatchFromFile', 'pmFromFile', 'validateSchema'];

it('names every directive, ctl, action and operator that the engine knows', () => {
  const sorted = (names: Iterable<string>): readonly string[] => [...names].sort();
  expect(sorted(Object.keys(DIRECTIVES))).toEqual(sorted(directiveNames()));
  expect(sorted(Object.keys(CTL))).toEqual(sorted(CTL_OPTIONS));
  expect(sorted(Object.keys(ACTION_ROWS))).toEqual(sorted(ACTIONS.keys()));
  expect(OPERATOR_NAMES).toEqual(expect.arrayContaining(READING));
});

const ROWS = [DIRECTIVES, CTL, ACTION_ROWS].flatMap((table) => Object.values(table).flat());

it.each(ROWS)('%s ─▶ in a namespace %s, in the cluster’s own %s', (text, forTenant, forCluster) => {
  expect(outcome(verdictOf(judge, [tenant({ before: text })]))).toBe(forTenant);
  expect(outcome(verdictOf(judge, [house({ before: text })]))).toBe(forCluster);
});

it.each([
  ...[...REFUSED_DIRECTIVES.values()].map(({ name }) => `${name} x`),
  ...REFUSED_ACTION_NAMES.map((name) => withAction(`${name}:x`)),
  ...REFUSED_CTL_OPTIONS.map((name) => withAction(`ctl:${name}=On`)),
])('%s is nobody’s', (text) => {
  expect(outcome(verdictOf(judge, [tenant({ before: text })]))).toBe(INVALID);
  expect(outcome(verdictOf(judge, [house({ before: text })]))).toBe(INVALID);
});

it.each(OPERATOR_NAMES)('@%s reads no file', (name) => {
  const text = `SecRule ARGS "@${name} /etc/passwd" "id:1,phase:2,deny"`;
  const expected = READING.includes(name) ? [WEAKER] : [OK, INVALID];
  expect(expected).toContain(outcome(verdictOf(judge, [tenant({ before: text })])));
  expect(expected).toContain(outcome(verdictOf(judge, [house({ before: text })])));
});

const ALLOWED: readonly (readonly [allow: Allowances, text: string, expected: string])[] = [
  [{ exclusions: [942_100] }, 'SecRuleRemoveById 942100', OK],
  [{ exclusions: ['942100-942199'] }, withAction('ctl:ruleRemoveTargetById=942130;ARGS:q'), OK],
  [{ exclusions: [942_100] }, 'SecRuleRemoveById 942100-942110', PROTECTED],
  [{ exclusions: ['*'] }, 'SecRuleRemoveByTag attack-sqli', OK],
  [{ exclusions: ['*'] }, 'SecRuleRemoveById 949110', PROTECTED],
  [{ exclusions: ['*', 949_110] }, 'SecRuleRemoveById 949110', PROTECTED],
  [{ exclusions: ['*'] }, 'SecRuleRemoveByTag "OWASP_CRS"', PROTECTED],
  [{ exclusions: ['*'] }, withAction('ctl:ruleRemoveByTag=.'), PROTECTED],
  [{ exclusions: ['*'] }, withAction('ctl:requestBodyProcessor=RAW'), WEAKER],
  [{ exclusions: ['*'] }, withAction('setvar:tx.blocking_paranoia_level=1'), PROTECTED],
  [{ mode: 'Detect' }, withAction('ctl:ruleEngine=DetectionOnly'), OK],
  [{ mode: 'Detect' }, withAction('ctl:ruleEngine=Off'), WEAKER],
  [{ mode: 'Off' }, withAction('ctl:ruleEngine=Off'), OK],
  [{ mode: 'Off' }, withAction('allow'), OK],
  [{ mode: 'Off' }, 'SecRuleRemoveById 942100', PROTECTED],
];

it.each(ALLOWED)('what is allowed, and no more: %j, %s ─▶ %s', (allow, text, expected) => {
  expect(outcome(verdictOf(judge, [tenant({ before: text }, allow)]))).toBe(expected);
});
