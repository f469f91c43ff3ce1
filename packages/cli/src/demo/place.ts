/** Where the demo keeps its events, for `sluice events` to find them. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { DemoError } from './errors.ts';

/** What Sluice keeps between calls and cannot make again, unlike its cache. */
export function stateDirectory(variables: NodeJS.ProcessEnv): string {
  const { SLUICE_STATE, XDG_STATE_HOME } = variables;
  if (SLUICE_STATE) return resolve(SLUICE_STATE);
  return join(XDG_STATE_HOME || join(homedir(), '.local/state'), 'sluice');
}

export const demoDirectory = (variables: NodeJS.ProcessEnv): string =>
  join(stateDirectory(variables), 'demo');

/** Names the store of the demo that ran last, or runs. */
export const currentStorePath = (variables: NodeJS.ProcessEnv): string =>
  join(demoDirectory(variables), 'store.json');

/**
 * The address of that store, as `--store` takes it; null where no demo ran yet.
 * @throws DemoError DEMO_STATE_DAMAGED
 */
export function readDemoStore(variables: NodeJS.ProcessEnv): string | null {
  const path = currentStorePath(variables);
  if (!existsSync(path)) return null;
  try {
    const record: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof record === 'object' && record !== null && 'store' in record) {
      if (typeof record.store === 'string') return record.store;
    }
  } catch (error) {
    throw new DemoError('DEMO_STATE_DAMAGED', { path, reason: String(error) }, error);
  }
  throw new DemoError('DEMO_STATE_DAMAGED', { path, reason: 'it names no store' });
}
