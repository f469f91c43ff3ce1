/** Errors around Envoy's process and configuration. docs/errors.md lists the same codes. */
export const ENVOY_ERRORS = {
  ENVOY_LISTENER_UNKNOWN: {
    message: 'Envoy has no listener {name}',
    remedy: 'Name one of its configuration.',
  },
  ENVOY_NOT_STARTED: {
    message: 'Envoy cannot be started: {reason}',
    remedy: 'Run ./sluice setup, and check that {binary} may be executed.',
  },
  ENVOY_EXITED: {
    message: 'Envoy ended ({how}) before it was ready. Its last words: {log}',
    remedy: 'Correct what they say; a port that is in use is the usual cause.',
  },
  ENVOY_NOT_READY: {
    message: 'Envoy was not ready after {millis} ms. Its last words: {log}',
    remedy: 'Try again on a machine with less to do.',
  },
} as const;

export type EnvoyErrorCode = keyof typeof ENVOY_ERRORS;

const fill = (template: string, details: Readonly<Record<string, string | number>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''));

export class EnvoyError extends Error {
  override readonly name = 'EnvoyError';
  readonly code: EnvoyErrorCode;
  readonly remedy: string;

  constructor(code: EnvoyErrorCode, details: Readonly<Record<string, string | number>>, cause?: unknown) {
    super(`${fill(ENVOY_ERRORS[code].message, details)} [${code}]`, cause === undefined ? {} : { cause });
    this.code = code;
    this.remedy = fill(ENVOY_ERRORS[code].remedy, details);
  }
}
