/**
 * Plain text beside compressed data: names and comments of gzip, metadata of brotli. A workload that does not heed
 * Content-Encoding reads a form or parts out of it, while one that does never sees it. The compressed data is no exception:
 * a sender can choose a body of which any compressor makes the text that it wants.
 */

/**
 * As long a run comes about by chance once in gigabytes of compressed data. Where each second byte is NUL, as in UTF-16, and
 * the whole is too short for codes of its own, it comes about more often; that such a body is refused is accepted.
 */
const RUN = /[\t\n\r\x20-\x7e]{24,}/g;

/** In a form an argument is enough, which comes about by chance once in tens of megabytes. */
const RUN_OR_ARGUMENT = /[\t\n\r\x20-\x7e]{24,}|&[\w.%[\]-]{1,40}=[\x20-\x7e]{5,}/g;

/** Bytes of a run that is text whatever its form. */
const LONG_BYTES = 24;

/** Bytes at both ends of a long run that may be compressed data which looks like text. */
const EDGE_BYTES = 4;
/** Each run is looked for in all of the body, so there must not be many. */
const RUNS_MAX = 16;

/**
 * Whether `raw` holds text that is not in what it inflates to, and so is inspected nowhere.
 *
 * @param isForm whether a workload may take the body for an urlencoded form
 */
export function hasPlainText(raw: Uint8Array, inflated: Uint8Array, isForm: boolean): boolean {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.length).toString('latin1');
  const seen = Buffer.from(inflated.buffer, inflated.byteOffset, inflated.length);
  let runs = 0;
  for (const [run] of text.matchAll(isForm ? RUN_OR_ARGUMENT : RUN)) {
    runs += 1;
    // Data that was stored and not compressed is text in both; its first bytes and last ones may have neighbours.
    const core = run.length < LONG_BYTES ? run : run.slice(EDGE_BYTES, -EDGE_BYTES);
    if (runs > RUNS_MAX || !seen.includes(core, 0, 'latin1')) return true;
  }
  return false;
}
