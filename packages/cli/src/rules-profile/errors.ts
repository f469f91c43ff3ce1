/** Errors of `sluice rules profile`. */

interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const RULES_PROFILE_ERRORS = {
  PROFILE_NO_REQUEST: {
    message: '{reason}',
    remedy: 'Give a URL, --raw FILE, --har FILE, or several of them, with a request at least.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type RulesProfileErrorCode = keyof typeof RULES_PROFILE_ERRORS;

const fill = (template: string, details: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? '');

export class RulesProfileError extends Error {
  override readonly name = 'RulesProfileError';
  readonly code: RulesProfileErrorCode;
  readonly remedy: string;

  constructor(code: RulesProfileErrorCode, details: Readonly<Record<string, string>>) {
    super(`${fill(RULES_PROFILE_ERRORS[code].message, details)} [${code}]`);
    this.code = code;
    this.remedy = fill(RULES_PROFILE_ERRORS[code].remedy, details);
  }
}
