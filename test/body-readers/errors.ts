/** Errors of the programs that read bodies as servers do. */
interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const READER_ERRORS = {
  READER_UNAVAILABLE: {
    message: 'the body readers in {language} cannot be built: {reason}',
    remedy: 'Bring what is missing, or do without these readers.',
  },
  READER_FAILED: {
    message: 'the body readers in {language} failed: {reason}',
    remedy: 'Start the program by hand with the body at hand; its standard error is quoted here.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ReaderErrorCode = keyof typeof READER_ERRORS;

export class ReaderError extends Error {
  override readonly name = 'ReaderError';
  readonly code: ReaderErrorCode;
  readonly remedy: string;

  constructor(code: ReaderErrorCode, details: Readonly<Record<string, string>>) {
    const { message, remedy } = READER_ERRORS[code];
    super(`${message.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? '')} [${code}]`);
    this.code = code;
    this.remedy = remedy;
  }
}
