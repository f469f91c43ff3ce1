/**
 * Text in compressed bytes that is not in the body: a workload that does not heed Content-Encoding reads it, and nothing
 * else inspects it. It stands in names and comments of gzip, but in the data, too: what a compressor writes is whatever
 * text the sender chose the body for, and now and then text by chance (fixed Huffman codes of a body in UTF-16).
 */
/** From as many bytes on, text in a row counts whatever it says; below, only an argument of a form does. */
const ROW_BYTES = 24;
/** As many bytes at each end of such a row may be data that looks like text. */
const EDGE_BYTES = 4;
/** Data with more texts is refused, wherever they stand. */
const TEXTS_MAX = 16;

const isText = (byte: string): boolean => /[\t\n\r -~]/.test(byte);

/** All texts of `bytes` (Latin-1) that are as long as can be. */
function rowsOf(bytes: string): string[] {
  const rows: string[] = [''];
  for (const byte of bytes) {
    if (!isText(byte)) rows.push('');
    else rows[rows.length - 1] += byte;
  }
  return rows.filter((row) => row !== '');
}

/** An ampersand, a name, an equals sign and at least five bytes of text without line ends and tabs. */
const ARGUMENT = /&[-\w.%[\]]{1,40}=[ -~]{5,}/g;

/**
 * Whether `coded` holds text that `body` does not, or more texts than are looked for. Both are Latin-1, one character a byte.
 *
 * @param isForm whether a workload may take the body for an urlencoded form
 */
export function hasTextBeside(coded: string, body: string, isForm: boolean): boolean {
  const texts = rowsOf(coded).flatMap((row) => {
    if (row.length >= ROW_BYTES) return [row.slice(EDGE_BYTES, -EDGE_BYTES)];
    return isForm ? [...row.matchAll(ARGUMENT)].map(([argument]) => argument) : [];
  });
  return texts.length > TEXTS_MAX || texts.some((text) => !body.includes(text));
}
