/** Reads what a draft consists of, in the order in which it was written. */

export type DraftPart = string | number | boolean | null;

export class DraftReader {
  readonly #parts: readonly DraftPart[];
  #at = 0;

  constructor(parts: readonly DraftPart[]) {
    this.#parts = parts;
  }

  text(): string {
    return this.#next() as string;
  }

  textOrNull(): string | null {
    return this.#next() as string | null;
  }

  number(): number {
    return this.#next() as number;
  }

  numberOrNull(): number | null {
    return this.#next() as number | null;
  }

  flag(): boolean {
    return this.#next() as boolean;
  }

  /** Behind their number. */
  list<Of>(read: () => Of): Of[] {
    const list: Of[] = [];
    for (let left = this.number(); left > 0; left--) list.push(read());
    return list;
  }

  #next(): DraftPart | undefined {
    return this.#parts[this.#at++];
  }
}

/** What is written of an object that does not change: once. */
export function textOf<Of extends object>(
  of: Of,
  known: WeakMap<Of, string>,
  write: (of: Of) => string,
): string {
  let text = known.get(of);
  if (text === undefined) {
    text = write(of);
    known.set(of, text);
  }
  return text;
}

/** Texts of a policy's rules, settings and pods, of a few generations. Beyond it all are read again. */
const TEXTS_READ_MAX = 4_096;

/** What texts say, each read once. */
export class TextsRead<Of> {
  readonly #known = new Map<string, Of>();
  readonly #revive: (json: unknown) => Of;

  /** @param revive of what JSON.parse made of a text of this process */
  constructor(revive: (json: unknown) => Of) {
    this.#revive = revive;
  }

  read(text: string): Of {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const read = this.#revive(JSON.parse(text));
    if (this.#known.size >= TEXTS_READ_MAX) this.#known.clear();
    this.#known.set(text, read);
    return read;
  }
}
