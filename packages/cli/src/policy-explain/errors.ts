/** Errors of `sluice policy explain`. */

interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const POLICY_EXPLAIN_ERRORS = {
  POLICY_EXPLAIN_CALL: {
    message: '{option}: {text} is no {form}',
    remedy: 'sluice policy explain --help shows examples.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type PolicyExplainErrorCode = keyof typeof POLICY_EXPLAIN_ERRORS;

const fill = (template: string, details: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? '');

export class PolicyExplainError extends Error {
  override readonly name = 'PolicyExplainError';
  readonly code: PolicyExplainErrorCode;
  readonly remedy: string;

  constructor(code: PolicyExplainErrorCode, details: Readonly<Record<string, string>>) {
    super(`${fill(POLICY_EXPLAIN_ERRORS[code].message, details)} [${code}]`);
    this.code = code;
    this.remedy = fill(POLICY_EXPLAIN_ERRORS[code].remedy, details);
  }
}
