/**
 * Who may use which word of SecLang. What is in none of these tables nobody may use: a directive that the engine learns later
 * is refused until somebody has thought about it (a test names them all).
 */

/**
 * - `all`: RuleSets of namespaces too.
 * - `reviewed`: those too, as far as what it does is allowed (actions.ts, reach.ts).
 * - `cluster`: RuleSets of Sluice's own namespace only.
 * - `nobody`: it reads a file of the machine that the rules happen to run on.
 */
export type Right = 'all' | 'reviewed' | 'cluster' | 'nobody';

const table = (rights: Readonly<Record<Right, string>>): ReadonlyMap<string, Right> =>
  new Map(
    (Object.entries(rights) as [Right, string][]).flatMap(([right, names]) =>
      names
        .trim()
        .split(/\s+/)
        .filter(Boolean)
        .map((name): [string, Right] => [name, right]),
    ),
  );

export const DIRECTIVE_RIGHTS = table({
  all: 'SecComponentSignature SecDataset SecDefaultAction',
  reviewed: `
    SecAction SecMarker SecRule
    SecRuleRemoveById SecRuleRemoveByMsg SecRuleRemoveByTag
    SecRuleUpdateActionById SecRuleUpdateTargetById SecRuleUpdateTargetByMsg SecRuleUpdateTargetByTag`,
  cluster: `
    SecArgumentSeparator SecArgumentsLimit
    SecAuditEngine SecAuditLog SecAuditLog2 SecAuditLogDir SecAuditLogDirMode SecAuditLogFileMode SecAuditLogFormat
    SecAuditLogParts SecAuditLogPrefix SecAuditLogRelevantStatus SecAuditLogStorageDir SecAuditLogType
    SecCacheTransformations SecChrootDir SecCollectionGCFrequency SecCollectionTimeout SecConnEngine SecContentInjection
    SecCookieFormat SecCookieV0Separator SecDataDir SecDebugLog SecDebugLogLevel SecDisableBackendCompression SecHashEngine
    SecIgnoreRuleCompilationErrors SecInterceptOnError SecParseXmlIntoArgs SecPcreMatchLimit SecPcreMatchLimitRecursion
    SecRemoteRulesFailAction
    SecRequestBodyAccess SecRequestBodyInMemoryLimit SecRequestBodyJsonDepthLimit SecRequestBodyLimit
    SecRequestBodyLimitAction SecRequestBodyNoFilesLimit
    SecResponseBodyAccess SecResponseBodyJsonDepthLimit SecResponseBodyLimit SecResponseBodyLimitAction
    SecResponseBodyMimeType SecResponseBodyMimeTypesClear
    SecRuleEngine SecRuleInheritance SecRulePerfTime SecRxPreFilter SecSensorId SecServerSignature SecStatusEngine
    SecStreamInBodyInspection SecStreamOutBodyInspection SecTmpDir SecTmpSaveUploadedFiles SecUnicodeCodePage
    SecUploadDir SecUploadFileLimit SecUploadFileMode SecUploadKeepFiles SecWebAppId SecXmlExternalEntity`,
  nobody: 'Include IncludeOptional SecGeoLookupDb SecUnicodeMapFile',
});

export const ACTION_RIGHTS = table({
  all: `
    accuracy auditlog block capture chain deny drop log logdata maturity msg multiMatch noauditlog nolog pass phase
    redirect rev sanitiseArg sanitiseMatched sanitiseMatchedBytes sanitiseRequestHeader sanitiseResponseHeader severity
    status t ver xmlns`,
  reviewed: 'allow ctl deprecatevar expirevar id initcol setenv setrsc setsid setuid setvar skipAfter tag',
  // Counts rules, and so reaches others’ as soon as one of its own is removed: a marker stays where it is.
  cluster: 'skip',
  nobody: '',
});

export const OPERATOR_RIGHTS = table({
  all: `
    beginsWith contains containsWord detectSQLi detectXSS endsWith eq ge geoLookup gt ipMatch ipMatchFromDataset le lt
    noMatch pm pmFromDataset rbl restpath rx rxGlobal streq strmatch unconditionalMatch validateByteRange validateNid
    validateUrlEncoding validateUtf8Encoding verifyCC verifyCPF verifySSN verifySVNR within`,
  reviewed: '',
  cluster: '',
  nobody: 'ipMatchFromFile pmFromFile validateSchema',
});

/** What `ctl` may say in a namespace. */
export type CtlRight =
  /** The only values that are stricter than what there is, or as strict. */
  | { readonly kind: 'values'; readonly values: readonly string[] }
  /** By the rules that it reaches. */
  | { readonly kind: 'reach' }
  /** Only where the namespace may switch inspection off altogether. */
  | { readonly kind: 'off' }
  /** By the weakest mode that the namespace may have. */
  | { readonly kind: 'mode' };

export const CTL_RIGHTS: ReadonlyMap<string, CtlRight> = new Map<string, CtlRight>([
  ['auditEngine', { kind: 'values', values: ['On'] }],
  ['auditLogParts', { kind: 'off' }],
  ['debugLogLevel', { kind: 'off' }],
  ['forceRequestBodyVariable', { kind: 'off' }],
  ['forceResponseBodyVariable', { kind: 'off' }],
  ['parseXmlIntoArgs', { kind: 'values', values: ['On'] }],
  ['requestBodyAccess', { kind: 'values', values: ['On'] }],
  ['requestBodyLimit', { kind: 'off' }],
  ['requestBodyProcessor', { kind: 'off' }],
  ['responseBodyAccess', { kind: 'values', values: ['On'] }],
  ['responseBodyLimit', { kind: 'off' }],
  ['responseBodyProcessor', { kind: 'off' }],
  ['ruleEngine', { kind: 'mode' }],
  ['ruleRemoveById', { kind: 'reach' }],
  ['ruleRemoveByMsg', { kind: 'reach' }],
  ['ruleRemoveByTag', { kind: 'reach' }],
  ['ruleRemoveTargetById', { kind: 'reach' }],
  ['ruleRemoveTargetByMsg', { kind: 'reach' }],
  ['ruleRemoveTargetByTag', { kind: 'reach' }],
]);
