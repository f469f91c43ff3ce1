/**
 * Policies come with the first pod that bears the label, and go with the last. Two that act at once must not leave a pod with a
 * label and no policy. So: whoever quarantines labels first and writes the policy then, each time with another version; whoever
 * removes reads the policy's version first, counts the pods then, and removes that version only.
 */
import { z } from 'zod';
import type { Api } from '../apply/api.ts';
import { QUARANTINE_LABEL } from '../kinds/names.ts';
import { ask, readList, segment } from './api.ts';
import { QuarantineError } from './errors.ts';
import { QUARANTINE_LIMITS } from './limits.ts';
import { FIELD_MANAGER, POLICY_NAME } from './names.ts';
import type { PolicyObject } from './policies.ts';
import { askFor, readOne } from './requests.ts';

const NOT_THERE = 404;
const CONFLICT = 409;

export const networkPoliciesPath = (namespace: string): string =>
  `/apis/networking.k8s.io/v1/namespaces/${segment(namespace)}/networkpolicies`;
export const CALICO_GROUP_PATH = '/apis/projectcalico.org/v3';
export const GLOBAL_POLICIES_PATH = `${CALICO_GROUP_PATH}/globalnetworkpolicies`;

const versionSchema = z.looseObject({
  metadata: z.looseObject({ uid: z.string(), resourceVersion: z.string() }),
});

/**
 * Writes it whole, over whatever is there: rules that somebody has added to it let traffic by.
 * @param collection path of the kind's objects
 * @throws QuarantineError QUARANTINE_CONFLICT
 */
export async function writePolicy(api: Api, collection: string, policy: PolicyObject): Promise<void> {
  for (let attempt = 0; attempt < QUARANTINE_LIMITS.attemptsMax; attempt += 1) {
    const found = await readOne(api, `${collection}/${POLICY_NAME}`);
    const answer = await askFor(api, writing(collection, policy, found), NOT_THERE, CONFLICT);
    if (answer.ok) return;
  }
  throw conflict(collection);
}

function writing(collection: string, policy: PolicyObject, found: unknown): Parameters<typeof askFor>[1] {
  const query = { fieldManager: FIELD_MANAGER };
  if (found === null) return { method: 'POST', path: collection, query, body: policy };
  const { resourceVersion } = versionSchema.parse(found).metadata;
  const body = { ...policy, metadata: { ...policy.metadata, resourceVersion } };
  return { method: 'PUT', path: `${collection}/${POLICY_NAME}`, query, body };
}

/**
 * @param pods path of the pods that the policy is for: a namespace's, or all
 * @returns whether it is gone; false where it is still needed
 * @throws QuarantineError QUARANTINE_CONFLICT
 */
export async function removePolicyIfUnused(api: Api, collection: string, pods: string): Promise<boolean> {
  for (let attempt = 0; attempt < QUARANTINE_LIMITS.attemptsMax; attempt += 1) {
    const found = await readOne(api, `${collection}/${POLICY_NAME}`);
    if (found === null) return true;
    const { uid, resourceVersion } = versionSchema.parse(found).metadata;
    const listed = await askFor(api, {
      method: 'GET',
      path: pods,
      query: { labelSelector: QUARANTINE_LABEL, limit: '1' },
    });
    if (readList(listed.ok ? listed.body : null).items.length > 0) return false;
    const answer = await askFor(
      api,
      {
        method: 'DELETE',
        path: `${collection}/${POLICY_NAME}`,
        body: {
          ...{ apiVersion: 'v1', kind: 'DeleteOptions' },
          preconditions: { uid, resourceVersion },
        },
      },
      NOT_THERE,
      CONFLICT,
    );
    if (answer.ok || answer.refusal.status === NOT_THERE) return true;
  }
  throw conflict(collection);
}

const conflict = (collection: string): QuarantineError =>
  new QuarantineError('QUARANTINE_CONFLICT', {
    object: `${collection}/${POLICY_NAME}`,
    attempts: QUARANTINE_LIMITS.attemptsMax,
  });

const groupSchema = z.looseObject({ resources: z.array(z.looseObject({ name: z.string() })) });

/** Whether the cluster serves Calico's GlobalNetworkPolicy; `unknown` where its API server does not answer. */
export async function servesGlobalPolicies(api: Api): Promise<'yes' | 'no' | 'unknown'> {
  const answer = await ask(api, { method: 'GET', path: CALICO_GROUP_PATH });
  if (!answer.ok) return answer.refusal.status === NOT_THERE ? 'no' : 'unknown';
  const { resources } = groupSchema.parse(answer.body);
  return resources.some(({ name }) => name === 'globalnetworkpolicies') ? 'yes' : 'no';
}
