/** Errors of the spool. docs/errors.md lists the same codes. */
import { CodedError, type ErrorDetails } from '@sluice/engine/coded-error';

export const SPOOL_ERRORS = {
  SPOOL_DIRECTORY: {
    message: 'the spool {path} cannot be used: {reason}',
    remedy: 'Name a folder that this user may write, on a disk of this machine.',
  },
  SPOOL_IN_USE: {
    message: 'the spool {path} has a {who} already: {holder}',
    remedy: 'Stop the other process, or give each its own folder or name.',
  },
  SPOOL_READER_NAME: {
    message: '{name} is no name for a reader',
    remedy: 'Use up to 64 of a-z, 0-9, dot, dash and underscore, a letter or digit first.',
  },
  SPOOL_READERS: {
    message: 'the spool {path} has {count} readers already',
    remedy: 'Remove positions of readers that are no more: the files in its folder readers.',
  },
  SPOOL_POSITION: {
    message: 'the position {path} cannot be read: {reason}',
    remedy:
      'Remove the file: its reader begins at the oldest record again. Stores keep what comes twice once.',
  },
  SPOOL_COMMIT: {
    message: 'the position {path} cannot be written: {reason}',
    remedy:
      'Give the disk room, or the folder to this user. What is not committed comes again, and stores keep it once.',
  },
  SPOOL_VERSION: {
    message: 'segment {path} has version {version} of the format',
    remedy: 'Read it with the newer Sluice that wrote it.',
  },
  SPOOL_CLOSED: {
    message: '{called} on a {what} that is closed',
    remedy: 'Open a new one.',
  },
} as const;

export type SpoolErrorCode = keyof typeof SPOOL_ERRORS;

export class SpoolError extends CodedError<SpoolErrorCode> {
  override readonly name = 'SpoolError';

  constructor(code: SpoolErrorCode, details: ErrorDetails = {}, cause?: unknown) {
    super(SPOOL_ERRORS, code, details, cause);
  }
}

/** The text of something thrown, for a message of ours. */
export const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

/** Whether something thrown is an error of the operating system with this code. */
export const hasCode = (thrown: unknown, code: string): boolean =>
  thrown instanceof Error && 'code' in thrown && thrown.code === code;
