/**
 * The engine of one thread: rule files to rule sets, rule sets to transactions.
 *
 *   files ─parse─▶ document ─compile─▶ program ─prefilter─▶ unit ─link with an overlay─▶ RuleSet ─▶ Transaction
 */
import type { HttpRequestAttributes } from './attributes/http-attributes.ts';
import { BundleStore } from './bundle/store.ts';
import { compileProgram } from './compile/compile.ts';
import { mergeSettings } from './compile/settings.ts';
import { readDataFile } from './language/data-file.ts';
import type { FileReader, RuleSource } from './language/file-reader.ts';
import { parseFiles, parseRules } from './language/parse.ts';
import { makeRuleFiles } from './language/rule-files.ts';
import { DEFAULT_LIMITS, STORE_LIMITS } from './limits.ts';
import { createEnvironment } from './link/environment.ts';
import { linkRuleSet, type Overlay, type RuleSet, type RuleUnit } from './link/link.ts';
import type { OperatorEnvironment } from './operators/operator.ts';
import { compilePrefilter, openPrefilter } from './prefilter/hyperscan.ts';
import type { RuleProgram } from './rule-set/program.ts';
import { Transaction } from './transaction/transaction.ts';
import { PersistentStore } from './variables/persistent.ts';

export interface EngineOptions {
  /** Where compiled rules are kept; null compiles anew each time. */
  readonly cacheDirectory: string | null;
  readonly files?: FileReader;
}

export interface UnitOptions {
  /** Rules above this paranoia level get no prefilter: policies that run them are right all the same, and slower. */
  readonly paranoiaMax?: 1 | 2 | 3 | 4;
}

export type Evaluation = 'planned' | 'reference';

export class Engine {
  readonly #files: FileReader;
  readonly #bundles: BundleStore | null;
  readonly #environment: OperatorEnvironment = createEnvironment(DEFAULT_LIMITS);
  readonly #store = new PersistentStore(STORE_LIMITS);

  constructor(options: EngineOptions) {
    this.#files = options.files ?? makeRuleFiles();
    this.#bundles = options.cacheDirectory === null ? null : new BundleStore(options.cacheDirectory);
  }

  /** Compiles rule texts, or loads what an earlier call compiled. Throws an EngineError with the place of a mistake. */
  loadRules(sources: readonly RuleSource[], options: UnitOptions = {}): RuleUnit {
    return this.#unit(this.compile(sources), options);
  }

  loadFiles(paths: readonly string[], options: UnitOptions = {}): RuleUnit {
    return this.#unit(this.#compileDocument(parseFiles(paths, this.#files)), options);
  }

  /** Parses and checks, without a prefilter. */
  compile(sources: readonly RuleSource[]): RuleProgram {
    return this.#compileDocument(parseRules(sources, { readFile: this.#files }));
  }

  /** Puts an overlay on a base. */
  ruleSet(base: RuleUnit, overlay: Overlay): RuleSet {
    const limits = mergeSettings(base.program.settings).limits;
    const same = limits.pcreMatchSteps === DEFAULT_LIMITS.pcreMatchSteps;
    return linkRuleSet(base, overlay, same ? this.#environment : createEnvironment(limits));
  }

  /** Begins a transaction. */
  transaction(
    ruleSet: RuleSet,
    attributes: HttpRequestAttributes,
    options: { readonly evaluation?: Evaluation; readonly trace?: (line: string) => void } = {},
  ): Transaction {
    return new Transaction(ruleSet, attributes, { store: this.#store, ...options });
  }

  #compileDocument(document: Parameters<typeof compileProgram>[0]): RuleProgram {
    return compileProgram(document, {
      environment: this.#environment,
      readData: (ruleFile, argument, options) => readDataFile(this.#files, ruleFile, argument, options),
    });
  }

  #unit(program: RuleProgram, { paranoiaMax = 4 }: UnitOptions): RuleUnit {
    if (this.#bundles !== null) return this.#bundles.open(program, { paranoiaMax });
    return { program, prefilter: openPrefilter(compilePrefilter(program, { paranoiaMax })) };
  }
}
