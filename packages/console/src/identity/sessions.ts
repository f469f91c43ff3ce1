/** Who is signed in: a random id in a cookie, its digest here. Nothing of it outlives the process. */
import type { ClusterPerson } from '../cluster/cluster.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import type { Identity } from './role.ts';
import { digestOf, newSecret } from './secret.ts';

/** Somebody who is no local user. */
export interface Stranger {
  readonly source: 'oidc' | 'cluster';
  /** As the sign-in has it; a cluster may narrow it at each request. */
  readonly identity: Identity;
  /** Null: the cluster does not know them, or there is none. */
  readonly person: ClusterPerson | null;
  /** For the provider's own sign-out; null where there is none. */
  readonly idToken: string | null;
}

export interface Session {
  readonly user: string;
  /** Null: a local user, by that name. */
  readonly stranger: Stranger | null;
  /** Sent with every request that changes something; a page of another site cannot know it. */
  readonly csrf: string;
}

interface Kept extends Session {
  readonly beganAt: number;
  readonly usedAt: number;
}

/** As console.sessions of hub.yaml. */
export interface SessionTimes {
  /** A session that is not used ends. */
  readonly idleMinutes: number;
  /** And in any case. */
  readonly hours: number;
}

export class Sessions {
  readonly #sessions = new Map<string, Kept>();
  readonly #idleMillis: number;
  readonly #millisMax: number;
  readonly #now: () => number;

  /** @param now milliseconds of any clock that goes on */
  constructor({ idleMinutes, hours }: SessionTimes, now: () => number = () => performance.now()) {
    this.#idleMillis = idleMinutes * 60_000;
    this.#millisMax = hours * 3_600_000;
    this.#now = now;
  }

  /** @returns the id, for the cookie alone */
  begin(user: string, stranger: Stranger | null = null): { readonly id: string; readonly session: Session } {
    const id = newSecret();
    const now = this.#now();
    const session = { user, stranger, csrf: newSecret(), beganAt: now, usedAt: now };
    this.#sessions.set(digestOf(id), session);
    for (const oldest of this.#sessions.keys()) {
      if (this.#sessions.size <= CONSOLE_LIMITS.sessionsMax) break;
      this.#sessions.delete(oldest);
    }
    return { id, session };
  }

  /** Null where there is none, or it has ended. */
  use(id: string): Session | null {
    const key = digestOf(id);
    const session = this.#sessions.get(key);
    if (session === undefined) return null;
    this.#sessions.delete(key);
    if (this.#isOver(session)) return null;
    this.#sessions.set(key, { ...session, usedAt: this.#now() });
    return session;
  }

  /** Whether it is still there; to ask is not to use it. */
  goesOn(id: string): boolean {
    const session = this.#sessions.get(digestOf(id));
    return session !== undefined && !this.#isOver(session);
  }

  #isOver({ usedAt, beganAt }: Kept): boolean {
    const now = this.#now();
    return now - usedAt > this.#idleMillis || now - beganAt > this.#millisMax;
  }

  end(id: string): void {
    this.#sessions.delete(digestOf(id));
  }

  /** A local user who is removed, or has another password, is signed out everywhere. */
  endAllOf(user: string): void {
    for (const [key, session] of this.#sessions)
      if (session.stranger === null && session.user === user) this.#sessions.delete(key);
  }
}
