/**
 * The law: a body is refused, or what any server reads out of it was shown to the rules.
 *
 * - A field counts as shown where ARGS holds the same name with the same value. Both count: a policy may leave an argument
 *   out of a rule by its name, so a value under another name is not shown. A field that is seen as a file is
 *   not shown: what is in files is not inspected.
 * - A file counts as shown where FILES holds the same name and file name, or a path whose last part is that file name,
 *   and a file of that field its size; a file without a name counts as shown where ARGS has its name, too.
 * - Texts and attributes of XML have no names here: a text counts as shown where it stands inside of a text of XML:/* or
 *   XML://@*, blanks as runs.
 * - Bytes beyond ASCII are compared as runs: one server decodes them as UTF-8, another as Latin-1, a third puts U+FFFD
 *   in their place. What rules look for is ASCII, all of which must be the same and in the same places.
 * - Blanks in names are compared as runs: one server keeps the line break of a folded header, another does not.
 * - Numbers of JSON are the same where they are equal as numbers.
 */
import type { HostileBody, Reading } from './reader.ts';
import type { SluiceReading } from './sluice.ts';

export interface Bypass {
  readonly reader: string;
  readonly kind: 'field' | 'file';
  readonly name: string;
  /** The value, or the file's name. */
  readonly value: string;
  readonly sizeBytes: number | null;
}

/** A value with each run of bytes beyond ASCII as one byte. */
export const skeleton = (value: string): string => value.replace(/[\x80-\xff]+/g, '\x80');

/** XML ends lines with LF (§2.11) and makes a space of each blank of an attribute (§3.3.3). */
const blanked = (value: string): string => skeleton(value).replace(/[ \t\r\n]+/g, ' ');

/** A number too large for a double is Infinity to JSON.parse. */
const NUMBER = /^-?(?:[0-9][-+.0-9eE]*|Infinity)$/;

/** Whether two scalars of JSON are equal as numbers. */
export const sameNumber = (a: string, b: string): boolean =>
  NUMBER.test(a) && NUMBER.test(b) && Number(a) === Number(b);

/** Whether two values are the same to rules. */
export const same = (a: string, b: string): boolean => skeleton(a) === skeleton(b);

/** Names of parts may be folded, and stand for what they were or for what they are unfolded. */
const sameName = (a: string, b: string): boolean => blanked(a) === blanked(b);

/** Whether `fileName` is `shown` or the last part of it, as servers cut paths off. */
function isLastPart(fileName: string, shown: string): boolean {
  const [last, whole] = [blanked(fileName), blanked(shown)];
  if (last === whole) return true;
  const before = whole.slice(0, whole.length - last.length);
  return whole.endsWith(last) && /[/\\]$/.test(before);
}

function showsField(
  { format }: HostileBody,
  sluice: SluiceReading,
  [name, value]: readonly [string, string],
): boolean {
  if (format === 'xml') return sluice.xml.some((text) => blanked(text).includes(blanked(value)));
  return sluice.args.some(
    ([ourName, ours]) =>
      sameName(ourName, name) && (same(ours, value) || (format === 'json' && sameNumber(ours, value))),
  );
}

function showsFile(sluice: SluiceReading, [name, fileName, sizeBytes]: Reading['files'][number]): boolean {
  if (!fileName && sluice.args.some(([ours]) => sameName(ours, name))) return true;
  const ofField = sluice.files.filter(([ours]) => sameName(ours, name));
  return (
    ofField.some(([, , size]) => size === sizeBytes) &&
    ofField.some(([, ours]) => !fileName || isLastPart(fileName, ours))
  );
}

/** What readers see of a body that Sluice lets pass and did not show to its rules. */
export function bypassesOf(
  body: HostileBody,
  sluice: SluiceReading,
  readings: readonly Reading[],
): readonly Bypass[] {
  if (sluice.refusedBy !== null) return [];
  return readings.flatMap(({ reader, fields, files }) => [
    ...fields
      .filter((field) => !showsField(body, sluice, field))
      .map(([name, value]): Bypass => ({ reader, kind: 'field', name, value, sizeBytes: null })),
    ...files
      .filter((file) => !showsFile(sluice, file))
      .map(
        ([name, value, sizeBytes]): Bypass => ({
          reader,
          kind: 'file',
          name,
          value: value ?? '',
          sizeBytes,
        }),
      ),
  ]);
}
