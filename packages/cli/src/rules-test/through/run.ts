/** Runs stages through a real Envoy, one after the other. */
import type { Exclusions } from '../exclusions.ts';
import { judge } from '../judge.ts';
import { buildRequest } from '../request.ts';
import { conclude, type StageResult } from '../run.ts';
import type { TestStage } from '../stage.ts';
import type { Stand } from './stand.ts';

export interface RunThroughOptions {
  readonly stages: readonly TestStage[];
  readonly stand: Stand;
  readonly exclusions: Exclusions;
  /** Called after each stage. */
  readonly onProgress?: (done: number, total: number) => void;
}

export async function runThrough(options: RunThroughOptions): Promise<StageResult[]> {
  const { stages, stand, exclusions, onProgress } = options;
  const results: StageResult[] = [];
  for (const stage of stages) {
    const ask = async () => {
      const exchange = await stand.exchange(buildRequest(stage.input));
      return { reasons: judge(stage.expected, exchange), grave: [], refusal: exchange.refusal };
    };
    const first = await ask();
    const again = stage.expected.retryOnce && first.reasons.length > 0;
    results.push(conclude(stage, again ? await ask() : first, exclusions.get(stage.id)));
    onProgress?.(results.length, stages.length);
  }
  return results;
}
