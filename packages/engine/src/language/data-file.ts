/** Data files of @pmFromFile, @ipMatchFromFile and @validateSchema. */
import type { FileReader } from './file-reader.ts';

export interface DataFileOptions {
  /** Whether ` # …` after a value is a comment: so in lists of addresses, while a word may hold a #. */
  readonly trailingComments?: boolean;
  /** One file, as it stands, in the place of lines. */
  readonly whole?: boolean;
}

/**
 * The lines of data files. Blanks around a line do not count, CRLF included; empty lines and lines that begin with # are
 * left out. Order and duplicates stay.
 *
 * @param fromFile the rule file, to whose directory the names are relative
 * @param argument one name, or several separated by blanks
 * @throws EngineError RULE_FILE_UNREADABLE
 */
export function readDataFile(
  reader: FileReader,
  fromFile: string,
  argument: string,
  options: DataFileOptions = {},
): readonly string[] {
  if (options.whole) return [reader.read(reader.resolve(fromFile, argument))];
  const names = argument.split(/[ \t]+/).filter((name) => name !== '');
  return names.flatMap((name) => {
    return dataLines(reader.read(reader.resolve(fromFile, name)), options);
  });
}

/** The lines of a data file or a SecDataset that hold something. */
export const dataLines = (text: string, options: DataFileOptions = {}): readonly string[] =>
  text
    .split('\n')
    .map((line) => contentOf(line, options))
    .filter((line) => line !== '');

function contentOf(line: string, { trailingComments = false }: DataFileOptions): string {
  const trimmed = trimBlanks(line);
  if (trimmed.startsWith('#')) return '';
  const comment = trailingComments ? trimmed.indexOf('#') : -1;
  return comment < 0 ? trimmed : trimBlanks(trimmed.slice(0, comment));
}

/** `trim()` takes U+00A0, which is a byte of UTF-8 here. */
function trimBlanks(line: string): string {
  let start = 0;
  let end = line.length;
  while (start < end && isBlankCode(line.charCodeAt(start))) start++;
  while (end > start && isBlankCode(line.charCodeAt(end - 1))) end--;
  return line.slice(start, end);
}

const isBlankCode = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d);
