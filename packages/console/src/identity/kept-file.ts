/** JSON in a file of the owner's, 0600: read as its schema demands, written whole or not at all. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConsoleError, type ConsoleErrorCode } from '../errors.ts';
import { writeOwnFile } from './own-file.ts';

export class KeptFile<T> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  readonly #code: ConsoleErrorCode;

  /** @param path a file that need not be there @param code of its errors: its message names {path} and {reason} */
  constructor(path: string, schema: z.ZodType<T>, code: ConsoleErrorCode) {
    this.#path = path;
    this.#schema = schema;
    this.#code = code;
  }

  /** Null where there is none. @throws ConsoleError of the code */
  read(): T | null {
    try {
      const parsed = this.#schema.safeParse(JSON.parse(readFileSync(this.#path, 'utf8')));
      if (parsed.success) return parsed.data;
      throw this.unusable(z.prettifyError(parsed.error));
    } catch (cause) {
      if (cause instanceof ConsoleError) throw cause;
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
      throw this.unusable(reasonOf(cause), cause);
    }
  }

  /** @throws ConsoleError of the code */
  write(value: T): void {
    try {
      writeOwnFile(this.#path, `${JSON.stringify(value, null, 2)}\n`);
    } catch (cause) {
      throw this.unusable(reasonOf(cause), cause);
    }
  }

  unusable(reason: string, cause?: unknown): ConsoleError {
    return new ConsoleError(this.#code, { path: this.#path, reason }, cause);
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));
