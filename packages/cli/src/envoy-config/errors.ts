/** Errors of `sluice envoy`: what it was called with. */
export const ENVOY_CALL_ERRORS = {
  ENVOY_CALL: { message: '{option}: {reason}', remedy: 'See --help of the command.' },
  ENVOY_UNREADABLE: {
    message: 'cannot read {path}: {reason}',
    remedy: 'Give a file in YAML or JSON, or the address of an admin interface that answers.',
  },
  ENVOY_TABLE: { message: '{path}: {reason}', remedy: 'docs/envoy.md shows a table.' },
} as const;

export type EnvoyCallErrorCode = keyof typeof ENVOY_CALL_ERRORS;

type Details = Readonly<Record<string, string>>;

const fill = (template: string, details: Details): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => details[name] ?? '');

export class CallError extends Error {
  override readonly name = 'CallError';
  readonly code: EnvoyCallErrorCode;
  readonly remedy: string;

  constructor(code: EnvoyCallErrorCode, details: Details, cause?: unknown) {
    super(
      `${fill(ENVOY_CALL_ERRORS[code].message, details)} [${code}]`,
      cause === undefined ? {} : { cause },
    );
    this.code = code;
    this.remedy = fill(ENVOY_CALL_ERRORS[code].remedy, details);
  }
}
