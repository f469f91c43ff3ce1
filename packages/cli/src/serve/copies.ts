/** Who gets copies of requests beside the answers to them: a candidate, the counter of exclusions, a capture. */
import type { Engine } from '@sluice/engine';
import {
  Capture,
  type Config,
  ExclusionHits,
  type Log,
  type PoolInspector,
  RehearsingInspector,
  type RuleSetGeneration,
} from '@sluice/server';

/** One around the other; nobody waits for any of them. */
export interface Copies {
  readonly inspector: RehearsingInspector;
  readonly rehearsing: RehearsingInspector;
  readonly hits: ExclusionHits;
  readonly capture: Capture;
  /** What is in force from now on. */
  begin(config: Config, generation: RuleSetGeneration): void;
}

export function copyingFrom(inspector: PoolInspector, engine: Engine, config: Config, log: Log): Copies {
  const rehearsing = new RehearsingInspector(inspector);
  const { exclusionLooksPerSecondMax: looksPerSecondMax } = config.limits;
  const hits = new ExclusionHits({ engine, log, looksPerSecondMax });
  const counting = new RehearsingInspector(rehearsing);
  counting.rehearsal = hits;
  const capture = new Capture({ log });
  const capturing = new RehearsingInspector(counting);
  capturing.rehearsal = capture;
  return {
    ...{ inspector: capturing, rehearsing, hits, capture },
    begin(current, generation) {
      hits.begin(current, generation);
      capture.begin(current);
    },
  };
}
