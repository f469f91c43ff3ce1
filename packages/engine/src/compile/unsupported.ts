/** What the language knows and this engine does not have, with what to do instead, or does not heed, with the reason. */
export const IGNORED_ACTIONS: Readonly<Record<string, string>> = Object.freeze({
  accuracy: 'events do not carry it',
  maturity: 'events do not carry it',
});

export const IGNORED_OPERATORS: Readonly<Record<string, string>> = Object.freeze({
  rbl: 'no request waits for the DNS, so it never matches, with a warning; negated it is refused',
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
  SecComponentSignature: 'an event names the file of each rule',
  SecSensorId: 'the service names itself',
});
