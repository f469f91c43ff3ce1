import { isUint8Array } from 'node:util/types';
import { crc32 } from 'node:zlib';
import { native, unprovenNative } from './binding.ts';
import { HyperscanError } from './errors.ts';
import type { DatabaseHandle, LentDatabase } from './native.ts';
import { badArgument, checkAttached, checkKeys, MODE_BITS, type Mode } from './options.ts';
import { checked, checkedNumber, INVALID } from './status.ts';

/** One byte with the number of the way that literals are scanned, and a CRC-32 (little endian) over all before it. */
const TRAILER_BYTES = 5;
const CHECKSUM_BYTES = 4;

/** Only this package makes databases of handles. */
export const INTERNAL = Symbol('hyperscan-js internal');

/** How literals are scanned: by Hyperscan's own interface for them, or written as expressions. */
export type LiteralWay = 'literal-api' | 'expressions';

/** The ways by their numbers in a database's traits. */
export const LITERAL_WAYS: readonly (LiteralWay | undefined)[] = [undefined, 'expressions', 'literal-api'];

/** How bytes become a database. */
export interface DeserializeOptions {
  /**
   * True where the caller has just compared these bytes with a digest of its own, which leaves out the checksum: a third
   * of the time. What is in Hyperscan's own header is checked all the same.
   */
  readonly verified?: boolean;
}

/** What a database is. */
export interface DatabaseInfo {
  /** Hyperscan's version, as in `5.4.0`. */
  readonly version: string;
  /** The CPU it is for, as in `AVX2`; empty where any will do. */
  readonly features: string;
  /** `BLOCK`, `VECTORED` or `STREAM`. */
  readonly mode: string;
  /** Bytes of memory that each stream takes; in stream mode only. */
  readonly streamBytes?: number;
  /** For a database of `compileLiterals` only. */
  readonly literals?: LiteralWay;
}

/** Takes `Version: 5.4.0 Features: AVX2 Mode: BLOCK` apart. */
function parseInfo(text: string): DatabaseInfo {
  const [, version, features, mode] = /^Version: (\S*) Features: (.*) Mode: (\S*)$/.exec(text) ?? [];
  if (version === undefined || features === undefined || mode === undefined) {
    throw new HyperscanError('HS_NATIVE', { what: 'info', status: text });
  }
  return { version, features: features.trim(), mode };
}

/** Filled by the class below: reads a database's handle from outside of it. */
let readHandle: (database: Database) => DatabaseHandle | undefined;

/**
 * Compiled patterns: immutable, and shared by all threads of the process that have its token. The memory is freed
 * when the last one that holds it, here or in another thread, is closed, collected or gone with its thread.
 */
export class Database {
  #handle: DatabaseHandle | undefined;

  static {
    readHandle = (database) => database.#handle;
  }

  /** For this package only: use `compile`, `deserialize` or `fromShared`. */
  constructor(key: symbol, handle: DatabaseHandle) {
    if (key !== INTERNAL) throw badArgument('new Database', 'compile(), deserialize() or fromShared()', key);
    this.#handle = handle;
  }

  /**
   * Bytes for `deserialize`, with the same version of Hyperscan on a CPU of the same kind or better: Hyperscan's own
   * form, a byte that says how literals are scanned, and a CRC-32 (little endian) over both. Hyperscan's own CRC leaves
   * out its header and the last 72 bytes.
   */
  serialize(): Uint8Array<ArrayBuffer> {
    const handle = databaseHandle(this);
    const { literals } = checked(native().databaseTraits(handle), 'serialize');
    const content = new Uint8Array(checked(native().serializeDatabase(handle), 'serialize'));
    const bytes = new Uint8Array(content.length + TRAILER_BYTES);
    bytes.set(content);
    bytes[content.length] = literals;
    const end = bytes.length - CHECKSUM_BYTES;
    new DataView(bytes.buffer).setUint32(end, crc32(bytes.subarray(0, end)), true);
    return bytes;
  }

  /**
   * What the database is, and for which CPU.
   * @throws HyperscanError HS_CLOSED
   */
  info(): DatabaseInfo {
    const handle = databaseHandle(this);
    const info = parseInfo(checked(native().databaseInfo(handle), 'info'));
    const { mode, streamBytes, literals } = checked(native().databaseTraits(handle), 'info');
    const way = LITERAL_WAYS[literals];
    return {
      ...info,
      ...(mode === MODE_BITS.stream ? { streamBytes } : {}),
      ...(way === undefined ? {} : { literals: way }),
    };
  }

  /** Bytes of memory. */
  get sizeBytes(): number {
    return checkedNumber(native().databaseSize(databaseHandle(this)), 'sizeBytes');
  }

