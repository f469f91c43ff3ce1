/** Whether whoever acts may do all of it: asked before anything is done, so that nothing is left half done. */
import { z } from 'zod';
import type { Api } from '../apply/api.ts';
import { QuarantineError } from './errors.ts';
import { QUARANTINE_LIMITS } from './limits.ts';
import { askFor } from './requests.ts';

export interface Right {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Absent for all of the cluster. */
  readonly namespace?: string;
  /** Absent for any. */
  readonly name?: string;
}

const reviewSchema = z.looseObject({ status: z.looseObject({ allowed: z.boolean() }) });

async function isAllowed(api: Api, right: Right): Promise<boolean> {
  const answer = await askFor(api, {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview' },
      spec: { resourceAttributes: right },
    },
  });
  return answer.ok && reviewSchema.parse(answer.body).status.allowed;
}

/** Those that are missing. */
export async function missingRights(api: Api, rights: readonly Right[]): Promise<readonly Right[]> {
  const allowed = await Promise.all(rights.map((right) => isAllowed(api, right)));
  return rights.filter((_, at) => !allowed[at]);
}

/** @throws QuarantineError QUARANTINE_RIGHTS_MISSING, which names every one */
export async function needRights(api: Api, user: string, rights: readonly Right[]): Promise<void> {
  const missing = await missingRights(api, rights);
  if (missing.length > 0)
    throw new QuarantineError('QUARANTINE_RIGHTS_MISSING', {
      user,
      rights: missing.map(rightText).join('; '),
    });
}

/** As people read it: `patch pods in shop`. */
export function rightText({ verb, group, resource, namespace, name }: Right): string {
  const what = group === '' ? resource : `${resource}.${group}`;
  return `${verb} ${what}${name === undefined ? '' : ` ${name}`}${namespace === undefined ? '' : ` in ${namespace}`}`;
}

const selfSchema = z.looseObject({
  status: z.looseObject({ userInfo: z.looseObject({ username: z.string() }) }),
});

/** The name by which the API server knows whoever asks. */
export async function whoAmI(api: Api): Promise<string> {
  const answer = await askFor(api, {
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  const { username } = selfSchema.parse(answer.ok ? answer.body : null).status.userInfo;
  return username.slice(0, QUARANTINE_LIMITS.actorCharactersMax);
}
