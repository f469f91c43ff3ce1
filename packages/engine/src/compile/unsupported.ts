/** What the language knows and this engine does not have, with what to do instead, or does not heed, with the reason. */
export const UNSUPPORTED_ACTIONS: Readonly<Record<string, string>> = Object.freeze({
  expirevar: 'Leave it out: a collection forgets the record that was used longest ago.',
  setenv: 'Use setvar:tx.NAME=VALUE.',
  setrsc: 'Use initcol:resource=KEY.',
  setsid: 'Use initcol:session=KEY.',
  setuid: 'Use initcol:user=KEY.',
});

export const UNSUPPORTED_CTL: Readonly<Record<string, string>> = Object.freeze({
  forceResponseBodyVariable: 'Use SecResponseBodyMimeType, with the types to inspect.',
  requestBodyLimit: 'Use SecRequestBodyLimit, for the whole policy.',
  responseBodyLimit: 'Use SecResponseBodyLimit, for the whole policy.',
});

export const IGNORED_ACTIONS: Readonly<Record<string, string>> = Object.freeze({
  accuracy: 'events do not carry it',
  maturity: 'events do not carry it',
});

export const IGNORED_CTL: Readonly<Record<string, string>> = Object.freeze({
  auditEngine: 'what goes into events is said by the log actions of rules',
  auditLogParts: 'an event always has all its fields',
  debugLogLevel: 'the service has one log, whose level it sets',
});

/** Directives in whose place something else decides. */
export const IGNORED_SETTINGS: Readonly<Record<string, string>> = Object.freeze({
  SecAuditEngine: 'what goes into events is said by the log actions of rules',
  SecAuditLogParts: 'an event always has all its fields',
  SecAuditLogRelevantStatus: 'what goes into events is said by the log actions of rules',
  SecCollectionTimeout: 'a collection forgets the record that was used longest ago',
  SecComponentSignature: 'an event names the file of each rule',
  SecSensorId: 'the service names itself',
  SecWebAppId: 'the policy names the application',
});
