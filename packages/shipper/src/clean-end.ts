/**
 * Which spools a sink had been given nothing of beyond its committed position when the process ended: kept in `STATE/clean.json`
 * by a process that ended in order, taken away by the next one before it sends anything. Where it does not name a spool, what
 * waits there may have been sent.
 */
import { readFileSync, rmSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { reasonOf, ShipperError } from './errors.ts';

/** Folders of spools by the name of the sink. */
const cleanSchema = z.record(z.string(), z.array(z.string()));

export type CleanEnds = Readonly<Record<string, readonly string[]>>;

const pathIn = (state: string): string => join(state, 'clean.json');

/**
 * Read once: afterwards it is gone.
 * @throws ShipperError SHIPPER_STATE
 */
export function takeCleanEnds(state: string): CleanEnds {
  const path = pathIn(state);
  try {
    const text = textOf(path);
    rmSync(path, { force: true });
    return text === null ? {} : parsed(text);
  } catch (cause) {
    throw new ShipperError('SHIPPER_STATE', { path: state, reason: reasonOf(cause) }, cause);
  }
}

/** @throws ShipperError SHIPPER_STATE */
export async function leaveCleanEnds(state: string, ends: CleanEnds): Promise<void> {
  const path = pathIn(state);
  try {
    const file = await open(`${path}.new`, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(ends)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw new ShipperError('SHIPPER_STATE', { path: state, reason: reasonOf(cause) }, cause);
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function parsed(text: string): CleanEnds {
  try {
    return cleanSchema.parse(JSON.parse(text));
  } catch {
    // A damaged one counts as none: more is asked for than need be.
    return {};
  }
}
