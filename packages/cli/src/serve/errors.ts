/** Errors of `sluice serve` that are not the server's or the engine's own. */
const SERVE_ERRORS = {
  CRS_LAYOUT: {
    message: 'no CRS in {path}',
    remedy: 'Name a folder with crs-setup.conf and rules/, or leave rules.directory out.',
  },
  EVENT_UNKNOWN: {
    message: 'what was to be kept is no event',
    remedy: 'This is a defect: please report it.',
  },
  HASH_KEY: {
    message: 'the key {path} cannot be used: {reason}',
    remedy: 'Write at least 32 random bytes into it: head -c 32 /dev/urandom',
  },
  PROCESS_FAILED: {
    message: 'process {index} ended {times} times before it listened, the last time by {how}',
    remedy:
      'Its last lines on standard error say why; start one process alone (without --processes) to see it.',
  },
} as const;

export type ServeErrorCode = keyof typeof SERVE_ERRORS;

export class ServeError extends Error {
  override readonly name = 'ServeError';
  readonly code: ServeErrorCode;
  readonly remedy: string;

  constructor(code: ServeErrorCode, details: Readonly<Record<string, string>>) {
    super(
      `${SERVE_ERRORS[code].message.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? '')} [${code}]`,
    );
    this.code = code;
    this.remedy = SERVE_ERRORS[code].remedy;
  }
}
