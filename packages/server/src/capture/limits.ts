/** Bounds of a capture. What is beyond them is not captured, and counted. Live requests are never held up. */
export const CAPTURE_LIMITS = Object.freeze({
  /** Bytes of all files of a folder (`capture.bytesMax`). Nothing is deleted: what is full takes nothing more. */
  bytesMax: 268_435_456,
  /** Requests a second of one policy (`capture.policies.NAME.perSecondMax`). */
  perSecondMax: 50,
  /** Bytes of a file, beyond which the next one is begun. */
  fileBytesMax: 67_108_864,
  /** Bytes that wait for the disk. */
  waitingBytesMax: 8_388_608,
  /** Time for which a policy is not captured after the disk has refused. */
  pauseMillis: 60_000,
  /** Bytes of a record of a file that is read: the longest body and header lines, and some. */
  recordBytesMax: 16_777_216,
  /** Bytes of the body of a request. */
  bodyBytesMax: 1_048_576,
});
