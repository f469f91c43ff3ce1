/** A name for this shipper that no other has, kept in its state: a server knows by it what a process before this one sent. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf, ShipperError } from './errors.ts';

const FILE = 'identity';
const IDENTITY = /^sluice-[0-9a-f]{16}$/;

/** @throws ShipperError SHIPPER_STATE */
export function identityIn(state: string): string {
  const path = join(state, FILE);
  try {
    mkdirSync(state, { recursive: true, mode: 0o700 });
    const known = readIdentity(path);
    if (known !== null) return known;
    const made = `sluice-${randomBytes(8).toString('hex')}`;
    writeFileSync(path, `${made}\n`, { mode: 0o600, flush: true });
    return made;
  } catch (cause) {
    throw new ShipperError('SHIPPER_STATE', { path: state, reason: reasonOf(cause) }, cause);
  }
}

/** Null where there is none, or a damaged one. */
function readIdentity(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8').trim();
    return IDENTITY.test(text) ? text : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
