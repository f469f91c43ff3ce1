/** Errors of `sluice rules check` that are not of the rules themselves. */

interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const RULES_CHECK_ERRORS = {
  NO_RULE_FILES: {
    message: '{path} holds no rule file',
    remedy: 'Name files, or a directory with files that end in .conf.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type RulesCheckErrorCode = keyof typeof RULES_CHECK_ERRORS;

export class RulesCheckError extends Error {
  override readonly name = 'RulesCheckError';
  readonly code: RulesCheckErrorCode;
  readonly remedy: string;

  constructor(code: RulesCheckErrorCode, path: string) {
    const { message, remedy } = RULES_CHECK_ERRORS[code];
    super(`${message.replace('{path}', path)} [${code}]`);
    this.code = code;
    this.remedy = remedy;
  }
}
