import { EngineError } from '@sluice/engine';
import { reasonOf, ServerError } from '../errors.ts';
import type { Refusal } from './messages.ts';

/** What was thrown, as data. */
export function refusalOf(thrown: unknown): Refusal {
  const code = thrown instanceof EngineError || thrown instanceof ServerError ? thrown.code : 'other';
  return { kind: 'refused', code, message: reasonOf(thrown) };
}
