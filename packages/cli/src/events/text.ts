/**
 * Texts of documents, as a terminal may have them. A document is what an attacker sent: its control characters, escape
 * sequences and bidirectional marks are shown, never obeyed.
 */
import { visibleText } from '../inspect/visible.ts';

/** Control, format, surrogate, private, unassigned characters and separators: nothing that a reader sees. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** One line, cut where it is longer than `max` characters. */
export function oneLine(text: string, max = Number.POSITIVE_INFINITY): string {
  // What is cut off need not be made visible first: a value may be long.
  const whole = visibleText(text.length <= max * 2 ? text : text.slice(0, max * 2));
  const characters = [...whole];
  return characters.length <= max && text.length <= max * 2
    ? whole
    : `${characters.slice(0, Math.max(0, max - 1)).join('')}…`;
}

/** The same value when it is read, and nothing in it that a terminal obeys. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(UNSEEN, (character) =>
    // JSON's own line ends; within strings they are escaped already.
    character === '\n' ? character : escaped(character),
  );
}

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
