/**
 * Secrets are masked when an event is made, in every text of it. A secret is found by where it came from (credentials in
 * headers, cookies, arguments by name) and its value is then masked wherever it occurs, matched data included; card
 * numbers are found by their digits.
 */
import type { Hidden } from '../actions/state.ts';
import { asciiLower } from '../bytes.ts';
import { EVENT_LIMITS } from '../limits.ts';
import { AhoCorasick } from '../operators/aho-corasick.ts';
import type { RequestData } from '../variables/request-data.ts';
import type { ResponseData } from '../variables/response-data.ts';
import { findCards } from './cards.ts';
import { hiddenValues, labelsOf } from './hidden.ts';
import {
  hasSecretQuery,
  isSecretLabel,
  SEARCHED_BYTES_MIN,
  SECRET_ASSIGNMENT,
  secretsOf,
  URL_VARIABLES,
} from './secrets.ts';

export const MASK = '***';

/** Longer secrets are searched in pieces of this length. */
export const PIECE_BYTES = 256;

/** Long enough to tell a part of a secret from any other text. */
const BEGINNING_BYTES = 64;

/** Variables whose values are parts of what other rules saw. */
const DERIVED = /^(?:TX|ENV|MATCHED_VARS?|IP|GLOBAL|SESSION|USER|RESOURCE)\b/;

export interface Mask {
  /** The text with its secrets masked. */
  text(text: string): string;
  /** Whether what a rule quotes of this variable could be a part of a secret, which no search for the whole would find. */
  isSecret(label: string): boolean;
  /** Whether a target's value is masked whole: a secret, or a part of one that a rule set aside in a variable. */
  hides(label: string, value: string, ofSecretRule: boolean): boolean;
}

/**
 * Masks a message's secrets: one automaton for all of them, so that the cost is linear in the text however many there
 * are. Case does not count: transformations fold it.
 *
 * @param hidden what sanitise… actions hide besides
 */
export function maskFor(
  request: RequestData,
  response: ResponseData | null,
  hidden: readonly Hidden[] = [],
): Mask {
  const secrets = new Set([...secretsOf(request, response), ...hiddenValues(hidden, request, response)]);
  const hiddenLabels = labelsOf(hidden);
  const urlHasSecrets = hasSecretQuery(request);
  const isSecret = (label: string): boolean =>
    isSecretLabel(label) || hiddenLabels(label) || (urlHasSecrets && URL_VARIABLES.has(label));
  const total = [...secrets].reduce((sum, secret) => sum + secret.length, 0);
  // So many bytes of secrets that telling them from the rest costs too much: then nothing is shown.
  if (total > EVENT_LIMITS.secretBytesMax) return { text: () => MASK, isSecret, hides: () => true };
  const words = new AhoCorasick(piecesOf(secrets));
  const folded = asciiLower([...secrets].join('\n'));
  return {
    text: (text) => maskCards(maskAssignments(secrets.size === 0 ? text : maskMatches(text, words))),
    isSecret,
    hides: (label, value, ofSecretRule) =>
      isSecret(label) ||
      (DERIVED.test(label) &&
        (ofSecretRule || (value.length >= SEARCHED_BYTES_MIN && folded.includes(beginningOf(value))))),
  };
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

/** Replaces each run of overlapping or touching matches by one mask. */
function maskMatches(text: string, words: AhoCorasick): string {
  const matches = words.findAll(text);
  if (matches.length === 0) return text;
  const starts = new Int32Array(matches.length);
  // Ends ascend; going backwards, a start can only be lowered by what ends later and begins earlier.
  let lowest = text.length;
  for (let index = matches.length - 1; index >= 0; index--) {
    lowest = Math.min(lowest, matches[index]?.start ?? 0);
    starts[index] = lowest;
  }
  let masked = '';
  let shown = 0;
  for (let index = 0; index < matches.length; index++) {
    const start = starts[index] ?? 0;
    if (start > shown || masked === '') masked += `${text.slice(shown, Math.max(start, shown))}${MASK}`;
    shown = Math.max(shown, matches[index]?.end ?? 0);
  }
  return masked + text.slice(shown);
}

const maskAssignments = (text: string): string =>
  text.replace(SECRET_ASSIGNMENT, (all, value: string) => all.slice(0, all.length - value.length) + MASK);

function maskCards(text: string): string {
  let masked = '';
  let end = 0;
  for (const card of findCards(text)) {
    if (card.start >= end) masked += text.slice(end, card.start) + MASK;
    end = Math.max(end, card.end);
  }
  return masked + text.slice(end);
}
