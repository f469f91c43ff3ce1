/** Who somebody is to the API server, what they may, and requests in their name. */
import { KubeConfig } from '@kubernetes/client-node';
import { z } from 'zod';
import { ApiClient } from '../cluster/client.ts';
import { DESK_LIMITS } from './limits.ts';

/** As an API server knows somebody. */
export interface Subject {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

export interface Person {
  readonly user: Subject;
  /** Null: by impersonation. */
  readonly token: string | null;
}

export interface Access {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace?: string;
}

const userSchema = z.object({
  username: z.string().min(1),
  uid: z.string().default(''),
  groups: z.array(z.string()).default([]),
  extra: z.record(z.string(), z.array(z.string())).default({}),
});

const tokenReviewSchema = z.looseObject({
  status: z.looseObject({
    authenticated: z.boolean().default(false),
    audiences: z.array(z.string()).default([]),
    user: userSchema.partial().default({}),
  }),
});

/**
 * Null: nobody, or the token is for somebody else. An authenticator that knows of no audiences answers with none, as
 * the API says: where audiences are asked for, that is a no.
 *
 * @param audiences none: it must be for the API server itself
 */
export async function reviewToken(
  api: ApiClient,
  token: string,
  audiences: readonly string[],
): Promise<Subject | null> {
  const body = await api.call({
    ...{ method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews' },
    body: {
      ...{ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview' },
      spec: { token, ...(audiences.length === 0 ? {} : { audiences }) },
    },
    timeoutMillis: DESK_LIMITS.answerMillisMax,
  });
  const { status } = tokenReviewSchema.parse(body);
  const isForUs = audiences.length === 0 || status.audiences.some((each) => audiences.includes(each));
  if (!status.authenticated || !isForUs) return null;
  const user = userSchema.safeParse(status.user);
  if (!user.success) return null;
  const { username, ...rest } = user.data;
  return { name: username, ...rest };
}

const accessSchema = z.looseObject({ status: z.looseObject({ allowed: z.boolean() }) });

async function isAllowed(api: ApiClient, user: Subject, access: Access): Promise<boolean> {
  const { name, uid, groups, extra } = user;
  const body = await api.call({
    ...{ method: 'POST', path: '/apis/authorization.k8s.io/v1/subjectaccessreviews' },
    body: {
      ...{ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview' },
      spec: { user: name, uid, groups, extra, resourceAttributes: access },
    },
    timeoutMillis: DESK_LIMITS.answerMillisMax,
  });
  return accessSchema.parse(body).status.allowed;
}

/** One answer each, in their order. */
export async function reviewAccess(
  api: ApiClient,
  user: Subject,
  accesses: readonly Access[],
): Promise<readonly boolean[]> {
  const answers: boolean[] = [];
  for (let at = 0; at < accesses.length; at += DESK_LIMITS.reviewsMax) {
    const some = accesses.slice(at, at + DESK_LIMITS.reviewsMax);
    answers.push(...(await Promise.all(some.map((access) => isAllowed(api, user, access)))));
  }
  return answers;
}

/**
 * Asks as somebody else: with their token alone, and none of our own credentials, or with ours in their name. To be closed.
 *
 * @param own as whom the console itself asks
 */
export function clientOf(own: KubeConfig, { user, token }: Person): ApiClient {
  return token === null ? new ApiClient(own, impersonating(user)) : new ApiClient(withToken(own, token));
}

function withToken(own: KubeConfig, token: string): KubeConfig {
  const cluster = own.getCurrentCluster();
  const config = new KubeConfig();
  const name = 'somebody';
  config.loadFromOptions({
    ...{ clusters: cluster === null ? [] : [cluster], users: [{ name, token }] },
    contexts: [{ name, cluster: cluster?.name ?? '', user: name }],
    currentContext: name,
  });
  return config;
}

/** As a header line has it: one that begins or ends with a blank, or has other characters, would come to the API server as another. */
const HEADER_TEXT = /^[!-~](?:[ -~]*[!-~])?$/;
/** Names that are Kubernetes' own: its parts, and accounts of programs. */
const RESERVED = 'system:';

/** Why nobody acts in their name by impersonation; null where that can be asked for. Who has a token acts by that. */
export function whyNotInName({ user: { name, uid, groups, extra }, token }: Person): string | null {
  if (token !== null) return null;
  if (name.startsWith(RESERVED)) return "it is a name of Kubernetes' own";
  const isSent = [name, ...groups, ...Object.values(extra).flat()].every((text) => HEADER_TEXT.test(text));
  return isSent && (uid === '' || HEADER_TEXT.test(uid))
    ? null
    : 'their name, or that of a group, has characters that impersonation cannot tell';
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function impersonating({ name, uid, groups, extra }: Subject): Readonly<Record<string, string | string[]>> {
  const extras = Object.entries(extra).map(
    ([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, [...values]] as const,
  );
  return {
    'Impersonate-User': name,
    ...(uid === '' ? {} : { 'Impersonate-Uid': uid }),
    ...(groups.length === 0 ? {} : { 'Impersonate-Group': [...groups] }),
    ...Object.fromEntries(extras),
  };
}
