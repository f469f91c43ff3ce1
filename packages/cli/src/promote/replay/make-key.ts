/** `sluice promote capture-key`: a pair of keys for captures. The private one is written where nobody but its owner reads it. */
import { writeFileSync } from 'node:fs';
import { makeCaptureKeys, reasonOf } from '@sluice/server';
import { EXIT } from '../../setup/errors.ts';
import { PromoteError } from '../errors.ts';

/** @throws PromoteError PROMOTE_OPTION where the file is there already, or cannot be written */
export function runCaptureKey(
  path: string,
  { stdout }: { readonly stdout: { write(text: string): unknown } },
): number {
  const { publicKey, privateKey } = makeCaptureKeys();
  try {
    writeFileSync(path, privateKey, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new PromoteError('PROMOTE_OPTION', { option: path, reason: reasonOf(error) }, error);
  }
  stdout.write(`${publicKey}\n`);
  return EXIT.ok;
}
