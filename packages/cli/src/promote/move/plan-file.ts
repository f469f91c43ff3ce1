/** The plan of a move, on disk beside the configuration that it changes: whoever starts again goes on from it. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type MovePlan, planSchema } from '@sluice/hub/promote';
import { PromoteError } from '../errors.ts';

/** `promote-shop.json`; the slashes of a policy's name are dashes. */
export const planPath = (config: string, policy: string): string =>
  join(dirname(resolve(config)), `promote-${policy.replaceAll('/', '-')}.json`);

/** Null where there is none. @throws PromoteError PROMOTE_PLAN */
export function readPlan(path: string): MovePlan | null {
  if (!existsSync(path)) return null;
  try {
    return planSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PromoteError('PROMOTE_PLAN', { path, reason }, cause);
  }
}

/** In one step: what is there is always a whole plan. */
export function writePlan(path: string, plan: MovePlan): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}
