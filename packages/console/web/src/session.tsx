/** Who is signed in, for every page. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import { AskError, ask, type Failure, setCsrf } from './ask.ts';

export type Role = 'viewer' | 'operator' | 'admin';

export interface User {
  readonly name: string;
  readonly role: Role;
  readonly namespaces: readonly string[] | null;
  readonly source: 'local' | 'oidc' | 'cluster';
}

/** Ways in, beside name and password. */
export interface Ways {
  readonly oidc: string | null;
  readonly token: boolean;
}

export interface SessionAnswer {
  readonly user: User | null;
  readonly csrf: string | null;
  readonly bootstrap: boolean;
  readonly ways: Ways;
  /** Whether there are workloads to be seen. */
  readonly cluster: boolean;
  /** Where the provider's own session ends. */
  readonly leave: string | null;
}

/** A page that is put together wrongly. */
class PageError extends Error {
  override readonly name = 'PageError';
}

interface SessionState {
  readonly answer: SessionAnswer | null;
  readonly failure: Failure | null;
  readonly take: (answer: SessionAnswer) => void;
  readonly lost: () => void;
}

const Context = createContext<SessionState | null>(null);

export function SessionProvider({ children }: { readonly children: ReactNode }) {
  const [answer, setAnswer] = useState<SessionAnswer | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const take = useCallback((next: SessionAnswer) => {
    setCsrf(next.csrf);
    setFailure(null);
    setAnswer(next);
  }, []);
  const lost = useCallback(() => {
    ask<SessionAnswer>('/api/session').then(take, (error: unknown) =>
      setFailure(error instanceof AskError ? error.failure : null),
    );
  }, [take]);
  useEffect(lost, [lost]);
  const state = useMemo(() => ({ answer, failure, take, lost }), [answer, failure, take, lost]);
  return <Context value={state}>{children}</Context>;
}

export function useSession(): SessionState {
  const state = useContext(Context);
  if (state === null) throw new PageError('there is no SessionProvider above');
  return state;
}

export function useUser(): User {
  const user = useSession().answer?.user;
  if (user === null || user === undefined) throw new PageError('nobody is signed in here');
  return user;
}
