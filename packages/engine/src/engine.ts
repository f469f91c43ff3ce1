/**
 * The engine of one thread: rule files to rule sets, rule sets to transactions.
 *
 *   files ─parse─▶ document ─compile─▶ program ─prefilter─▶ unit ─link with an overlay─▶ RuleSet ─▶ Transaction
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from './assert.ts';
import type { HttpRequestAttributes } from './attributes/http-attributes.ts';
import { compileUnit } from './bundle/compile-unit.ts';
import { freezeProgram } from './bundle/freeze.ts';
import { keysOf } from './bundle/keys.ts';
import { BundleStore } from './bundle/store.ts';
import { compileProgram } from './compile/compile.ts';
import { mergeSettings } from './compile/settings.ts';
import { compileInChild } from './compile-child/compile-in-child.ts';
import { COMPILE_LIMITS, type CompileLimits } from './compile-child/limits.ts';
import { readerWithin } from './compile-child/reader.ts';
import { EngineError } from './errors.ts';
import { fold } from './evaluate/fold.ts';
import type { RuleDocument } from './language/ast.ts';
import { readDataFile } from './language/data-file.ts';
import type { FileReader, RuleSource } from './language/file-reader.ts';
import { parseFiles, parseRules } from './language/parse.ts';
import { withSourceLine } from './language/place.ts';
import { makeRuleFiles } from './language/rule-files.ts';
import { DEFAULT_LIMITS, type Limits, STORE_LIMITS } from './limits.ts';
import { createEnvironment } from './link/environment.ts';
import { Linker } from './link/linker.ts';
import type { Overlay, RuleSet, RuleUnit } from './link/rule-set.ts';
import type { OperatorEnvironment } from './operators/operator.ts';
import { NO_FORMS, type PatternForms } from './patterns/forms.ts';
import type { CompileProgress } from './prefilter/compile.ts';
import {
  HyperscanPrefilter,
  openPrefilter,
  openSharedPrefilter,
  type SharedPrefilter,
} from './prefilter/hyperscan.ts';
import type { RuleProgram } from './rule-set/program.ts';
import { Transaction, type TransactionOptions } from './transaction/transaction.ts';
import { PersistentStore } from './variables/persistent.ts';

export interface EngineOptions {
  /** Where compiled rules are kept; null compiles anew each time. */
  readonly cacheDirectory: string | null;
  readonly files?: FileReader;
}

export interface UnitOptions {
  /** Rules above this paranoia level get no prefilter: policies that run them are right all the same, and slower. */
  readonly paranoiaMax?: 1 | 2 | 3 | 4;
  /** Called for each pattern while rules are compiled; not at all where they are loaded. */
  readonly onProgress?: (progress: CompileProgress) => void;
}

export interface ChildUnitOptions extends UnitOptions {
  readonly limits?: Partial<CompileLimits>;
  /** Where files lie that the texts may include or read words from; by default they may read none. */
  readonly filesRoot?: string;
}

/** A unit as another thread of the process opens it. Structured cloning keeps it whole. */
export interface SharedUnit {
  readonly program: RuleProgram;
  readonly patterns: PatternForms;
  readonly prefilter: SharedPrefilter;
}

export type Evaluation = 'planned' | 'reference';

export class Engine {
  readonly #files: FileReader;
  readonly #cacheDirectory: string | null;
  readonly #bundles: BundleStore | null;
  readonly #environment: OperatorEnvironment = createEnvironment(DEFAULT_LIMITS);
  /** By match limit. */
  readonly #linkers = new Map<number, Linker>();
  readonly #store = new PersistentStore(STORE_LIMITS);
  /** Rule texts that were given and lie in no file, for the errors of later stages. */
  readonly #sources = new WeakMap<RuleUnit, readonly RuleSource[]>();

  constructor(options: EngineOptions) {
    this.#files = options.files ?? makeRuleFiles();
    this.#cacheDirectory = options.cacheDirectory;
    this.#bundles = options.cacheDirectory === null ? null : new BundleStore(options.cacheDirectory);
  }

  /** Compiles rule texts, or loads what an earlier call compiled. Throws an EngineError with the place of a mistake. */
  loadRules(sources: readonly RuleSource[], options: UnitOptions = {}): RuleUnit {
    const unit = this.#unit(keysOf(sources), options, (files) => this.#compileTexts(sources, files));
    this.#sources.set(unit, sources);
    return unit;
  }

  /** As `loadRules`, from files; a glob pattern stands for the files it matches, sorted. */
  loadFiles(paths: readonly string[], options: UnitOptions = {}): RuleUnit {
    return this.#unit(paths, options, (files) => this.#compileDocument(parseFiles(paths, files), [], files));
  }

