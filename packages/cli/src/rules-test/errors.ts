/** Errors of `sluice rules test`: what the user gave cannot be used. Codes never change their meaning. */

interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const RULES_TEST_ERRORS = {
  TEST_FILE_UNREADABLE: {
    message: 'cannot read {path}: {reason}',
    remedy: 'Check the path and its permissions.',
  },
  TEST_FILE_INVALID: { message: '{reason}', remedy: 'Correct the test file at the place shown.' },
  TEST_UNSUPPORTED: {
    message: '{what} is not implemented',
    remedy: 'Write the test without it; docs/rules-test.md lists what works.',
  },
  NO_TESTS: {
    message: 'no test to run: {reason}',
    remedy: 'Name test files with --tests, or widen --filter.',
  },
  NO_RULES: { message: 'no rules to test', remedy: 'Give --crs, or rule files with --rules.' },
  BAD_OPTION: { message: '{option}: {reason}', remedy: 'See sluice rules test --help.' },
  NO_CORE_RULE_SET: {
    message: '{path} holds no Core Rule Set',
    remedy: 'Name a directory with rules/@owasp_crs, or give --crs alone for the one that setup brings.',
  },
  RULES_UNREADABLE: {
    message: 'cannot read {path}: {reason}',
    remedy: 'Check the path and its permissions.',
  },
  EXCLUSIONS_INVALID: { message: '{reason}', remedy: 'Correct the exclusions file at the place shown.' },
  ENGINE_MISSING: {
    message: 'the engine cannot be loaded: {reason}',
    remedy: 'Install Sluice with its engine: run ./sluice setup.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type RulesTestErrorCode = keyof typeof RULES_TEST_ERRORS;

export interface RulesTestErrorOptions {
  /** Lines and columns count from 1. */
  readonly position?: { readonly file: string; readonly line: number; readonly column: number };
  readonly cause?: unknown;
}

const fill = (template: string, details: Readonly<Record<string, string | number>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''));

/** The only error class that the runner throws. */
export class RulesTestError extends Error {
  override readonly name = 'RulesTestError';
  readonly code: RulesTestErrorCode;
  readonly remedy: string;

  constructor(
    code: RulesTestErrorCode,
    details: Readonly<Record<string, string | number>> = {},
    options: RulesTestErrorOptions = {},
  ) {
    const { position } = options;
    const place = position === undefined ? '' : `${position.file}:${position.line}:${position.column}: `;
    super(
      `${place}${fill(RULES_TEST_ERRORS[code].message, details)} [${code}]`,
      options.cause === undefined ? {} : { cause: options.cause },
    );
    this.code = code;
    this.remedy = fill(RULES_TEST_ERRORS[code].remedy, details);
  }
}

/** What a caught value says, in one line. */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replaceAll('\n', ' ');
