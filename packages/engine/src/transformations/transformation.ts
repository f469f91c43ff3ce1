/** A transformation: bytes to bytes, total (it never throws), linear in its input. */
export interface Transformation {
  /** As the reference manual spells it, without `t:`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Returns the very same string where nothing changes, so that callers can compare by identity first. */
  apply(value: string): string;
}
