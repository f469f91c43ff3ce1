/** The Sluice engine behind the server's interface, on this thread: for embedders. `sluice serve` puts the pool behind it. */
import type { CompileProgress, Engine } from '@sluice/engine';
import type { Config } from './config.ts';
import { inspectWhole } from './engine-exchange.ts';
import { ServerError } from './errors.ts';
import type { Inspection, InspectionRequest, Inspector } from './inspector.ts';
import { buildGeneration, type LinkedPolicy, linkPolicy } from './rule-sets.ts';

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
  const linked = new Map<string, LinkedPolicy>();
  for (const name of generation.policies.keys()) linked.set(name, linkPolicy(engine, generation, name));
  return { inspector: new EngineInspector(engine, linked), warnings };
}

class EngineInspector implements Inspector {
  readonly #engine: Engine;
  readonly #linked: ReadonlyMap<string, LinkedPolicy>;

  constructor(engine: Engine, linked: ReadonlyMap<string, LinkedPolicy>) {
    this.#engine = engine;
    this.#linked = linked;
  }

  inspect(request: InspectionRequest): Inspection {
    const policy = this.#linked.get(request.policy);
    // The server names policies of its own configuration only; any other answer would be a guess.
    if (policy === undefined) throw new ServerError('INSPECTION_INVALID', { what: 'an unknown policy' });
    return inspectWhole(this.#engine, policy, request);
  }
}
