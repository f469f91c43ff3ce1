/** Who sends a request, by the cookie of a session, and whether a page of this console sent it. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { both, type Grant, type Grants } from '../cluster/grants.ts';
import { ConsoleError } from '../errors.ts';
import { type Identity, mayDo, type Role } from '../identity/role.ts';
import { digestOf, sameDigest } from '../identity/secret.ts';
import type { Session, Sessions, Stranger } from '../identity/sessions.ts';
import type { Users } from '../identity/users.ts';

export const COOKIE = 'sluice_session';
export const CSRF_HEADER = 'x-sluice-csrf';

export interface SignedIn {
  readonly identity: Identity;
  readonly session: Session;
  readonly id: string;
  /** What the cluster says; null of whom it does not know. */
  readonly grant: Grant | null;
}

type Known = Pick<SignedIn, 'identity' | 'grant'>;

const READS: readonly string[] = ['GET', 'HEAD'];

const seen = ({ namespaces }: Identity): string => JSON.stringify(namespaces);

export class Access {
  readonly #sessions: Sessions;
  readonly #users: Users;
  readonly #secure: boolean;
  readonly #grants: Grants | null;
  /** Of who is no local user, for the time of their request. */
  readonly #known = new WeakMap<FastifyRequest, Known>();

  /** @param secure whether the cookie goes over TLS alone @param grants null where there is no cluster */
  constructor(sessions: Sessions, users: Users, secure: boolean, grants: Grants | null = null) {
    this.#sessions = sessions;
    this.#users = users;
    this.#secure = secure;
    this.#grants = grants;
  }

  /** The role and the namespaces are those of now, not those of the sign-in. */
  find(request: FastifyRequest): SignedIn | null {
    const id = request.cookies[COOKIE];
    const session = id === undefined ? null : this.#sessions.use(id);
    if (id === undefined || session === null) return null;
    const known = session.stranger === null ? this.#local(session) : this.#known.get(request);
    return known === undefined || known === null ? null : { ...known, session, id };
  }

  #local({ user }: Session): Known | null {
    const identity = this.#users.find(user);
    return identity === null ? null : { identity, grant: null };
  }

  /**
   * Before find() and demand(): what somebody whom a cluster knows may see now. Whom it knows no more is signed out.
   * @throws ConsoleError CONSOLE_CLUSTER where it does not answer: nothing is shown then
   */
  async settle(request: FastifyRequest): Promise<void> {
    const id = request.cookies[COOKIE];
    const session = id === undefined ? null : this.#sessions.use(id);
    if (id === undefined || session?.stranger === null || session?.stranger === undefined) return;
    const known = await this.knownOf(session.stranger);
    if (known === null) this.#sessions.end(id);
    else this.#known.set(request, known);
  }

  /** Null: they may see nothing. @throws ConsoleError CONSOLE_CLUSTER */
  async knownOf({ source, identity, person }: Omit<Stranger, 'idToken'>): Promise<Known | null> {
    if (person === null || this.#grants === null) return { identity, grant: null };
    const grant = await this.#grants.of(person);
    if (grant === null) return null;
    const { name } = identity;
    if (source === 'cluster') return { identity: { name, role: grant.role, namespaces: grant.sees }, grant };
    // Both the table and the cluster have to agree.
    const namespaces = both(identity.namespaces, grant.sees);
    if (namespaces !== null && namespaces.length === 0) return null;
    return { identity: { ...identity, namespaces }, grant };
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
   * For who leaves: a session alone, whoever it lets in now, or whether that can be asked at all.
   * @throws ConsoleError CONSOLE_SIGNED_OUT, CONSOLE_CROSS_SITE
   */
  demandSession(request: FastifyRequest): Pick<SignedIn, 'session' | 'id'> {
    const id = request.cookies[COOKIE];
    const session = id === undefined ? null : this.#sessions.use(id);
    if (id === undefined || session === null) throw new ConsoleError('CONSOLE_SIGNED_OUT');
    demandOwnPage(request, session.csrf);
    return { id, session };
  }

  /** Whether a cluster's user still sees what they saw. One that does not answer shows nothing. */
  async seesStill({ identity, session: { stranger } }: SignedIn): Promise<boolean> {
    if (stranger === null) return true;
    try {
      const now = await this.knownOf(stranger);
      return now !== null && seen(now.identity) === seen(identity);
    } catch (error) {
      if (error instanceof ConsoleError) return false;
      throw error;
    }
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

  /** Whether a session goes on, of somebody who sees what they saw. Of whom a cluster knows `seesStill` says it. */
  goesOn({ id, identity, session }: SignedIn): boolean {
    if (!this.#sessions.goesOn(id)) return false;
    if (session.stranger !== null) return true;
    const now = this.#users.find(identity.name);
    return now !== null && seen(now) === seen(identity);
  }

  begin(reply: FastifyReply, user: string, stranger: Stranger | null = null): Session {
    const { id, session } = this.#sessions.begin(user, stranger);
    // Strict: a link on another site comes without it; the page that it opens asks for the session by itself.
    reply.setCookie(COOKIE, id, { path: '/', httpOnly: true, sameSite: 'strict', secure: this.#secure });
    return session;
  }

  get isSecure(): boolean {
    return this.#secure;
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
