/**
 * Compiled programs kept on disk, by their content. `hs_deserialize` is not safe on hostile bytes, so a file is loaded only
 * where this user wrote it: owner and mode 0600 are checked, and its digest must be in the index beside it. What is
 * damaged, stale or somebody else's counts as not there, and is made anew. What is no longer used goes: see prune.ts.
 */
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { HyperscanError, libraryVersion } from '@sluice/hyperscan-js';
import { EngineError } from '../errors.ts';
import type { FileReader } from '../language/file-reader.ts';
import { BUNDLE_LIMITS, type BundleLimits } from '../limits.ts';
import type { RuleUnit } from '../link/rule-set.ts';
import type { PrefilterOptions } from '../prefilter/compile.ts';
import { openPrefilter } from '../prefilter/hyperscan.ts';
import type { RuleProgram } from '../rule-set/program.ts';
import { bundleDigest, decodeBundle, encodeBundle } from './bundle.ts';
import { compileUnit } from './compile-unit.ts';
import { codeOf, INDEX, temporaryName } from './files.ts';
import { codeFingerprint } from './fingerprint.ts';
import { RecordingReader, unchanged } from './inputs.ts';
import { prune, touch } from './prune.ts';

const UNREADABLE: ReadonlySet<unknown> = new Set(['ENOENT', 'EACCES']);
const STALE: ReadonlySet<string> = new Set([
  'HS_SERIALIZED_CORRUPT',
  'HS_VERSION_MISMATCH',
  'HS_PLATFORM_MISMATCH',
  'HS_MODE_MISMATCH',
]);

/** What compiled rules are found by. */
export interface BundleKey {
  /** What is compiled: the paths, or the texts, in their order. */
  readonly sources: readonly string[];
  readonly paranoiaMax: number;
}

export interface BundleRequest extends BundleKey, PrefilterOptions {
  /** Compiles from scratch; all files must be read through the reader given. */
  readonly compile: (reader: FileReader) => RuleProgram;
}

/** Sources, level, code, library and processor: a database fits the processor that it was made for. */
function keyOf({ sources, paranoiaMax }: BundleKey): string {
  const machine = [libraryVersion(), os.arch(), os.cpus()[0]?.model ?? ''];
  const key = JSON.stringify([codeFingerprint(), machine, paranoiaMax, sources]);
  return createHash('sha256').update(key).digest('hex').slice(0, 40);
}

export class BundleStore {
  readonly #directory: string;
  readonly #limits: BundleLimits;

  /** @param directory made with mode 0700 where it is not there */
  constructor(directory: string, limits: BundleLimits = BUNDLE_LIMITS) {
    this.#directory = directory;
    this.#limits = limits;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  }

  /** The rules with their prefilter: loaded where they were compiled before on such a machine, else compiled and kept. */
  open(request: BundleRequest, reader: FileReader): RuleUnit {
    const found = this.find(request, reader);
    if (found !== null) return found;
    const recording = new RecordingReader(reader);
    const program = request.compile(recording);
    const compiled = compileUnit(program, request);
    this.#save(this.#fileOf(request), encodeBundle({ program, inputs: recording.inputs, ...compiled }));
    return { program, patterns: compiled.patterns, prefilter: openPrefilter(compiled.image) };
  }

  /** Null where there is no such file that can be relied on. */
  find(key: BundleKey, reader: FileReader): RuleUnit | null {
    const file = this.#fileOf(key);
    const bytes = readOwn(file);
    if (bytes === null) return null;
    if (!this.#isIndexed(lineOf(file, bytes))) return null;
    try {
      const { program, inputs, patterns, image } = decodeBundle(bytes, file);
      if (!unchanged(inputs, reader)) return null;
      touch(file);
      return { program, patterns, prefilter: openPrefilter(image) };
    } catch (error) {
      if (error instanceof EngineError && error.code === 'BUNDLE_CORRUPT') return null;
      // Written by another version of the binding, or for another library: made anew like a damaged one.
      if (error instanceof HyperscanError && STALE.has(error.code)) return null;
      throw error;
    }
  }

  #fileOf(key: BundleKey): string {
    return path.join(this.#directory, `${keyOf(key)}.bundle`);
  }

  #save(file: string, bytes: Buffer): void {
    const temporary = path.join(this.#directory, temporaryName(path.basename(file)));
    writeFileSync(temporary, bytes, { mode: 0o600 });
    const line = lineOf(file, bytes);
    this.#addToIndex(line);
    renameSync(temporary, file);
    // Another process may have put a shorter index in the place of the one that the line was added to.
    if (!this.#isIndexed(line)) this.#addToIndex(line);
    prune(this.#directory, this.#limits);
  }

  #isIndexed(line: string): boolean {
    return readOwn(this.#index)?.toString('latin1').split('\n').includes(line) ?? false;
  }

  #addToIndex(line: string): void {
    // An index that others could write to proves nothing: a new one takes its place.
    if (isForeign(this.#index)) rmSync(this.#index, { force: true });
    appendFileSync(this.#index, `${line}\n`, { mode: 0o600 });
  }

  get #index(): string {
    return path.join(this.#directory, INDEX);
  }
}

/** What the index says of a bundle. */
const lineOf = (file: string, bytes: Buffer): string => `${path.basename(file)} ${bundleDigest(bytes)}`;

const isOwn = ({ uid, mode }: Stats): boolean => uid === process.getuid?.() && (mode & 0o077) === 0;

function isForeign(file: string): boolean {
  const status = statSync(file, { throwIfNoEntry: false });
  return status !== undefined && !isOwn(status);
}

/** A file that only this user can have written, else null. The index decides what is loaded, so it counts too. */
function readOwn(file: string): Buffer | null {
  const descriptor = openOrNull(file);
  if (descriptor === null) return null;
  try {
    // What is asked and what is read are the same file, also where another takes its name meanwhile.
    return isOwn(fstatSync(descriptor)) ? readFileSync(descriptor) : null;
  } finally {
    closeSync(descriptor);
  }
}

function openOrNull(file: string): number | null {
  try {
    return openSync(file, 'r');
  } catch (error) {
    // A file that this user may not read is somebody else's.
    if (UNREADABLE.has(codeOf(error))) return null;
    throw error;
  }
}
