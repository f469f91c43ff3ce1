/** Errors of `sluice probe`: what it was called with. What it finds is no error. */
export const PROBE_ERRORS = {
  PROBE_CALL: { message: '{option}: {reason}', remedy: 'See sluice probe --help.' },
} as const;

export class ProbeError extends Error {
  override readonly name = 'ProbeError';
  readonly code: keyof typeof PROBE_ERRORS = 'PROBE_CALL';
  readonly remedy = PROBE_ERRORS.PROBE_CALL.remedy;

  constructor(option: string, reason: string) {
    super(`${option}: ${reason} [PROBE_CALL]`);
  }
}
