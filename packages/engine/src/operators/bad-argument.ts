/** How operators refuse an argument. */
import { EngineError } from '../errors.ts';

/** A SECLANG_BAD_ARGUMENT for the operator `name` (without `@`). */
export const badArgument = (name: string, reason: string): EngineError =>
  new EngineError('SECLANG_BAD_ARGUMENT', { what: `@${name}`, reason });
