/** Errors of `sluice rules explain`. */

interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const RULES_EXPLAIN_ERRORS = {
  UNKNOWN_RULE: {
    message: 'there is no rule {id}',
    remedy: 'The nearest are {nearest}. Rules of your own: add --rules FILE.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type RulesExplainErrorCode = keyof typeof RULES_EXPLAIN_ERRORS;

const fill = (template: string, details: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? '');

export class RulesExplainError extends Error {
  override readonly name = 'RulesExplainError';
  readonly code: RulesExplainErrorCode;
  readonly remedy: string;

  constructor(code: RulesExplainErrorCode, details: Readonly<Record<string, string>>) {
    super(`${fill(RULES_EXPLAIN_ERRORS[code].message, details)} [${code}]`);
    this.code = code;
    this.remedy = fill(RULES_EXPLAIN_ERRORS[code].remedy, details);
  }
}
