/** Errors of `sluice rules update`. */

interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const RULES_UPDATE_ERRORS = {
  RULES_UPDATE_CALL: {
    message: '{reason}',
    remedy: 'sluice rules update --help shows examples.',
  },
  RULES_UPDATE_UNREACHABLE: {
    message: 'the server does not say how the candidate does: {reason}',
    remedy: 'Is it running with this configuration, and its admin address reachable from here?',
  },
  RULES_UPDATE_REFUSED: {
    message: 'the candidate in {directory} is refused: {reason}',
    remedy: 'What was in force stays so. Correct the candidate, or remove rules.candidate.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type RulesUpdateErrorCode = keyof typeof RULES_UPDATE_ERRORS;

const fill = (template: string, details: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? '');

export class RulesUpdateError extends Error {
  override readonly name = 'RulesUpdateError';
  readonly code: RulesUpdateErrorCode;
  readonly remedy: string;

  constructor(code: RulesUpdateErrorCode, details: Readonly<Record<string, string>>) {
    super(`${fill(RULES_UPDATE_ERRORS[code].message, details)} [${code}]`);
    this.code = code;
    this.remedy = fill(RULES_UPDATE_ERRORS[code].remedy, details);
  }
}
