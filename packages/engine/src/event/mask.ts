/**
 * Secrets are masked when an event is made, in every text of it. A secret is found by where it came from (credentials in
 * headers, cookies, arguments by name) and its value is then masked wherever it occurs, matched data included; tokens, private
 * keys and card numbers are found by their form. Escapes hide none of them: see decodings.ts.
 */
import { createHmac } from 'node:crypto';
import type { Hidden } from '../actions/state.ts';
import { asciiLower } from '../bytes.ts';
import { EVENT_LIMITS } from '../limits.ts';
import { AhoCorasick } from '../operators/aho-corasick.ts';
import { type EventMasking, MASKING_DEFAULT } from './event-options.ts';
import { hiddenValues, labelsOf } from './hidden.ts';
import { TextReader } from './read-texts.ts';
import { secretNames } from './secret-names.ts';
import { hasSecretQuery, isSecretLabel, SEARCHED_BYTES_MIN, secretsOf, URL_VARIABLES } from './secrets.ts';
import type { EventRequest, EventResponse } from './source.ts';
import { maskSpans, type Span } from './spans.ts';

export const MASK = '***';

/** Longer secrets are searched in pieces of this length. */
export const PIECE_BYTES = 256;

/** Long enough to tell a part of a secret from any other text. */
const BEGINNING_BYTES = 64;

/** Variables whose values are parts of what other rules saw. */
const DERIVED = /^(?:TX|ENV|MATCHED_VARS?|IP|GLOBAL|SESSION|USER|RESOURCE)\b/;

export interface Mask {
  /**
   * The text with its secrets masked.
   *
   * @param shownMax characters of it that are shown; without it, all
   */
  text(text: string, shownMax?: number): string;
  /** Whether what a rule quotes of this variable could be a part of a secret, which no search for the whole would find. */
  isSecret(label: string): boolean;
  /** Whether a target's value is masked whole: a secret, or a part of one that a rule set aside in a variable. */
  hides(label: string, value: string, ofSecretRule: boolean): boolean;
  /** Equal values have equal hashes; null where the policy asks for none. */
  hash(value: string): string | null;
}

/** Hexadecimal digits of a hash: 128 bits. */
const HASH_CHARACTERS = 32;

/**
 * Masks a message's secrets: one automaton for all of them, so that the cost is linear in the text however many there
 * are. Case does not count: transformations fold it.
 *
 * @param hidden what sanitise… actions hide besides
 * @param masking what the policy hides besides
 */
export function maskFor(
  request: EventRequest,
  response: EventResponse | null,
  hidden: readonly Hidden[] = [],
  masking: EventMasking = MASKING_DEFAULT,
): Mask {
  const names = secretNames(masking);
  const reader = new TextReader(names);
  const secrets = new Set([
    ...secretsOf(request, response, names, reader),
    ...hiddenValues(hidden, request, response),
  ]);
  const hiddenLabels = labelsOf(hidden);
  const urlHasSecrets = hasSecretQuery(request, names);
  const isSecret = (label: string): boolean =>
    isSecretLabel(label, names) || hiddenLabels(label) || (urlHasSecrets && URL_VARIABLES.has(label));
  const hash = hasherOf(masking.hashKey);
  const total = [...secrets].reduce((sum, secret) => sum + secret.length, 0);
  // So many bytes of secrets that telling them from the rest costs too much: then nothing is shown.
  if (total > EVENT_LIMITS.secretBytesMax) return { text: () => MASK, isSecret, hides: () => true, hash };
  const words = wordsOf(piecesOf(secrets));
  const folded = asciiLower([...secrets].join('\n'));
  return {
    text: (text, shownMax) => maskSpans(text, secretSpans(text, words, reader), MASK, shownMax),
    isSecret,
    hides: (label, value, ofSecretRule) =>
      isSecret(label) ||
      (DERIVED.test(label) &&
        (ofSecretRule || (value.length >= SEARCHED_BYTES_MIN && folded.includes(beginningOf(value))))),
    hash,
  };
}

type Words = Pick<AhoCorasick, 'findAll'>;

/** Words up to which each is searched by itself: that costs less than to build what finds all at once. */
const FEW_WORDS = 16;

const wordsOf = (pieces: readonly string[]): Words =>
  pieces.length > FEW_WORDS ? new AhoCorasick(pieces) : new FewWords(pieces);

class FewWords implements Words {
  readonly #words: readonly string[];

  constructor(words: readonly string[]) {
    this.#words = words.map(asciiLower);
  }

  findAll(text: string): readonly Span[] {
    const lower = asciiLower(text);
    const found: Span[] = [];
    for (const word of this.#words) {
      for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + 1)) {
        found.push({ start: at, end: at + word.length });
      }
    }
    return found;
  }
}

const hasherOf =
  (key: Uint8Array | null): Mask['hash'] =>
  (value) =>
    key === null
      ? null
      : createHmac('sha256', key).update(value, 'latin1').digest('hex').slice(0, HASH_CHARACTERS);

/** Of all that the text says, with and without its escapes. */
function secretSpans(text: string, words: Words, reader: TextReader): readonly Span[] {
  const readings = reader.read(text);
  if (readings === null) return words.findAll(text);
  const spans: Span[] = [];
  for (const { text: read, placeOf, named, cards } of readings) {
    for (const span of words.findAll(read)) spans.push(placeOf(span));
    for (const span of named) spans.push(placeOf(span));
    for (const span of cards) spans.push(placeOf(span));
  }
  return spans;
}

/**
 * What is searched of a value among the secrets: a part of a secret begins with a part of it. Searching for all of a
 * long value could cost its length times theirs.
 */
const beginningOf = (value: string): string => asciiLower(value.slice(0, BEGINNING_BYTES));

/** In pieces, so that a text that was cut in the middle of a long secret shows none of it. */
function piecesOf(secrets: ReadonlySet<string>): readonly string[] {
  const pieces = new Set<string>();
  for (const secret of secrets) {
    for (let at = 0; at < secret.length; at += PIECE_BYTES) {
      const piece = secret.slice(at, at + PIECE_BYTES);
      pieces.add(piece.length < SEARCHED_BYTES_MIN ? secret.slice(-PIECE_BYTES) : piece);
    }
  }
  return [...pieces];
}
