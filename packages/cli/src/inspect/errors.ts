/** Errors of `sluice inspect`: the request or the rules that it was given cannot be used. */

interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

export const INSPECT_ERRORS = {
  INSPECT_NO_REQUEST: {
    message: '{reason}',
    remedy: 'Give a URL, --raw FILE or --har FILE: exactly one of them.',
  },
  INSPECT_BAD_OPTION: { message: '{option}: {reason}', remedy: 'See sluice inspect --help.' },
  INSPECT_UNREADABLE: {
    message: 'cannot read {path}: {reason}',
    remedy: 'Check the path and its permissions.',
  },
  INSPECT_NOT_HTTP: {
    message: '{path} is no HTTP request: {reason}',
    remedy: 'Give a request line, header fields with Host, an empty line and the body.',
  },
  INSPECT_NOT_HAR: {
    message: '{path} is no HAR file: {reason}',
    remedy: "Export one from a browser's network panel (HAR 1.2).",
  },
  INSPECT_NO_POLICY: {
    message: '{path} has no policy {name}',
    remedy: 'Name one of its policies: {known}.',
  },
} as const satisfies Record<string, ErrorDefinition>;

export type InspectErrorCode = keyof typeof INSPECT_ERRORS;

const fill = (template: string, details: Readonly<Record<string, string>>): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? '');

export class InspectError extends Error {
  override readonly name = 'InspectError';
  readonly code: InspectErrorCode;
  readonly remedy: string;

  constructor(code: InspectErrorCode, details: Readonly<Record<string, string>>, cause?: unknown) {
    super(`${fill(INSPECT_ERRORS[code].message, details)} [${code}]`, cause === undefined ? {} : { cause });
    this.code = code;
    this.remedy = fill(INSPECT_ERRORS[code].remedy, details);
  }
}
