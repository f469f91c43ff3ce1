/** The header lines of one part: collected, unfolded, checked. */
import { asciiLower } from '../bytes.ts';
import type { MultipartFlag } from './processor.ts';

const FOLD = /^[ \t\v\f\r]+/;
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;
const HEADER_NAME = /^[\x21-\x7e]+$/;

/** Some parsers end a line at a carriage return or a form feed alone, and a header at a NUL byte. */
function controlIn(line: string): string | null {
  const [control] = CONTROL.exec(line) ?? [];
  if (control === undefined) return null;
  return control === '\0' ? 'a NUL byte in a part header' : 'a control character in a part header';
}

export class PartHeaders {
  readonly #lines: string[] = [];
  readonly #values = new Map<string, string>();
  readonly #onFlag: (flag: MultipartFlag) => void;
  /** Lower-cased name of the header that a folded line continues; empty for none. */
  #last = '';

  constructor(onFlag: (flag: MultipartFlag) => void) {
    this.#onFlag = onFlag;
  }

  /** Every line so far, unfolded, name included, without line ends; also one that was refused. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** A header's value; `name` in lower case. */
  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** Takes one line without its line end. Returns why it is malformed, or null. */
  add(line: string): string | null {
    const fold = FOLD.exec(line)?.[0];
    if (fold !== undefined) return this.#continue(line, fold);
    this.#lines.push(line);
    const control = controlIn(line);
    if (control !== null) return control;
    const colon = line.indexOf(':');
    if (colon < 0) return 'a part header without a colon';
    const rawName = line.slice(0, colon);
    if (rawName === '') return 'a part header without a name';
    // The wording is what the CRS tests of rule 922130 look for.
    if (!HEADER_NAME.test(rawName)) return 'Invalid part header (contains invalid character)';
    const name = asciiLower(rawName);
    if (this.#values.has(name)) {
      this.#onFlag('DUPLICATE_PART_HEADER');
      return 'the same part header twice';
    }
    this.#values.set(name, line.slice(colon + 1).replace(/^[ \t]+/, ''));
    this.#last = name;
    return null;
  }

  #continue(line: string, fold: string): string | null {
    this.#onFlag('HEADER_FOLDING');
    if (/[^ \t]/.test(fold)) this.#onFlag('INVALID_HEADER_FOLDING');
    const before = this.#lines.pop();
    const more = line.slice(fold.length);
    if (before === undefined) {
      this.#lines.push(line);
      return 'a folded line before any part header';
    }
    this.#lines.push(`${before} ${more}`);
    // Where lines are trimmed before they are looked at, this one ends the headers.
    if (more === '') return 'a line of blanks among the part headers';
    const control = controlIn(line);
    if (control !== null) return control;
    this.#values.set(this.#last, `${this.#values.get(this.#last) ?? ''} ${more}`);
    return null;
  }
}
