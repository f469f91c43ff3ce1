/** Sign-in of who is no local user: by a provider of OpenID Connect, or by a token of the cluster. */

import { CodedError } from '@sluice/engine/coded-error';
import type { ConsoleClusterConfig, OidcConfig } from '@sluice/hub';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Cluster, ClusterPerson } from '../cluster/cluster.ts';
import { ConsoleError } from '../errors.ts';
import type { Attempts } from '../identity/attempts.ts';
import type { Audit } from '../identity/audit.ts';
import type { Identity } from '../identity/role.ts';
import type { Stranger } from '../identity/sessions.ts';
import { Envelope } from '../oidc/envelope.ts';
import { identityOf } from '../oidc/groups.ts';
import { CALLBACK_PATH, type Provider } from '../oidc/provider.ts';
import { type Access, demandSameOrigin } from './access.ts';
import { bodyOf } from './body.ts';
import { CONSOLE_ROUTES, tokenSchema } from './routes.ts';
import type { SessionAnswer, SessionAnswers } from './session-answer.ts';

export interface StrangerParts {
  readonly access: Access;
  readonly answers: SessionAnswers;
  readonly attempts: Attempts;
  readonly audit: Audit;
  readonly oidc: OidcConfig | false;
  readonly provider: Provider | null;
  readonly kubernetes: ConsoleClusterConfig | false;
  readonly cluster: Cluster | null;
}

const COOKIE = 'sluice_oidc';
const COOKIE_PATH = '/api/oidc';
const COOKIE_SECONDS = 600;
/** Names in the cluster that are Kubernetes' own: no provider gives them to anybody. */
const RESERVED = 'system:';

export function addStrangerRoutes(app: FastifyInstance, parts: StrangerParts): void {
  const { oidc, provider, cluster } = parts;
  if (oidc !== false && provider !== null) addOidc(app, parts, oidc, provider);
  if (cluster !== null) addToken(app, parts, cluster);
}

function addOidc(app: FastifyInstance, parts: StrangerParts, oidc: OidcConfig, provider: Provider): void {
  const { access } = parts;
  const envelope = new Envelope();
  const cookie = { path: COOKIE_PATH, httpOnly: true, secure: access.isSecure } as const;

  app.get('/api/oidc/begin', { schema: { hide: true } }, async (request, reply) => {
    try {
      const { url, journey } = await provider.begin();
      // Lax: the way back begins at the provider, which is another site.
      const options = { ...cookie, sameSite: 'lax', maxAge: COOKIE_SECONDS } as const;
      return reply.setCookie(COOKIE, envelope.seal(journey), options).redirect(url, 303);
    } catch (error) {
      return refused(parts, request, reply, 'oidc', error);
    }
  });

  app.get(CALLBACK_PATH, { schema: { hide: true } }, async (request, reply) => {
    reply.clearCookie(COOKIE, cookie).header('cache-control', 'no-store');
    let who = 'oidc';
    try {
      const journey = envelope.open(request.cookies[COOKIE] ?? '');
      if (journey === null)
        throw new ConsoleError('CONSOLE_OIDC', { reason: 'this browser has not begun it' });
      const { name, groups, idToken } = await provider.end(queryOf(request), journey);
      who = `oidc:${name}`;
      const identity = identityOf(who, groups, oidc.groups);
      if (identity === null) throw new ConsoleError('CONSOLE_NO_ROLE', { user: who });
      const stranger: Stranger = {
        ...{ source: 'oidc', identity, idToken },
        person: personOf(parts, name, groups),
      };
      await begun(parts, request, reply, stranger);
      // Nothing of the request says where: there is no redirect that somebody else could choose.
      return reply.redirect('/', 303);
    } catch (error) {
      return refused(parts, request, reply, who, error);
    }
  });
}

function addToken(app: FastifyInstance, parts: StrangerParts, cluster: Cluster): void {
  app.route({
    ...CONSOLE_ROUTES.token,
    handler: async (request, reply) => {
      demandSameOrigin(request);
      const { token } = bodyOf(tokenSchema, request);
      const key = `address ${request.ip}`;
      parts.attempts.demand(key);
      const person = await reviewed(cluster, token.trim());
      if (person === null) {
        parts.attempts.failed(key);
        refusal(parts, request, 'cluster');
        throw new ConsoleError('CONSOLE_CLUSTER_TOKEN');
      }
      parts.attempts.succeeded(key);
      const name = person.user.name;
      const identity: Identity = { name, role: 'viewer', namespaces: [] };
      const stranger: Stranger = { source: 'cluster', identity, person, idToken: null };
      return begun(parts, request, reply, stranger);
    },
  });
}

/** @throws ConsoleError CONSOLE_CLUSTER */
async function reviewed(cluster: Cluster, token: string): Promise<ClusterPerson | null> {
  try {
    return await cluster.review(token);
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    throw new ConsoleError('CONSOLE_CLUSTER', { reason: error.message }, error);
  }
}

/** Who they are in the cluster; null where they are nobody there. */
function personOf(
  { kubernetes, cluster }: StrangerParts,
  name: string,
  groups: readonly string[],
): ClusterPerson | null {
  if (kubernetes === false || cluster === null || kubernetes.oidcUsers === false) return null;
  const { userPrefix, groupPrefix } = kubernetes.oidcUsers;
  const user = userPrefix + name;
  if (user.startsWith(RESERVED))
    throw new ConsoleError('CONSOLE_OIDC', { reason: `${user} is a name of Kubernetes' own` });
  const named = groups.map((group) => groupPrefix + group).filter((group) => !group.startsWith(RESERVED));
  // As the API server itself adds to whoever proves who they are.
  const all = [...named, 'system:authenticated'];
  return { user: { name: user, uid: '', groups: all, extra: {} }, token: null };
}

/** @throws ConsoleError CONSOLE_NO_ROLE, CONSOLE_CLUSTER */
async function begun(
  parts: StrangerParts,
  request: FastifyRequest,
  reply: FastifyReply,
  stranger: Stranger,
): Promise<SessionAnswer> {
  const { name } = stranger.identity;
  const known = await parts.access.knownOf(stranger);
  if (known === null) {
    if (stranger.source === 'cluster') refusal(parts, request, name);
    throw new ConsoleError('CONSOLE_NO_ROLE', { user: name });
  }
  const entry = { user: name, address: request.ip, action: 'session.begin', target: name };
  parts.audit.record({ ...entry, outcome: 'done' });
  const session = parts.access.begin(reply, name, stranger);
  return parts.answers.somebody(known.identity, session);
}

const refusal = ({ audit }: StrangerParts, { ip }: FastifyRequest, user: string): void =>
  audit.record({ user, address: ip, action: 'session.begin', target: '', outcome: 'refused' });

/** The page of sign-in has the words for each code; text of others' is not shown there. */
function refused(
  parts: StrangerParts,
  request: FastifyRequest,
  reply: FastifyReply,
  who: string,
  error: unknown,
): FastifyReply {
  if (!(error instanceof ConsoleError)) throw error;
  refusal(parts, request, who);
  request.log.warn({ code: error.code, reason: error.message }, 'sign-in by OIDC was refused');
  return reply.redirect(`/?refused=${error.code}`, 303);
}

function queryOf({ raw }: FastifyRequest): string {
  const url = raw.url ?? '';
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at);
}