  /**
   * As `loadRules`, for texts that cannot be trusted to compile in time and memory: they are compiled in a process of
   * their own, unless an earlier call has done so.
   *
   * @throws EngineError also COMPILE_LIMIT, which names the rule
   */
  async loadRulesInChild(sources: readonly RuleSource[], options: ChildUnitOptions = {}): Promise<RuleUnit> {
    const { paranoiaMax = 4, onProgress = () => undefined, limits = {}, filesRoot = null } = options;
    const kept = this.#cacheDirectory;
    const cacheDirectory = kept ?? mkdtempSync(join(tmpdir(), 'sluice-compile-'));
    try {
      const store = new BundleStore(cacheDirectory);
      const files = readerWithin(filesRoot);
      const key = { sources: keysOf(sources), paranoiaMax };
      let unit = store.find(key, files);
      if (unit === null) {
        const request = { sources, paranoiaMax, cacheDirectory, filesRoot };
        const child = { limits: { ...COMPILE_LIMITS, ...limits }, onProgress };
        await this.#showingLater(sources, () => compileInChild(request, child));
        unit = store.find(key, files);
      }
      if (unit === null) {
        throw new EngineError('COMPILE_LIMIT', {
          rule: 'these rules',
          reason: 'a file of theirs changed meanwhile',
        });
      }
      this.#sources.set(unit, sources);
      return unit;
    } finally {
      if (kept === null) rmSync(cacheDirectory, { recursive: true, force: true });
    }
  }

  /** A unit as plain data for `openShared` in another thread of this process: the database is not copied. */
  shareUnit({ program, patterns = NO_FORMS, prefilter }: RuleUnit): SharedUnit {
    assert(prefilter instanceof HyperscanPrefilter, 'units come from this engine');
    return { program, patterns, prefilter: prefilter.share() };
  }

  /**
   * The unit that another thread shares. That thread must hold it until it is opened here.
   *
   * @throws HyperscanError HS_UNKNOWN_TOKEN where no thread of this process has it any more
   */
  openShared({ program, patterns, prefilter }: SharedUnit): RuleUnit {
    return { program: freezeProgram(program), patterns, prefilter: openSharedPrefilter(prefilter) };
  }

  /** Parses and checks, without a prefilter. */
  compile(sources: readonly RuleSource[]): RuleProgram {
    return this.#compileTexts(sources, this.#files);
  }

  /** Puts an overlay on a base. */
  ruleSet(base: RuleUnit, overlay: Overlay): RuleSet {
    const limits = mergeSettings(base.program.settings).limits;
    const linker = this.#linkerFor(limits);
    const sources = [...overlay.before, base, ...overlay.after].flatMap(
      (unit) => this.#sources.get(unit) ?? [],
    );
    return this.#showing(sources, () => fold(linker.link(base, overlay)));
  }

  /** Begins a transaction. */
  transaction(
    ruleSet: RuleSet,
    attributes: HttpRequestAttributes,
    options: Omit<TransactionOptions, 'store'> = {},
  ): Transaction {
    return new Transaction(ruleSet, attributes, { store: this.#store, ...options });
  }

  /** Rules are shared by all sets of a linker; a match limit of a base's own makes patterns of its own. */
  #linkerFor(limits: Limits): Linker {
    const known = this.#linkers.get(limits.pcreMatchSteps);
    if (known !== undefined) return known;
    const same = limits.pcreMatchSteps === DEFAULT_LIMITS.pcreMatchSteps;
    const linker = new Linker(same ? this.#environment : createEnvironment(limits));
    this.#linkers.set(limits.pcreMatchSteps, linker);
    return linker;
  }

  #compileTexts(sources: readonly RuleSource[], files: FileReader): RuleProgram {
    return this.#compileDocument(parseRules(sources, { readFile: files }), sources, files);
  }

  #compileDocument(document: RuleDocument, sources: readonly RuleSource[], files: FileReader): RuleProgram {
    return this.#showing(sources, () =>
      compileProgram(document, {
        // Its patterns are made to be checked, and let go; those that requests need are made when they do.
        environment: createEnvironment(DEFAULT_LIMITS),
        readData: (ruleFile, argument, options) => readDataFile(files, ruleFile, argument, options),
      }),
    );
  }

  /** Errors of stages that know a place but not the text there are shown with the line of the file. */
  #showing<T>(sources: readonly RuleSource[], action: () => T): T {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      throw withSourceLine(error, (file) => this.#textOf(sources, file));
    }
  }

  async #showingLater<T>(sources: readonly RuleSource[], action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      return this.#showing<T>(sources, () => {
        throw error;
      });
    }
  }

  #textOf(sources: readonly RuleSource[], file: string): string | undefined {
    const source = sources.find(({ path }) => path === file);
    if (source !== undefined) return source.text;
    try {
      return this.#files.read(file);
    } catch (error) {
      // The error that is to be shown counts more than the line below it.
      if (error instanceof EngineError) return undefined;
      throw error;
    }
  }

  #unit(
    sources: readonly string[],
    { paranoiaMax = 4, onProgress = () => undefined }: UnitOptions,
    compile: (files: FileReader) => RuleProgram,
  ): RuleUnit {
    const options = { paranoiaMax, onProgress };
    if (this.#bundles !== null) return this.#bundles.open({ sources, compile, ...options }, this.#files);
    const program = compile(this.#files);
    const { patterns, image } = compileUnit(program, options);
    return { program, patterns, prefilter: openPrefilter(image) };
  }
}
