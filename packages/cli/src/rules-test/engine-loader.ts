/** Loads the real engine only when rules are tested: it brings native code that other commands do without. */
import { RulesTestError, reasonOf } from './errors.ts';
import type { StageEngineFactory } from './stage-engine.ts';

/**
 * The factory that `engine-stage.ts` exports as `createStageEngine`.
 *
 * @throws RulesTestError ENGINE_MISSING
 */
export async function loadEngineFactory(): Promise<StageEngineFactory> {
  const specifier = new URL('./engine-stage.ts', import.meta.url).href;
  let loaded: unknown;
  try {
    loaded = await import(specifier);
  } catch (error) {
    throw new RulesTestError('ENGINE_MISSING', { reason: reasonOf(error) }, { cause: error });
  }
  if (!hasFactory(loaded)) {
    throw new RulesTestError('ENGINE_MISSING', { reason: 'it exports no createStageEngine' });
  }
  return loaded.createStageEngine;
}

const hasFactory = (module: unknown): module is { createStageEngine: StageEngineFactory } =>
  typeof module === 'object' &&
  module !== null &&
  'createStageEngine' in module &&
  typeof module.createStageEngine === 'function';
