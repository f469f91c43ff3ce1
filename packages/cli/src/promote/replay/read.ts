/** What is given to a replay: captures, the key that opens them, and exclusions that are tried. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CAPTURE_ENDING,
  type CapturedRequest,
  type ExclusionPolicy,
  openCapture,
  publicKeyOf,
  readCaptured,
  reasonOf,
  recipientOf,
  ServerError,
} from '@sluice/server';
import { policySchema } from '@sluice/server/policies/policy-schema';
import { z } from 'zod';
import { PromoteError } from '../errors.ts';

export interface CaptureRead {
  readonly path: string;
  readonly requests: readonly CapturedRequest[];
  /** False: its end is missing. */
  readonly isWhole: boolean;
}

/** A file of a folder, which is for another key. */
export interface OtherKey {
  readonly path: string;
  readonly recipient: string;
}

/**
 * One file after the other. What a folder has for other keys is passed over, unless there is nothing else.
 * @throws PromoteError PROMOTE_OPTION; ServerError CAPTURE_KEY, CAPTURE_DAMAGED, with the path of the file
 */
export function* readCaptures(paths: readonly string[], keyPath: string): Generator<CaptureRead | OtherKey> {
  const key = textOf('--key', keyPath);
  const own = publicKeyOf(key);
  let [opened, first]: [number, OtherKey | null] = [0, null];
  for (const { path, isOfFolder } of paths.flatMap(filesAt)) {
    const file = reading(path, () => readFileSync(path));
    const recipient = recipientOf(file);
    if (isOfFolder && recipient !== null && recipient !== own) {
      first ??= { path, recipient };
      yield { path, recipient };
      continue;
    }
    opened++;
    yield readCapture(path, file, key);
  }
  if (opened > 0 || first === null) return;
  throw new ServerError('CAPTURE_KEY', { reason: `${first.path} is for the key ${first.recipient}` });
}

function readCapture(path: string, file: Buffer, key: string): CaptureRead {
  try {
    const { records, isWhole } = openCapture(file, key);
    return { path, requests: records.map(readCaptured), isWhole };
  } catch (cause) {
    if (!(cause instanceof ServerError)) throw cause;
    throw new ServerError(cause.code, { reason: `${path}: ${cause.details.reason ?? ''}` }, { cause });
  }
}

interface CapturePath {
  readonly path: string;
  readonly isOfFolder: boolean;
}

function filesAt(path: string): readonly CapturePath[] {
  return reading(path, () => {
    if (!statSync(path).isDirectory()) return [{ path, isOfFolder: false }];
    const names = readdirSync(path).filter((name) => name.endsWith(CAPTURE_ENDING));
    return names.toSorted().map((name) => ({ path: join(path, name), isOfFolder: true }));
  });
}

function reading<T>(option: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new PromoteError('PROMOTE_OPTION', { option, reason: reasonOf(error) }, error);
  }
}

const textOf = (option: string, path: string): string => reading(option, () => readFileSync(path, 'utf8'));

const proposals = z.array(
  z.union([z.object({ exclusion: z.unknown() }).transform(({ exclusion }) => exclusion), z.unknown()]),
);
/** What `sluice promote WORKLOAD --json` and `sluice promote exclude --json` print, or a list of exclusions. */
const forms = z.union([
  z
    .object({ exclusions: z.object({ proposed: proposals }) })
    .transform(({ exclusions }) => exclusions.proposed),
  z.object({ exclusions: proposals }).transform(({ exclusions }) => exclusions),
  proposals,
]);

/** @throws PromoteError PROMOTE_OPTION */
export function readExclusions(path: string): readonly ExclusionPolicy[] {
  return reading('--with', () => {
    const exclusions = forms.parse(JSON.parse(textOf('--with', path)));
    return policySchema.parse({ exclusions }).exclusions;
  });
}
