/** Every error that set-up and the commands around it raise on purpose. docs/errors.md lists the same codes. */
interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const SETUP_ERRORS = {
  SETUP_FETCH_FAILED: {
    message: '{what} failed three times: {reason}',
    remedy: 'Check that {tool} reaches its package index, then run the same command again. Details: {log}',
  },
  SETUP_COMMAND_FAILED: { message: '{what} failed: {reason}', remedy: '{remedy}' },
  SETUP_ROOT_NEEDED: {
    message: 'packages of the system are missing: {packages}',
    remedy: 'sudo apt-get update && sudo apt-get install -y {packages}',
  },
  SETUP_PACKAGES_MISSING: {
    message: 'these packages are missing, and there is no apt-get to install them with: {packages}',
    remedy: 'Install what your system calls them, then run the same command again.',
  },
  SETUP_NOT_DONE: { message: '{what} is not there', remedy: 'Run ./sluice setup.' },
  SETUP_RECORD_CORRUPT: {
    message: '{path} is damaged: {reason}',
    remedy: 'Delete it and run ./sluice setup.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type SetupErrorCode = keyof typeof SETUP_ERRORS;

/** Exit codes of the command line: 1 is a failure, 2 a wrong call, 3 a need for root. */
export const EXIT = { ok: 0, failed: 1, usage: 2, rootNeeded: 3 } as const;

const fill = (template: string, details: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? '');

export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly code: SetupErrorCode;
  readonly remedy: string;
  readonly exitCode: number;

  constructor(code: SetupErrorCode, details: Readonly<Record<string, string>>, cause?: unknown) {
    super(fill(SETUP_ERRORS[code].message, details), cause === undefined ? {} : { cause });
    this.code = code;
    this.remedy = fill(SETUP_ERRORS[code].remedy, details);
    this.exitCode = code === 'SETUP_ROOT_NEEDED' ? EXIT.rootNeeded : EXIT.failed;
  }
}
