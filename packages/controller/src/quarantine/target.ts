/** Which pod is meant. */
import type { Api } from '../apply/api.ts';
import { segment } from './api.ts';
import { QuarantineError } from './errors.ts';
import { keyOf, readPod, type TargetPod } from './pod.ts';
import { readAll, readOne } from './requests.ts';

export type Target =
  /** With a UID: that pod, not another of its name. */
  | { readonly kind: 'name'; readonly namespace: string; readonly name: string; readonly uid?: string }
  /** Looked for in one namespace, or in all. */
  | { readonly kind: 'uid'; readonly uid: string; readonly namespace?: string };

/**
 * Who sent the request of an event, as Sluice named it when the request came: by the address that the packets came from, which
 * nobody can write into a header.
 */
export interface EventSource {
  readonly id: string;
  /** Of `waf.source`; `''` where the document has none. */
  readonly namespace: string;
  readonly pod: string;
  readonly uid: string;
}

const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Names of Kubernetes' objects: what else may stand in a path is not asked for. */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** @throws QuarantineError QUARANTINE_TARGET */
export function parseTarget(text: string, namespace: string | undefined): Target {
  if (UID.test(text)) return { kind: 'uid', uid: text, ...(namespace === undefined ? {} : { namespace }) };
  const [first = '', second, ...rest] = text.split('/');
  const name = second ?? first;
  const of = second === undefined ? (namespace ?? '') : first;
  const wrong = (reason: string): QuarantineError =>
    new QuarantineError('QUARANTINE_TARGET', { target: JSON.stringify(text), reason });
  if (rest.length > 0 || !NAME.test(name)) throw wrong('it is neither a name nor a UID');
  if (!NAME.test(of)) throw wrong('the namespace is missing');
  if (namespace !== undefined && of !== namespace) throw wrong(`-n says ${namespace}`);
  return { kind: 'name', namespace: of, name };
}

/** @throws QuarantineError QUARANTINE_EVENT_WITHOUT_POD */
export function targetOf({ id, namespace, pod, uid }: EventSource): Target {
  const refuse = (reason: string): QuarantineError =>
    new QuarantineError('QUARANTINE_EVENT_WITHOUT_POD', { event: id, reason });
  if (namespace === '' || pod === '') throw refuse('it came from outside, from a node, or nobody knew');
  // Without it a pod that came later, and has only the name, would be taken for the one that did it.
  if (!UID.test(uid)) throw refuse(`it names ${namespace}/${pod} without its UID`);
  return { kind: 'name', namespace, name: pod, uid };
}

export const podPath = (namespace: string, name: string): string => `${podsPath(namespace)}/${segment(name)}`;
/** All namespaces where none is named. */
export const podsPath = (namespace?: string): string =>
  namespace === undefined ? '/api/v1/pods' : `/api/v1/namespaces/${segment(namespace)}/pods`;

/**
 * The pod as it is now.
 * @throws QuarantineError QUARANTINE_POD_UNKNOWN, QUARANTINE_POD_REPLACED
 */
export async function resolveTarget(api: Api, target: Target): Promise<TargetPod> {
  if (target.kind === 'uid') return findByUid(api, target.uid, target.namespace);
  const { namespace, name, uid } = target;
  const raw = await readOne(api, podPath(namespace, name));
  if (raw !== null) {
    const pod = readPod(raw);
    if (uid === undefined || pod.uid === uid) return pod;
  }
  const key = keyOf({ namespace, name });
  if (uid === undefined) throw new QuarantineError('QUARANTINE_POD_UNKNOWN', { pod: key });
  throw new QuarantineError('QUARANTINE_POD_REPLACED', { pod: key, uid });
}

async function findByUid(api: Api, uid: string, namespace?: string): Promise<TargetPod> {
  for (const raw of await readAll(api, podsPath(namespace))) {
    const pod = readPod(raw);
    if (pod.uid === uid) return pod;
  }
  const where = namespace === undefined ? '' : ` in ${namespace}`;
  throw new QuarantineError('QUARANTINE_POD_UNKNOWN', { pod: `with the UID ${uid}${where}` });
}
