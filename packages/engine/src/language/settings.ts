/**
 * Directives that set one thing. Three tables: those that the engine heeds, those that change nothing here and may stay in
 * a file (each with the reason), and those that are refused because ignoring them would mislead (each with what to do).
 */
import { asciiLower } from '../bytes.ts';
import {
  anyText,
  choice,
  fileMode,
  integer,
  nonEmpty,
  ON_OFF,
  pattern,
  type ValueForm,
} from './value-forms.ts';

/** How many arguments a directive takes, and of what form. */
interface ArgumentForms {
  /** One form an argument; the last one stands for all that follow. */
  readonly forms: readonly ValueForm[];
  readonly min: number;
  readonly max: number;
}

export interface SettingDefinition extends ArgumentForms {
  readonly name: string;
  /** Of a directive that changes nothing here: why it may be ignored. */
  readonly ignoredBecause?: string;
  /** The only value that is not refused, where that is so, and what to do instead of the others. */
  readonly only?: { readonly value: string; readonly alternative: string };
}

const one = (form: ValueForm): ArgumentForms => ({ forms: [form], min: 1, max: 1 });
const setting = (name: string, form: ValueForm): SettingDefinition => ({ name, ...one(form) });
const ignored = (name: string, form: ValueForm, ignoredBecause: string): SettingDefinition => ({
  name,
  ...one(form),
  ignoredBecause,
});

/** A directive one of whose values means what the engine does anyway, while it cannot do the others. */
const only = (name: string, form: ValueForm, value: string, alternative: string): SettingDefinition => ({
  ...ignored(name, form, 'this is how the engine works'),
  only: { value, alternative },
});

const bytes = integer(0, Number.MAX_SAFE_INTEGER);
const count = integer(1, Number.MAX_SAFE_INTEGER);
const limitAction = choice('Reject', 'ProcessPartial');

const HEEDED: readonly SettingDefinition[] = [
  setting('SecArgumentSeparator', pattern(/^[^\s]$/, 'one character')),
  setting('SecArgumentsLimit', count),
  setting('SecAuditEngine', choice('On', 'Off', 'RelevantOnly')),
  setting('SecAuditLogParts', pattern(/^[A-KZ]+$/i, 'letters A to K and Z')),
  setting('SecAuditLogRelevantStatus', nonEmpty),
  setting('SecCollectionTimeout', bytes),
  setting('SecComponentSignature', nonEmpty),
  setting('SecCookieFormat', choice('0', '1')),
  { name: 'SecDataset', forms: [nonEmpty, anyText], min: 2, max: 2 },
  setting('SecGeoLookupDb', nonEmpty),
  setting('SecParseXmlIntoArgs', choice('On', 'Off', 'OnlyArgs')),
  setting('SecPcreMatchLimit', count),
  setting('SecRequestBodyAccess', ON_OFF),
  setting('SecRequestBodyJsonDepthLimit', count),
  setting('SecRequestBodyLimit', bytes),
  setting('SecRequestBodyLimitAction', limitAction),
  setting('SecRequestBodyNoFilesLimit', bytes),
  setting('SecResponseBodyAccess', ON_OFF),
  setting('SecResponseBodyJsonDepthLimit', count),
  setting('SecResponseBodyLimit', bytes),
  setting('SecResponseBodyLimitAction', limitAction),
  { name: 'SecResponseBodyMimeType', forms: [nonEmpty], min: 1, max: Number.POSITIVE_INFINITY },
  { name: 'SecResponseBodyMimeTypesClear', forms: [], min: 0, max: 0 },
  setting('SecRuleEngine', choice('On', 'Off', 'DetectionOnly')),
  setting('SecSensorId', nonEmpty),
  setting('SecUploadFileLimit', count),
  setting('SecWebAppId', nonEmpty),
];

const NO_FILES = 'nothing is kept in files';
const EVENTS = 'what happened goes into events, whose form and place the service sets';
const DEBUG = 'the service has one log, whose level it sets';

