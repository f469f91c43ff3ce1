/** Who sends a request, by the cookie of a session, and whether a page of this console sent it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ConsoleError } from '../errors.ts';
import { type Identity, mayDo, type Role } from '../identity/role.ts';
import { digestOf, sameDigest } from '../identity/secret.ts';
import type { Session, Sessions } from '../identity/sessions.ts';
import type { Users } from '../identity/users.ts';

export const COOKIE = 'sluice_session';
export const CSRF_HEADER = 'x-sluice-csrf';

export interface SignedIn {
  readonly identity: Identity;
  readonly session: Session;
  readonly id: string;
}

const READS: readonly string[] = ['GET', 'HEAD'];

export class Access {
  readonly #sessions: Sessions;
  readonly #users: Users;
  readonly #secure: boolean;

  /** @param secure whether the cookie goes over TLS alone */
  constructor(sessions: Sessions, users: Users, secure: boolean) {
    this.#sessions = sessions;
    this.#users = users;
    this.#secure = secure;
  }

  /** The role and the namespaces are those of now, not those of the sign-in. */
  find(request: FastifyRequest): SignedIn | null {
    const id = request.cookies[COOKIE];
    const session = id === undefined ? null : this.#sessions.use(id);
    const identity = session === null ? null : this.#users.find(session.user);
    return id === undefined || session === null || identity === null ? null : { identity, session, id };
  }

  /** @throws ConsoleError CONSOLE_SIGNED_OUT, CONSOLE_FORBIDDEN, CONSOLE_CROSS_SITE */
  demand(request: FastifyRequest, role: Role): SignedIn {
    const signedIn = this.find(request);
    if (signedIn === null) throw new ConsoleError('CONSOLE_SIGNED_OUT');
    if (!READS.includes(request.method)) demandOwnPage(request, signedIn.session.csrf);
    const { identity } = signedIn;
    if (!mayDo(identity.role, role))
      throw new ConsoleError('CONSOLE_FORBIDDEN', { user: identity.name, role });
    return signedIn;
  }

  /**
   * For what is of no namespace, as users and the audit log: who is bound to namespaces could make somebody who is not.
   * @throws ConsoleError as `demand`, and CONSOLE_NAMESPACES
   */
  demandOfAll(request: FastifyRequest, role: Role): SignedIn {
    const signedIn = this.demand(request, role);
    const { name, namespaces } = signedIn.identity;
    if (namespaces !== null) throw new ConsoleError('CONSOLE_NAMESPACES', { user: name });
    return signedIn;
  }

  /** Whether a session goes on, of somebody who sees what they saw. */
  goesOn({ id, identity }: SignedIn): boolean {
    const seen = ({ namespaces }: Identity): string => JSON.stringify(namespaces);
    const now = this.#users.find(identity.name);
    return this.#sessions.goesOn(id) && now !== null && seen(now) === seen(identity);
  }

  begin(reply: FastifyReply, user: string): Session {
    const { id, session } = this.#sessions.begin(user);
    // Strict: a link on another site comes without it; the page that it opens asks for the session by itself.
    reply.setCookie(COOKIE, id, { path: '/', httpOnly: true, sameSite: 'strict', secure: this.#secure });
    return session;
  }

  end(reply: FastifyReply, id: string): void {
    this.#sessions.end(id);
    reply.clearCookie(COOKIE, { path: '/' });
  }
}

/**
 * Fetch metadata says where a request comes from, in browsers that have it; no header, no browser of the last years.
 * @throws ConsoleError CONSOLE_CROSS_SITE
 */
export function demandSameOrigin(request: FastifyRequest): void {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') throw new ConsoleError('CONSOLE_CROSS_SITE');
}

function demandOwnPage(request: FastifyRequest, csrf: string): void {
  demandSameOrigin(request);
  const given = request.headers[CSRF_HEADER];
  if (typeof given !== 'string' || !sameDigest(digestOf(given), digestOf(csrf))) {
    throw new ConsoleError('CONSOLE_CROSS_SITE');
  }
}
