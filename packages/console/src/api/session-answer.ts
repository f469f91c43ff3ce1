/** Who is signed in, and how one can, as pages are told. */
import type { Identity } from '../identity/role.ts';
import type { Session } from '../identity/sessions.ts';

/** Beside name and password. */
export interface Ways {
  /** What stands on the button of OpenID Connect; null where there is none. */
  readonly oidc: string | null;
  /** Whether a token of the cluster lets in. */
  readonly token: boolean;
}

export interface SessionAnswer {
  readonly user: (Identity & { readonly source: 'local' | 'oidc' | 'cluster' }) | null;
  readonly csrf: string | null;
  readonly bootstrap: boolean;
  readonly ways: Ways;
  /** Whether there are workloads to be seen. */
  readonly cluster: boolean;
  /** Where the provider ends its own session. */
  readonly leave: string | null;
}

export class SessionAnswers {
  readonly #ways: Ways;
  readonly #hasCluster: boolean;
  readonly #needsFirst: () => boolean;

  /** @param needsFirst whether the first local user is to be made */
  constructor(ways: Ways, hasCluster: boolean, needsFirst: () => boolean) {
    this.#ways = ways;
    this.#hasCluster = hasCluster;
    this.#needsFirst = needsFirst;
  }

  nobody(leave: string | null = null): SessionAnswer {
    return {
      ...{ user: null, csrf: null, bootstrap: this.#needsFirst() },
      ...{ ways: this.#ways, cluster: this.#hasCluster, leave },
    };
  }

  somebody(identity: Identity, { csrf, stranger }: Session): SessionAnswer {
    const user = { ...identity, source: stranger?.source ?? ('local' as const) };
    return { ...this.nobody(), user, csrf, bootstrap: false };
  }
}