  /**
   * A number by which every thread of this process may open the same database with `fromShared`. It holds nothing: the
   * token is good as long as somebody has the database open.
   */
  share(): number {
    return checkedNumber(native().shareDatabase(databaseHandle(this)), 'share');
  }

  /**
   * The database for another addon of this process, which may scan with it as long as it keeps what it gets: closing this
   * does not end it. What an addon finds behind it is in native/lent_database.h.
   */
  lend(): LentDatabase {
    return checked(native().lendDatabase(databaseHandle(this)), 'lend');
  }

  /** Gives the database up. Scanners made of it go on. A second call does nothing. */
  close(): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    checkedNumber(native().closeDatabase(handle), 'close');
  }
}

/**
 * The database that `serialize` gave these bytes of. The checksum finds accidents, not attackers: bytes from strangers
 * can crash the process, so load only what you know you wrote. The bytes are copied: the array is free again afterwards.
 * @throws HyperscanError HS_SERIALIZED_CORRUPT, HS_VERSION_MISMATCH, HS_PLATFORM_MISMATCH,
 *   HS_BAD_ARGUMENT, HS_DETACHED, HS_NO_MEMORY
 */
export function deserialize(bytes: Uint8Array, options: DeserializeOptions = {}): Database {
  // Validate arguments.
  if (!isUint8Array(bytes)) throw badArgument('bytes', 'a Uint8Array', bytes);
  checkAttached(bytes, 'bytes');
  checkKeys(options, ['verified'], 'options');
  if (bytes.length < TRAILER_BYTES) throw corrupt(bytes);
  // Validate the header before anything is loaded.
  const version = libraryVersion();
  const content = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length - TRAILER_BYTES);
  const text = native().serializedInfo(content);
  if (text === INVALID) throw corrupt(bytes);
  const info = parseInfo(checked(text, 'deserialize', { version }));
  // Validate the content.
  const literals = bytes[content.length] ?? LITERAL_WAYS.length;
  if (literals >= LITERAL_WAYS.length) throw corrupt(bytes);
  if (options.verified !== true && !isWhole(bytes)) throw corrupt(bytes);
  // Load.
  const handle = native().deserializeDatabase(content, literals);
  if (handle === INVALID) throw corrupt(bytes);
  const details = { version, features: info.features || 'any' };
  return new Database(INTERNAL, checked(handle, 'deserialize', details));
}

/** Whether the checksum at the end fits what stands before it. */
function isWhole(bytes: Uint8Array): boolean {
  const end = bytes.length - CHECKSUM_BYTES;
  const checksum = new DataView(bytes.buffer, bytes.byteOffset + end, CHECKSUM_BYTES).getUint32(0, true);
  return checksum === crc32(new Uint8Array(bytes.buffer, bytes.byteOffset, end));
}

/**
 * The database of a token from `share`, in the same process: a second hold on the same memory, no copy.
 * @throws HyperscanError HS_UNKNOWN_TOKEN when nobody holds it any more; HS_BAD_ARGUMENT
 */
export function fromShared(token: number): Database {
  if (!Number.isSafeInteger(token) || token <= 0) throw badArgument('token', 'a token of share()', token);
  return new Database(INTERNAL, checked(native().findDatabase(token), 'fromShared', { token }));
}

const corrupt = (bytes: Uint8Array): HyperscanError =>
  new HyperscanError('HS_SERIALIZED_CORRUPT', { reason: `${bytes.length} bytes, length or checksum wrong` });

/** The handle of an open database. */
export function databaseHandle(database: unknown): DatabaseHandle {
  if (!(database instanceof Database)) throw badArgument('database', 'a Database', database);
  const handle = readHandle(database);
  if (handle === undefined) throw new HyperscanError('HS_CLOSED', { what: 'database' });
  return handle;
}

/** What a database is in, in the words of `CompileOptions`. */
export function modeOf(database: Database): Mode {
  const { mode } = checked(native().databaseTraits(databaseHandle(database)), 'mode');
  if (mode === MODE_BITS.stream) return 'stream';
  return mode === MODE_BITS.vectored ? 'vectored' : 'block';
}

/**
 * Refuses a database that a scan of the mode `wanted` cannot take.
 * @param what takes it, for the message
 * @throws HyperscanError HS_MODE_MISMATCH, HS_CLOSED, HS_BAD_ARGUMENT
 */
export function checkMode(database: Database, wanted: Mode, what: string): void {
  const mode = modeOf(database);
  if (mode !== wanted) throw new HyperscanError('HS_MODE_MISMATCH', { mode, wanted, what });
}

/** Hyperscan's version and date, as in `5.4.0 2021-01-26`. */
export const libraryVersion = (): string => checked(unprovenNative().libraryVersion(), 'libraryVersion');
