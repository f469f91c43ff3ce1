/** Errors of making configurations and of looking at them. docs/errors.md lists the same codes. */
export const ENVOY_CONFIG_ERRORS = {
  ENVOY_OPTION: { message: '{option}: {reason}', remedy: 'Correct it.' },
  ENVOY_DOCUMENT: {
    message: 'this is no configuration of Envoy: neither a bootstrap nor a dump nor a file of resources',
    remedy:
      'Give a bootstrap in YAML or JSON, the output of /config_dump, or the URL of the admin interface.',
  },
  ENVOY_ADMIN: {
    message: "Envoy's admin interface answered {path} with {reason}",
    remedy: 'Check that this is the pinned version of Envoy: ./sluice doctor.',
  },
  ENVOY_XDS_REJECTED: {
    message: 'Envoy refused new {what}, and goes on with what it had: {reason}',
    remedy:
      'Correct what it says. A network namespace that is gone is the usual cause: its pod is to leave the table.',
  },
} as const;

export type EnvoyConfigErrorCode = keyof typeof ENVOY_CONFIG_ERRORS;

type Details = Readonly<Record<string, string | number>>;

const fill = (template: string, details: Details): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''));

export class EnvoyConfigError extends Error {
  override readonly name = 'EnvoyConfigError';
  readonly code: EnvoyConfigErrorCode;
  readonly remedy: string;

  constructor(code: EnvoyConfigErrorCode, details: Details, cause?: unknown) {
    const { message, remedy } = ENVOY_CONFIG_ERRORS[code];
    super(`${fill(message, details)} [${code}]`, cause === undefined ? {} : { cause });
    this.code = code;
    this.remedy = fill(remedy, details);
  }
}

/** @throws EnvoyConfigError ENVOY_OPTION */
export const refuse = (option: string, reason: string): never => {
  throw new EnvoyConfigError('ENVOY_OPTION', { option, reason });
};
