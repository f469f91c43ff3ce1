/**
 * Which encodings of an XML document can be inspected as bytes: those in which ASCII stands for itself. Any other would
 * hide its text from the rules, so it is refused and never read as if it were UTF-8.
 */

const UTF8_MARK = '\xef\xbb\xbf';
const TRANSPARENT =
  /^(?:utf-?8|us-ascii|ascii|iso[-_]?8859-?[0-9]{1,2}|latin-?1|windows-125[0-8]|cp125[0-8])$/i;
const DECLARED = /[ \t\r\n]encoding[ \t\r\n]*=[ \t\r\n]*(?:"([^"]*)"|'([^']*)')/;

/** How many bytes of a document must be known before readByteOrderMark() can tell. */
export const BYTE_ORDER_MARK_BYTES = 3;

/** Bytes to skip at the start of a document; null for UTF-16 or UTF-32. */
export function readByteOrderMark(start: string): number | null {
  if (start.startsWith(UTF8_MARK)) return UTF8_MARK.length;
  if (start.startsWith('\xff\xfe') || start.startsWith('\xfe\xff')) return null;
  return 0;
}

/** The encoding that an XML declaration names and that cannot be inspected; null where there is none such. */
export function opaqueEncoding(declaration: string): string | null {
  const match = DECLARED.exec(declaration);
  const name = match?.[1] ?? match?.[2];
  return name === undefined || TRANSPARENT.test(name) ? null : name;
}
