/** What the spool has to say. pino's loggers fit. */
import { TELL_MILLIS } from './limits.ts';

export interface SpoolLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const SILENT: SpoolLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Says each kind of thing the first time, and again after a while: a flood of trouble is no flood of lines. */
export class Teller {
  readonly #log: SpoolLog;
  readonly #toldAt = new Map<string, number>();

  constructor(log: SpoolLog) {
    this.#log = log;
  }

  /** @param kind decides what is the same thing: one of few, never made of data */
  tell(level: keyof SpoolLog, kind: string, fields: () => object, message: string): void {
    const now = performance.now();
    const toldAt = this.#toldAt.get(kind);
    if (toldAt !== undefined && now - toldAt < TELL_MILLIS) return;
    this.#toldAt.set(kind, now);
    this.#log[level](fields(), message);
  }
}
