/** The Sluice engine behind the server's interface: one base for each paranoia level, one overlay for each policy. */
import {
  buildEvent,
  type CompileProgress,
  type Engine,
  isEventful,
  overlayFor,
  overlayWarnings,
  type RuleSet,
  type RuleUnit,
  type TransactionResult,
} from '@sluice/engine';
import type { Config, PolicyConfig } from './config.ts';
import { ServerError } from './errors.ts';
import type { Inspection, InspectionRequest, Inspector, Verdict } from './inspector.ts';

export interface EngineInspectorOptions {
  readonly engine: Engine;
  /** Rule files of the base, in order: set-up, then the CRS. */
  readonly baseFiles: readonly string[];
  readonly policies: Config['policies'];
  /** Called for each pattern while rules are compiled; not at all where they are loaded. */
  readonly onProgress?: (progress: CompileProgress) => void;
}

/** Compiles the rules of all policies. Throws an EngineError with the place of a mistake in a rule file. */
export function createEngineInspector(options: EngineInspectorOptions): {
  readonly inspector: Inspector;
  readonly warnings: readonly string[];
} {
  const { engine, policies } = options;
  const warnings = new Set<string>();
  const baseOf = baseByLevel(options);
  const ruleSets = new Map<string, RuleSet>();
  for (const [name, policy] of Object.entries(policies)) {
    const overlay = overlayFor({
      name,
      mode: policy.mode,
      paranoia: policy.paranoia,
      inboundThreshold: policy.thresholds.inbound,
      outboundThreshold: policy.thresholds.outbound,
      before: loadUnits(engine, policy.ruleFiles.before),
      after: loadUnits(engine, policy.ruleFiles.after),
    });
    const base = baseOf(asLevel(policy.paranoia));
    ruleSets.set(name, engine.ruleSet(base, overlay));
    // The programs of all levels are the same, and so is what they warn of.
    for (const { position, message } of base.program.warnings) {
      warnings.add(`${position.file}:${position.line}: ${message}`);
    }
    for (const warning of overlayWarnings(base, overlay)) warnings.add(warning);
  }
  return { inspector: new EngineInspector(engine, ruleSets), warnings: [...warnings] };
}

type Level = 1 | 2 | 3 | 4;

/** A base for each paranoia level that a policy has: a policy scans for what its level needs, and no more. */
function baseByLevel({ engine, baseFiles, onProgress }: EngineInspectorOptions): (level: Level) => RuleUnit {
  const bases = new Map<Level, RuleUnit>();
  return (level) => {
    const known = bases.get(level);
    if (known !== undefined) return known;
    const options = onProgress === undefined ? {} : { onProgress };
    const base = engine.loadFiles(baseFiles, { paranoiaMax: level, ...options });
    bases.set(level, base);
    return base;
  };
}

const loadUnits = (engine: Engine, files: PolicyConfig['ruleFiles']['before']): readonly RuleUnit[] =>
  files.length === 0 ? [] : [engine.loadFiles(files)];

/** The configuration's schema holds the level to 1 to 4. */
const asLevel = (level: number): Level => (level >= 4 ? 4 : level === 3 ? 3 : level === 2 ? 2 : 1);

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
