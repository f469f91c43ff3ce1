/**
 * A compiled rule program with its prefilter as one sequence of bytes:
 *
 *   8 bytes  magic            "SLUICE07"
 *   4 bytes  header length    little endian
 *   n bytes  header           JSON in ASCII: the program, its patterns parsed, the prefilter's slots, each database's length and
 *                             SHA-256
 *   m bytes  databases        Hyperscan's own serialisation, one behind another
 *  32 bytes  SHA-256          of magic, header length and header
 *
 * So the last bytes vouch for all others, and each database can be read, compared and opened before the next one is read: the
 * memory for one is enough, and stays in the processor's cache.
 *
 * The digests find damage. They do not make a stranger's file safe: see store.ts for what is loaded at all.
 */
import { hash } from 'node:crypto';
import { EngineError } from '../errors.ts';
import type { PatternForm, PatternForms } from '../patterns/forms.ts';
import type { PrefilterImage } from '../prefilter/hyperscan.ts';
import type { RuleProgram } from '../rule-set/program.ts';
import type { BytesAt } from './bytes-at.ts';
import { freezeProgram } from './freeze.ts';
import type { Inputs } from './inputs.ts';
import { type PackedProgram, packProgram, unpackProgram } from './pack.ts';

const MAGIC = Buffer.from('SLUICE07', 'latin1');
const DIGEST_BYTES = 32;
const PREFIX_BYTES = MAGIC.length + 4;

export interface Bundle {
  readonly program: RuleProgram;
  /** What the program was compiled from. */
  readonly inputs: Inputs;
  readonly patterns: PatternForms;
  readonly image: PrefilterImage;
  /** The build of Hyperscan that had passed its self-test when the databases were made; null where it has no name. */
  readonly provenBuild: string | null;
}

type ImageFacts = Omit<PrefilterImage, 'databases'>;

interface Header extends ImageFacts {
  readonly program: PackedProgram;
  readonly inputs: Inputs;
  readonly patterns: readonly (readonly [text: string, form: PatternForm])[];
  readonly provenBuild: string | null;
  readonly databases: readonly DatabaseEntry[];
}

interface DatabaseEntry {
  readonly bytes: number;
  readonly sha256: string;
}

export function encodeBundle({ program, inputs, patterns, image, provenBuild }: Bundle): Buffer {
  const { databases: images, ...facts } = image;
  const databases = [...images];
  const header: Header = {
    program: packProgram(program),
    inputs,
    patterns: [...patterns],
    provenBuild,
    ...facts,
    databases: databases.map((database) => ({ bytes: database.length, sha256: hash('sha256', database) })),
  };
  const json = Buffer.from(inAscii(JSON.stringify(header)), 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const head = Buffer.concat([MAGIC, length, json]);
  return Buffer.concat([head, ...databases, hash('sha256', head, 'buffer')]);
}

/**
 * Throws BUNDLE_CORRUPT where a byte of the header is wrong, or the length of the whole. So does going through the image's
 * databases where one of theirs is: each is compared when its turn comes, and good until the next one's.
 */
export function decodeBundle(source: BytesAt, path: string): Bundle {
  const corrupt = (reason: string): EngineError => new EngineError('BUNDLE_CORRUPT', { path, reason });
  const head = readHead(source, corrupt);
  if (hash('sha256', head) !== bundleDigest(source)) throw corrupt('the digest does not fit the header');
  const headBytes = head.length;
  const header = JSON.parse(head.toString('latin1', PREFIX_BYTES)) as Header;
  giveBack(head);
  const { program, inputs, patterns, provenBuild, databases: entries, ...facts } = header;
  const end = entries.reduce((at, { bytes }) => at + bytes, headBytes);
  if (end + DIGEST_BYTES !== source.length) throw corrupt('the databases are cut');
  const databases = { [Symbol.iterator]: () => readDatabases(source, headBytes, entries, corrupt) };
  const image: PrefilterImage = { ...facts, databases };
  return {
    program: freezeProgram(unpackProgram(program)),
    inputs,
    patterns: new Map(patterns),
    image,
    provenBuild,
  };
}

type Corrupt = (reason: string) => EngineError;

/** Magic, header length and header. */
function readHead(source: BytesAt, corrupt: Corrupt): Buffer<ArrayBuffer> {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  if (source.length < PREFIX_BYTES + DIGEST_BYTES || !source.read(prefix, 0))
    throw corrupt('the file is too short');
  if (!prefix.subarray(0, MAGIC.length).equals(MAGIC))
    throw corrupt('this is no compiled rule file of this version');
  const length = PREFIX_BYTES + prefix.readUInt32LE(MAGIC.length);
  if (length > source.length - DIGEST_BYTES) throw corrupt('the header is longer than the file');
  const head = Buffer.allocUnsafeSlow(length);
  if (!source.read(head, 0)) throw corrupt('the header is cut');
  return head;
}

/** All in one piece of memory: what is compared is what is opened, whatever becomes of the file. */
function* readDatabases(
  source: BytesAt,
  start: number,
  entries: readonly DatabaseEntry[],
  corrupt: Corrupt,
): Generator<Uint8Array> {
  const room = Buffer.allocUnsafeSlow(Math.max(0, ...entries.map(({ bytes }) => bytes)));
  let at = start;
  try {
    for (const { bytes, sha256 } of entries) {
      const database = room.subarray(0, bytes);
      if (!source.read(database, at)) throw corrupt('the databases are cut');
      if (hash('sha256', database) !== sha256) throw corrupt('the digest does not fit a database');
      yield database;
      at += bytes;
    }
  } finally {
    giveBack(room);
  }
}

/** Frees memory of its own at once: megabytes that a collection would find much later. */
function giveBack(bytes: Buffer<ArrayBuffer>): void {
  bytes.buffer.transfer(0);
}

/** The digest in hexadecimal that a bundle ends with; empty where it is too short to have one. */
export function bundleDigest(source: BytesAt): string {
  const digest = Buffer.alloc(DIGEST_BYTES);
  const start = source.length - DIGEST_BYTES;
  return start >= 0 && source.read(digest, start) ? digest.toString('hex') : '';
}

/** JSON with all that is not ASCII escaped: each byte a character, it is decoded in a fraction of the time. */
const inAscii = (json: string): string =>
  json.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
