/** The Sluice engine behind the server's interface, on this thread: for embedders. `sluice serve` puts the pool behind it. */
import {
  buildEvent,
  type CompileProgress,
  type Engine,
  isEventful,
  type RuleSet,
  type TransactionResult,
} from '@sluice/engine';
import type { Config } from './config.ts';
import { ServerError } from './errors.ts';
import type { Inspection, InspectionRequest, Inspector, Verdict } from './inspector.ts';
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
    const transaction = this.#engine.transaction(ruleSet, request.attributes);
    transaction.requestHeaders();
    transaction.requestBody(request.body);
    transaction.requestEnd(!request.bodyComplete);
    return toInspection(transaction.finish(), request.probe);
  }
}

/** In the event's `labels` of ECS. */
const PROBE_LABELS = { sluice_probe: 'true' };

function toInspection(result: TransactionResult, probe: boolean): Inspection {
  const event = isEventful(result) ? buildEvent(result) : null;
  return {
    verdict: toVerdict(result.verdict),
    mode: result.mode,
    wouldBlock: result.verdict.kind !== 'allow',
    rules: result.matches.filter(({ rule }) => rule.data.log).map(({ rule }) => rule.data.id),
    event: event !== null && probe ? { ...event, labels: PROBE_LABELS } : event,
    durationMicros: result.state.elapsedMicros(),
  };
}

function toVerdict(verdict: TransactionResult['verdict']): Verdict {
  switch (verdict.kind) {
    case 'allow':
      return { kind: 'allow' };
    case 'deny':
      return { kind: 'deny', status: verdict.status, ruleId: verdict.ruleId };
    case 'uninspectable':
      // Responses are not judged here, so that cause cannot arise.
      return {
        kind: 'uninspectable',
        cause: verdict.cause === 'response_size' ? 'inspector_failed' : verdict.cause,
      };
  }
}
