/**
 * Where transformations write their result. Most values are short, so one buffer serves them all: a transformation
 * asks for it, fills it and takes the string out before it returns, and none calls another in between.
 */

/** Larger results get a buffer of their own, so that one huge body does not stay in memory. */
const SHARED_BYTES = 65_536;

const shared = Buffer.alloc(SHARED_BYTES);

/** A buffer of at least `bytes` bytes whose content is undefined; valid until the next call. */
export const byteOutput = (bytes: number): Buffer =>
  bytes <= SHARED_BYTES ? shared : Buffer.allocUnsafe(bytes);

/** The first `count` bytes of `output` as a value. */
export const takeBytes = (output: Buffer, count: number): string => output.toString('latin1', 0, count);
