/** What a hostile text of any length grows from. */
export interface Seed {
  /** What it does, in a few words. */
  readonly name: string;
  readonly prefix: string;
  /** Repeated until the length is reached; never empty. */
  readonly pump: string;
  readonly suffix: string;
}

export const repeating = (name: string, pump: string): Seed => ({ name, prefix: '', pump, suffix: '' });

/** The seed grown to exactly so many bytes; the last round is cut where it does not fit. */
export function grow({ prefix, pump, suffix }: Seed, bytes: number): string {
  const middle = Math.max(0, bytes - prefix.length - suffix.length);
  const rounds = pump.repeat(Math.ceil(middle / pump.length)).slice(0, middle);
  return (prefix + rounds + suffix).slice(0, bytes);
}
