/** Who is signed in: a random id in a cookie, its digest here. Nothing of it outlives the process. */
import { CONSOLE_LIMITS } from '../limits.ts';
import { digestOf, newSecret } from './secret.ts';

export interface Session {
  readonly user: string;
  /** Sent with every request that changes something; a page of another site cannot know it. */
  readonly csrf: string;
}

interface Kept extends Session {
  readonly beganAt: number;
  readonly usedAt: number;
}

export class Sessions {
  readonly #sessions = new Map<string, Kept>();
  readonly #now: () => number;

  /** @param now milliseconds of any clock that goes on */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @returns the id, for the cookie alone */
  begin(user: string): { readonly id: string; readonly session: Session } {
    const id = newSecret();
    const now = this.#now();
    const session = { user, csrf: newSecret(), beganAt: now, usedAt: now };
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
    const { sessionIdleMillis, sessionMillis } = CONSOLE_LIMITS;
    return now - usedAt > sessionIdleMillis || now - beganAt > sessionMillis;
  }

  end(id: string): void {
    this.#sessions.delete(digestOf(id));
  }

  /** A user who is removed, or has another password, is signed out everywhere. */
  endAllOf(user: string): void {
    for (const [key, session] of this.#sessions) if (session.user === user) this.#sessions.delete(key);
  }
}
