/**
 * What texts of an event say, and what of that is a secret by its name or form. Each text is looked at once an event; of those that say
 * nothing but themselves and show nothing of the kind, as methods, agents, messages of rules, the last ones are known.
 */
import { findCards } from './cards.ts';
import { type Reading, readingsOf } from './decodings.ts';
import type { SecretNames } from './secret-names.ts';
import type { Span } from './spans.ts';

/** A reading of a text, and the secrets that it shows by itself. */
export interface ReadText extends Reading {
  /** In the reading: behind a name, or by their form. */
  readonly named: readonly Span[];
  readonly cards: readonly Span[];
}

/** Reads texts of one event. */
export class TextReader {
  readonly #names: SecretNames;
  readonly #plain: PlainTexts;
  readonly #read = new Map<string, readonly ReadText[] | null>();

  constructor(names: SecretNames) {
    this.#names = names;
    this.#plain = plainTextsOf(names);
  }

  /** All readings, the text itself first; null: it says nothing but itself, and shows no secret. */
  read(text: string): readonly ReadText[] | null {
    if (this.#plain.has(text)) return null;
    const known = this.#read.get(text);
    if (known !== undefined) return known;
    const readings = readingsOf(text).map((reading) => ({
      ...reading,
      named: this.#names.find(reading.text),
      cards: findCards(reading.text),
    }));
    const isPlain =
      readings.length === 1 && readings.every(({ named, cards }) => named.length + cards.length === 0);
    if (isPlain) this.#plain.add(text);
    const read = isPlain ? null : readings;
    this.#read.set(text, read);
    return read;
  }
}

/** Longer ones do not come again. */
const TEXT_CHARACTERS_MAX = 256;
/** Of each of two generations: some hundred kilobytes in all. */
const TEXTS_MAX = 512;

/** The last plain texts: what is asked for stays, what is not is gone after two generations of others. */
class PlainTexts {
  #young = new Set<string>();
  #old = new Set<string>();

  has(text: string): boolean {
    if (text.length > TEXT_CHARACTERS_MAX) return false;
    if (this.#young.has(text)) return true;
    if (!this.#old.has(text)) return false;
    this.add(text);
    return true;
  }

  add(text: string): void {
    if (text.length > TEXT_CHARACTERS_MAX) return;
    if (this.#young.size >= TEXTS_MAX) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(text);
  }
}

const plainTexts = new WeakMap<SecretNames, PlainTexts>();

function plainTextsOf(names: SecretNames): PlainTexts {
  let texts = plainTexts.get(names);
  if (texts === undefined) {
    texts = new PlainTexts();
    plainTexts.set(names, texts);
  }
  return texts;
}
