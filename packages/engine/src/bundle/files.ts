/** Names of a store's files, and what may befall them. */

/** Which digests are this user's: a bundle that it does not name is not loaded. */
export const INDEX = 'INDEX';

/** A file is written under a name of its own, and then takes its place whole. */
export const temporaryName = (name: string): string => `${name}.${process.pid}.${process.hrtime.bigint()}`;

/** Another process took the file away, or it is not for this one to change. */
export const GONE: ReadonlySet<unknown> = new Set(['ENOENT', 'EACCES', 'EPERM', 'EROFS']);

/** The code of what the file system throws. */
export const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
