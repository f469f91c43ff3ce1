/** Every bound of reloading: its unit last in the name. */
export const RELOAD_LIMITS = Object.freeze({
  /** Time between two looks at the files, where nothing says that they changed. */
  pollMillis: 2_000,
  /** Time for which files must stay as they are before they are read: who writes several writes one after the other. */
  quietMillis: 250,
  /** Time that compiling may take. The CRS takes a minute where it was never compiled. */
  compileMillisMax: 600_000,
  /** Bytes of memory that compiling may take beyond what Node takes to start. */
  compileBytesMax: 4_294_967_296,
  /** Bytes that the compiling process may say. */
  answerBytesMax: 1_048_576,
  /** Files that are watched. */
  filesMax: 10_000,
  /** Time after which a clock is asked again for exclusions that end later: a timer takes no more than 24 days, and clocks are set. */
  expiryMillisMax: 3_600_000,
  /** Time between two attempts to leave out what has expired, where the files cannot be taken over. */
  expiredRetryMillis: 60_000,
});
