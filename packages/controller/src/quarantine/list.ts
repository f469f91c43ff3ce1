/** Who is in quarantine. */

import type { Api } from '../apply/api.ts';
import { QUARANTINE_LABEL } from '../kinds/names.ts';
import { readPod, type TargetPod } from './pod.ts';
import { type QuarantineState, stateOf } from './record.ts';
import { readAll } from './requests.ts';
import { podsPath } from './target.ts';

export interface HeldPod {
  readonly pod: TargetPod;
  /** Never `free`. */
  readonly state: QuarantineState;
}

/** @param namespace all of them where absent; sorted by namespace and name */
export async function listQuarantine(api: Api, namespace?: string): Promise<readonly HeldPod[]> {
  const found = await readAll(api, podsPath(namespace), { labelSelector: QUARANTINE_LABEL });
  return found
    .map(readPod)
    .map((pod) => ({ pod, state: stateOf(pod) }))
    .toSorted((a, b) => order(`${a.pod.namespace}/${a.pod.name}`, `${b.pod.namespace}/${b.pod.name}`));
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
