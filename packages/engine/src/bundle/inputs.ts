/** What a compiled program was made from: the files that were read and the lists that were asked for, so that a change of any is seen. */
import { createHash } from 'node:crypto';
import { EngineError } from '../errors.ts';
import type { FileReader } from '../language/file-reader.ts';

export interface Inputs {
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
  readonly lists: readonly { readonly pattern: string; readonly paths: readonly string[] }[];
}

/** A reader that remembers what it was asked. */
export class RecordingReader implements FileReader {
  readonly #reader: FileReader;
  readonly #files = new Map<string, string>();
  readonly #lists = new Map<string, readonly string[]>();

  constructor(reader: FileReader) {
    this.#reader = reader;
  }

  get inputs(): Inputs {
    return {
      files: [...this.#files].map(([path, sha256]) => ({ path, sha256 })),
      lists: [...this.#lists].map(([pattern, paths]) => ({ pattern, paths })),
    };
  }

  read(path: string): string {
    const text = this.#reader.read(path);
    this.#files.set(path, digest(text));
    return text;
  }

  list(pattern: string): readonly string[] {
    const paths = this.#reader.list(pattern);
    this.#lists.set(pattern, paths);
    return paths;
  }

  resolve(from: string, relative: string): string {
    return this.#reader.resolve(from, relative);
  }
}

/** Whether all inputs are as they were. A file that is gone is a change, not an error: compiling anew will tell. */
export function unchanged(inputs: Inputs, reader: FileReader): boolean {
  try {
    return (
      inputs.lists.every(({ pattern, paths }) => reader.list(pattern).join('\n') === paths.join('\n')) &&
      inputs.files.every(({ path, sha256 }) => digest(reader.read(path)) === sha256)
    );
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  }
}

const digest = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');
