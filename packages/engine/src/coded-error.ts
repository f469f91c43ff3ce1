/** What all coded errors have in common; each package has its table and its class. */

/** A code's meaning and what to do about it; `{name}` is filled from the error's details. */
export interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export type ErrorDetails = Readonly<Record<string, string | number>>;

const fill = (template: string, details: ErrorDetails): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''));

/** `message [CODE]`, with the code, what it is about and the remedy as fields. */
export abstract class CodedError<Code extends string> extends Error {
  readonly code: Code;
  readonly details: ErrorDetails;
  readonly remedy: string;

  constructor(
    table: Readonly<Record<Code, ErrorDefinition>>,
    code: Code,
    details: ErrorDetails = {},
    cause?: unknown,
  ) {
    const { message, remedy } = table[code];
    super(`${fill(message, details)} [${code}]`, cause === undefined ? {} : { cause });
    this.code = code;
    this.details = details;
    this.remedy = fill(remedy, details);
  }
}
