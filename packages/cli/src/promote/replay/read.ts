/** What is given to a replay: captures, the key that opens them, and exclusions that are tried. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CAPTURE_ENDING,
  type CapturedRequest,
  type ExclusionPolicy,
  openCapture,
  readCaptured,
  reasonOf,
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

/** One file after the other. @throws PromoteError PROMOTE_OPTION, ServerError CAPTURE_KEY, CAPTURE_DAMAGED */
export function* readCaptures(paths: readonly string[], keyPath: string): Generator<CaptureRead> {
  const key = textOf('--key', keyPath);
  for (const path of paths.flatMap(filesAt)) {
    const { records, isWhole } = openCapture(
      reading(path, () => readFileSync(path)),
      key,
    );
    yield { path, requests: records.map(readCaptured), isWhole };
  }
}

function filesAt(path: string): readonly string[] {
  return reading(path, () => {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith(CAPTURE_ENDING));
    return names.toSorted().map((name) => join(path, name));
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
