/** The Sluice engine behind the server's interface, on this thread: for embedders. `sluice serve` puts the pool behind it. */
import type { CompileProgress, Engine, RuleSet } from '@sluice/engine';
import type { Config } from './config.ts';
import { inspectWhole } from './engine-exchange.ts';
import { ServerError } from './errors.ts';
import type { Inspection, InspectionRequest, Inspector } from './inspector.ts';
import { buildGeneration, linkPolicy } from './rule-sets.ts';

export interface EngineInspectorOptions {
  readonly engine: Engine;
  /** Rule files of the base, in order: set-up, then the CRS. */
  readonly baseFiles: readonly string[];
  readonly policies: Config['policies'];
  readonly select?: Config['select'];
  /** Called for each pattern while rules are compiled; not at all where they are loaded. */
  readonly onProgress?: (progress: CompileProgress) => void;
}

/** Compiles the rules of all policies. Throws an EngineError with the place of a mistake in a rule file. */
export function createEngineInspector(options: EngineInspectorOptions): {
  readonly inspector: Inspector;
  readonly warnings: readonly string[];
} {
  const { engine } = options;
  const { generation, warnings } = buildGeneration({ ...options, id: 1 });
  const ruleSets = new Map<string, RuleSet>();
  for (const name of generation.policies.keys()) ruleSets.set(name, linkPolicy(engine, generation, name));
  return { inspector: new EngineInspector(engine, ruleSets), warnings };
}

class EngineInspector implements Inspector {
  readonly #engine: Engine;
  readonly #ruleSets: ReadonlyMap<string, RuleSet>;

  constructor(engine: Engine, ruleSets: ReadonlyMap<string, RuleSet>) {
    this.#engine = engine;
    this.#ruleSets = ruleSets;
  }

  inspect(request: InspectionRequest): Inspection {
    const ruleSet = this.#ruleSets.get(request.policy);
    // The server names policies of its own configuration only; any other answer would be a guess.
    if (ruleSet === undefined) throw new ServerError('INSPECTION_INVALID', { what: 'an unknown policy' });
    return inspectWhole(this.#engine, ruleSet, request);
  }
}
