/**
 * Compiled programs kept on disk, by their content. `hs_deserialize` is not safe on hostile bytes, so a file is loaded only
 * where this user wrote it: owner and mode 0600 are checked, and its digest must be in the index beside it. What is
 * damaged, stale or somebody else's counts as not there, and is made anew. What is no longer used goes: see prune.ts.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { HyperscanError, libraryBuild, libraryVersion, provenBuild, trustBuild } from '@sluice/hyperscan-js';
import { EngineError } from '../errors.ts';
import type { FileReader } from '../language/file-reader.ts';
import { BUNDLE_LIMITS, type BundleLimits } from '../limits.ts';
import type { RuleUnit } from '../link/rule-set.ts';
import type { PrefilterOptions } from '../prefilter/compile.ts';
import { openPrefilter } from '../prefilter/hyperscan.ts';
import type { RuleProgram } from '../rule-set/program.ts';
import { bundleDigest, decodeBundle, encodeBundle } from './bundle.ts';
import { type BytesAt, bytesOfBuffer } from './bytes-at.ts';
import { compileUnit } from './compile-unit.ts';
import { INDEX, temporaryName } from './files.ts';
import { codeFingerprint } from './fingerprint.ts';
import { RecordingReader, unchanged } from './inputs.ts';
import { isForeign, withOwnFile } from './own-file.ts';
import { prune, touch } from './prune.ts';

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
  const machine = libraryBuild() ?? [libraryVersion(), os.arch(), os.cpus()[0]?.model ?? ''];
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
    // Before any rule is spoken of: what is wrong with the library is no rule's fault.
    const proven = provenBuild();
    const recording = new RecordingReader(reader);
    const program = request.compile(recording);
    const compiled = compileUnit(program, request);
    const bundle = { program, inputs: recording.inputs, provenBuild: proven, ...compiled };
    this.#save(this.#fileOf(request), encodeBundle(bundle));
    return { program, patterns: compiled.patterns, prefilter: openPrefilter(compiled.image) };
  }

  /** Null where there is no such file that can be relied on. */
  find(key: BundleKey, reader: FileReader): RuleUnit | null {
    const file = this.#fileOf(key);
    return withOwnFile(file, (bytes) => this.#load(file, bytes, reader));
  }

  #load(file: string, bytes: BytesAt, reader: FileReader): RuleUnit | null {
    if (!this.#isIndexed(lineOf(file, bytes))) return null;
    try {
      const { program, inputs, patterns, image, provenBuild } = decodeBundle(bytes, file);
      if (!unchanged(inputs, reader)) return null;
      touch(file);
      // As only this user can have written that it has passed.
      if (provenBuild !== null) trustBuild(provenBuild);
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
    const line = lineOf(file, bytesOfBuffer(bytes));
    this.#addToIndex(line);
    renameSync(temporary, file);
    // Another process may have put a shorter index in the place of the one that the line was added to.
    if (!this.#isIndexed(line)) this.#addToIndex(line);
    prune(this.#directory, this.#limits);
  }

  #isIndexed(line: string): boolean {
    const index = withOwnFile(this.#index, textOf);
    return index?.split('\n').includes(line) ?? false;
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
const lineOf = (file: string, bytes: BytesAt): string => `${path.basename(file)} ${bundleDigest(bytes)}`;

/** What a file holds; what is added to it meanwhile is not read. */
function textOf(bytes: BytesAt): string {
  const text = Buffer.alloc(bytes.length);
  return bytes.read(text, 0) ? text.toString('latin1') : '';
}
