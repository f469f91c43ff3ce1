/** Places in rule files, and errors that show them. */
import { EngineError, type EngineErrorCode, type SourcePosition } from '../errors.ts';

/** A position with the physical line it stands in. The line is missing where only the tree is at hand. */
export interface Place {
  readonly position: SourcePosition;
  readonly sourceLine?: string;
}

/** The place of a character of a value that was read from a rule file, whatever quoting was undone on the way. */
export type Locate = (index: number) => Place;

/** A `Locate` of a value whose characters are not known one by one. */
export const locateAll = (position: SourcePosition): Locate => {
  const place = { position };
  return () => place;
};

/** Words of a message are cut here: a rule file can hold a "name" of megabytes. */
const WORD_BYTES_MAX = 80;

/** A word as it stands in an error message: cut, and without characters that a terminal would obey. */
export const shown = (word: string): string => {
  const cut = word.length <= WORD_BYTES_MAX ? word : `${word.slice(0, WORD_BYTES_MAX)}…`;
  return cut.replace(/[\x00-\x1f\x7f-\x9f]/g, '·');
};

/** The error for something refused at a place. */
export function refuse(
  place: Place,
  code: EngineErrorCode,
  details: Readonly<Record<string, string | number>>,
): EngineError {
  return new EngineError(code, details, place);
}

/** SECLANG_SYNTAX at a place. */
export const syntaxError = (place: Place, reason: string): EngineError =>
  refuse(place, 'SECLANG_SYNTAX', { reason });

/** SECLANG_BAD_ARGUMENT at a place. */
export const badArgument = (place: Place, what: string, reason: string): EngineError =>
  refuse(place, 'SECLANG_BAD_ARGUMENT', { what, reason });

/** SECLANG_UNSUPPORTED at a place. */
export const unsupported = (place: Place, what: string, alternative: string): EngineError =>
  refuse(place, 'SECLANG_UNSUPPORTED', { what, alternative });

/**
 * The same error with the source line below it, for stages that know a node's position but not its file's text.
 * An error without a position, or whose file cannot be found, comes back as it is.
 *
 * @param readText the text of a rule file, or undefined where it is not at hand
 */
export function withSourceLine(
  error: EngineError,
  readText: (file: string) => string | undefined,
): EngineError {
  const { position } = error;
  if (position === undefined) return error;
  const sourceLine = readText(position.file)
    ?.split('\n', position.line)
    [position.line - 1]?.replace(/\r$/, '');
  if (sourceLine === undefined) return error;
  return new EngineError(error.code, error.details, { position, sourceLine, cause: error.cause ?? error });
}
