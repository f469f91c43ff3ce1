/**
 * A compiled rule program with its prefilter as one sequence of bytes:
 *
 *   8 bytes  magic            "SLUICE06"
 *   4 bytes  header length    little endian
 *   n bytes  header           JSON: the program, its patterns parsed, the prefilter's slots, each database's length
 *   m bytes  databases        Hyperscan's own serialisation, one behind another
 *  32 bytes  SHA-256          of all that stands before it
 *
 * The digest finds damage. It does not make a stranger's file safe: see store.ts for what is loaded at all.
 */
import { createHash } from 'node:crypto';
import { EngineError } from '../errors.ts';
import type { PatternForm, PatternForms } from '../patterns/forms.ts';
import type { PrefilterImage } from '../prefilter/hyperscan.ts';
import type { RuleProgram } from '../rule-set/program.ts';
import { freezeProgram } from './freeze.ts';
import type { Inputs } from './inputs.ts';

const MAGIC = Buffer.from('SLUICE06', 'latin1');
export const DIGEST_BYTES = 32;
const PREFIX_BYTES = MAGIC.length + 4;

export interface Bundle {
  readonly program: RuleProgram;
  /** What the program was compiled from. */
  readonly inputs: Inputs;
  readonly patterns: PatternForms;
  readonly image: PrefilterImage;
}

interface Header {
  readonly program: RuleProgram;
  readonly inputs: Inputs;
  readonly patterns: readonly (readonly [text: string, form: PatternForm])[];
  readonly slots: PrefilterImage['slots'];
  readonly unscanned: PrefilterImage['unscanned'];
  readonly variants: PrefilterImage['variants'];
  readonly needs: PrefilterImage['needs'];
  readonly paranoiaMax: PrefilterImage['paranoiaMax'];
  readonly databaseBytes: readonly number[];
}

export function encodeBundle({ program, inputs, patterns, image }: Bundle): Buffer {
  const { databases, ...facts } = image;
  const header: Header = {
    program,
    inputs,
    patterns: [...patterns],
    ...facts,
    databaseBytes: databases.map((database) => database.length),
  };
  const json = Buffer.from(JSON.stringify(header), 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const content = Buffer.concat([MAGIC, length, json, ...databases]);
  return Buffer.concat([content, digest(content)]);
}

/** Throws BUNDLE_CORRUPT where a byte is wrong or missing. */
export function decodeBundle(bytes: Buffer, path: string): Bundle {
  const corrupt = (reason: string): EngineError => new EngineError('BUNDLE_CORRUPT', { path, reason });
  if (bytes.length < PREFIX_BYTES + DIGEST_BYTES) throw corrupt('the file is too short');
  const content = bytes.subarray(0, bytes.length - DIGEST_BYTES);
  if (!content.subarray(0, MAGIC.length).equals(MAGIC))
    throw corrupt('this is no compiled rule file of this version');
  if (!digest(content).equals(bytes.subarray(content.length)))
    throw corrupt('the digest does not fit the content');
  const headerEnd = PREFIX_BYTES + content.readUInt32LE(MAGIC.length);
  if (headerEnd > content.length) throw corrupt('the header is longer than the file');
  const header = JSON.parse(content.toString('utf8', PREFIX_BYTES, headerEnd)) as Header;
  const { program, inputs, patterns, databaseBytes, slots, unscanned, variants, needs, paranoiaMax } = header;
  let start = headerEnd;
  const databases = databaseBytes.map((length) => {
    start += length;
    return content.subarray(start - length, start);
  });
  if (start !== content.length) throw corrupt('the databases are cut');
  const image = { slots, unscanned, variants, needs, paranoiaMax, databases };
  return { program: freezeProgram(program), inputs, patterns: new Map(patterns), image };
}

/** SHA-256 in hexadecimal of what a file holds, as its last bytes say. */
export const bundleDigest = (bytes: Buffer): string =>
  bytes.subarray(bytes.length - DIGEST_BYTES).toString('hex');

const digest = (content: Uint8Array): Buffer => createHash('sha256').update(content).digest();
