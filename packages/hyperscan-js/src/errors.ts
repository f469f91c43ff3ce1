/**
 * Every error that this package raises: a code that never changes its meaning, what it says, and the remedy.
 * docs/errors.md lists the same codes (a test compares them); a retired code is never used again.
 */

/** A code's meaning and what to do about it; `{name}` is filled from the error's details. */
interface ErrorDefinition {
  readonly message: string;
  readonly remedy: string;
}

/** What each code means, and what to do about it. */
export const HYPERSCAN_ERRORS = {
  // Loading
  HS_BINDING_MISSING: {
    message: 'the native part {path} is missing',
    remedy: 'Build it: native/build.sh in the package hyperscan-js.',
  },
  HS_BINDING_UNUSABLE: {
    message: 'the native part {path} cannot be loaded: {reason}',
    remedy: 'Install Hyperscan (apt-get install libhyperscan5), then build anew: native/build.sh.',
  },
  HS_CPU_UNSUPPORTED: {
    message: 'Hyperscan does not run on this CPU',
    remedy: 'Use an x86-64 CPU with SSSE3.',
  },
  HS_UNSOUND: {
    message: 'the library {version} gives wrong answers on this CPU: {reason}',
    remedy:
      'Use Intel Hyperscan 5.4.x (apt-get install libhyperscan5) instead of the library that is linked.',
  },
  // Arguments
  HS_BAD_ARGUMENT: {
    message: '{what}: expected {expected}, got {got}',
    remedy: 'Pass {expected}.',
  },
  HS_NUL_IN_EXPRESSION: {
    message: '{what}: a NUL byte at index {index}',
    remedy: 'Write it as \\x00 in the expression.',
  },
  HS_NOT_LATIN1: {
    message: '{what}: a character above U+00FF at index {index}',
    remedy: 'Pass bytes, one a character: Buffer.from(text).toString("latin1").',
  },
  HS_DETACHED: {
    message: '{what}: its buffer is detached',
    remedy: 'Do not transfer a buffer that is still scanned.',
  },
  HS_OFFSETS: {
    message: 'offsets: {reason}',
    remedy: 'Pass count + 1 offsets that ascend and stay within the arena.',
  },
  HS_UNSAFE_COMBINATION: {
    message: 'pattern {index} (id {id}) has SINGLEMATCH in a database with combinations, which loses matches',
    remedy: 'Give SINGLEMATCH to the combinations only, and QUIET to their operands.',
  },
  // Databases
  HS_COMPILE: {
    message: '{what}: {reason}',
    remedy: 'Correct the expression, or split it where it is too large.',
  },
  HS_SERIALIZED_CORRUPT: {
    message: 'these bytes are no whole serialised database: {reason}',
    remedy: 'Compile the patterns anew and serialise the database again.',
  },
  HS_VERSION_MISMATCH: {
    message: 'the database was made by another version of Hyperscan than {version}',
    remedy: 'Compile the patterns anew with this version.',
  },
  HS_PLATFORM_MISMATCH: {
    message: 'the database was made for another CPU ({features})',
    remedy: 'Compile the patterns anew on this CPU, or with the option platform: "generic".',
  },
  HS_MODE_MISMATCH: {
    message: 'the database is in {mode} mode, which {what} does not take',
    remedy: 'Compile the patterns anew with the option mode: "{wanted}".',
  },
  HS_UNKNOWN_TOKEN: {
    message: 'no open database has the token {token}',
    remedy: 'Keep the shared database open until every thread has taken it, and stay in one process.',
  },
  // Use
  HS_CLOSED: { message: 'the {what} is closed', remedy: 'Do not use it after close().' },
  HS_STREAM_ENDED: {
    message: 'the stream has ended',
    remedy: 'Call reset() before the next value.',
  },
  HS_UNDRAINED: {
    message: '{what}: matches of the stream wait that would be lost',
    remedy: 'Take them with drain() first.',
  },
  HS_TOO_MANY_MATCHES: {
    message: '{what}: more than {max} matches wait; the stream takes no more',
    remedy: 'Use SINGLEMATCH, pass a larger out or raise pendingMax; then reset() the stream.',
  },
  HS_TOO_LONG: {
    message: '{what}: more bytes than an offset of 32 bits can count',
    remedy: 'Scan less than 4 GiB, or with report: "ids".',
  },
  HS_SCRATCH_IN_USE: {
    message: '{what}: the scratch space of this thread is in use',
    remedy: 'This is a defect: please report it.',
  },
  HS_NO_MEMORY: { message: '{what}: out of memory', remedy: 'Give the process more memory.' },
  HS_NATIVE: {
    message: '{what}: the native part answered {status}',
    remedy: 'This is a defect: please report it with the patterns.',
  },
} as const satisfies Record<string, ErrorDefinition>;

/** What tells one error from another. */
export type HyperscanErrorCode = keyof typeof HYPERSCAN_ERRORS;

export type ErrorDetails = Readonly<Record<string, string | number>>;

export interface HyperscanErrorOptions {
  /** The id of the pattern that was refused. */
  readonly expressionId?: number | undefined;
  /** Its place in the list of patterns, from 0. */
  readonly expressionIndex?: number | undefined;
  readonly cause?: unknown;
}

/** Fills `{name}` in a template from `details`; what is not given stays empty. */
const fill = (template: string, details: ErrorDetails): string =>
  template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? ''));

/** The only error class of this package. */
export class HyperscanError extends Error {
  /** `HyperscanError`. */
  override readonly name = 'HyperscanError';
  /** A code keeps its meaning for good. */
  readonly code: HyperscanErrorCode;
  /** What the message is filled with. */
  readonly details: ErrorDetails;
  /** What to do about it. */
  readonly remedy: string;
  /** The id of the pattern that was refused. */
  readonly expressionId: number | undefined;
  /** Its place in the list of patterns, from 0. */
  readonly expressionIndex: number | undefined;

  /** For this package only, which raises it. */
  constructor(code: HyperscanErrorCode, details: ErrorDetails = {}, options: HyperscanErrorOptions = {}) {
    const message = fill(HYPERSCAN_ERRORS[code].message, details);
    super(`${message} [${code}]`, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.details = details;
    this.remedy = fill(HYPERSCAN_ERRORS[code].remedy, details);
    this.expressionId = options.expressionId;
    this.expressionIndex = options.expressionIndex;
  }
}