const IGNORED: readonly SettingDefinition[] = [
  ignored('SecAuditLog', anyText, EVENTS),
  ignored('SecAuditLog2', anyText, EVENTS),
  ignored('SecAuditLogDir', anyText, EVENTS),
  ignored('SecAuditLogDirMode', fileMode, EVENTS),
  ignored('SecAuditLogFileMode', fileMode, EVENTS),
  ignored('SecAuditLogFormat', choice('JSON', 'Native', 'JsonLegacy', 'OCSF'), EVENTS),
  ignored('SecAuditLogPrefix', anyText, EVENTS),
  ignored('SecAuditLogStorageDir', anyText, EVENTS),
  ignored('SecAuditLogType', choice('Serial', 'Concurrent', 'HTTPS', 'Syslog'), EVENTS),
  ignored('SecCacheTransformations', anyText, 'transformed values are always shared within a request'),
  ignored('SecCollectionGCFrequency', anyText, 'collections are bounded by their number of records'),
  ignored('SecChrootDir', anyText, 'the process is confined by its container'),
  ignored('SecCookieV0Separator', anyText, 'cookies are separated by semicolons'),
  ignored('SecDataDir', anyText, NO_FILES),
  ignored('SecDebugLog', anyText, DEBUG),
  ignored('SecDebugLogLevel', integer(0, 9), DEBUG),
  ignored(
    'SecPcreMatchLimitRecursion',
    count,
    'matching does not recurse; SecPcreMatchLimit bounds its steps',
  ),
  ignored('SecRemoteRulesFailAction', choice('Abort', 'Warn'), 'no rules are fetched'),
  ignored(
    'SecRequestBodyInMemoryLimit',
    bytes,
    'bodies are inspected while they arrive, none is put into a file',
  ),
  ignored('SecRulePerfTime', anyText, 'the engine has metrics of its own'),
  ignored('SecRxPreFilter', ON_OFF, 'patterns are always prefiltered'),
  ignored('SecServerSignature', anyText, 'the proxy sets the Server header'),
  ignored('SecStatusEngine', ON_OFF, 'nothing is reported to anyone outside'),
  ignored('SecTmpDir', anyText, NO_FILES),
  ignored('SecUploadDir', anyText, NO_FILES),
  ignored('SecUploadFileMode', fileMode, NO_FILES),
  only('SecConnEngine', choice('On', 'Off', 'DetectionOnly'), 'Off', 'Limit connections in the proxy.'),
  only('SecContentInjection', ON_OFF, 'Off', 'Leave it out: responses are judged here, not rewritten.'),
  only('SecDisableBackendCompression', ON_OFF, 'Off', 'Remove the Accept-Encoding header in the proxy.'),
  only('SecHashEngine', ON_OFF, 'Off', 'Leave it out: links are not signed here.'),
  only(
    'SecIgnoreRuleCompilationErrors',
    ON_OFF,
    'Off',
    'Correct the rules: one that does not compile would protect nobody.',
  ),
  only('SecInterceptOnError', ON_OFF, 'Off', 'Set what happens to uninspectable requests in the policy.'),
  only('SecRuleInheritance', ON_OFF, 'On', 'Give the policy the rule files that it needs.'),
  only('SecStreamInBodyInspection', ON_OFF, 'Off', 'Match REQUEST_BODY.'),
  only('SecStreamOutBodyInspection', ON_OFF, 'Off', 'Match RESPONSE_BODY.'),
  only('SecTmpSaveUploadedFiles', ON_OFF, 'Off', 'Scan uploads outside of the data path.'),
  only('SecUploadKeepFiles', choice('On', 'Off', 'RelevantOnly'), 'Off', 'Keep uploads in the workload.'),
  only('SecXmlExternalEntity', ON_OFF, 'Off', 'Leave it out: external entities are an attack.'),
  {
    name: 'SecUnicodeMapFile',
    forms: [nonEmpty, choice('20127')],
    min: 1,
    max: 2,
    ignoredBecause: 'the mapping of code page 20127 is built in',
  },
  ignored('SecUnicodeCodePage', choice('20127'), 'the mapping of code page 20127 is built in'),
];

/** Names by what to do instead. */
const REFUSED: readonly (readonly [names: string, alternative: string])[] = [
  [
    'SecConnReadStateLimit SecConnWriteStateLimit SecReadStateLimit SecWriteStateLimit',
    'Set timeouts in the proxy.',
  ],
  ['SecGsbLookupDb', 'Use @pmFromFile with a list of the hosts to refuse.'],
  ['SecGuardianLog', 'Use the events.'],
  ['SecHashKey SecHashMethodPm SecHashMethodRx SecHashParam', 'Leave it out: links are not signed here.'],
  ['SecHttpBlKey', 'Use @ipMatchFromFile with a list of addresses.'],
  [
    'SecPdfProtect SecPdfProtectMethod SecPdfProtectSecret SecPdfProtectTimeout SecPdfProtectTokenName',
    'Leave it out: no browser of today has the flaw.',
  ],
  ['SecRemoteRules', 'Fetch the file beforehand, and Include it.'],
  ['SecRuleScript', 'Write the rule in SecLang: scripts are not run.'],
];

const byLowerName = (
  definitions: readonly SettingDefinition[],
): readonly (readonly [string, SettingDefinition])[] =>
  definitions.map((definition) => [asciiLower(definition.name), definition]);

/** Settings that are accepted, heeded or not, by lower-case name. */
export const SETTINGS: ReadonlyMap<string, SettingDefinition> = new Map([
  ...byLowerName(HEEDED),
  ...byLowerName(IGNORED),
]);

/** Directives that are refused whatever they say, by lower-case name. */
export const REFUSED_DIRECTIVES: ReadonlyMap<
  string,
  { readonly name: string; readonly alternative: string }
> = new Map(
  REFUSED.flatMap(([names, alternative]) =>
    names
      .split(' ')
      .map((name): [string, { name: string; alternative: string }] => [
        asciiLower(name),
        { name, alternative },
      ]),
  ),
);
