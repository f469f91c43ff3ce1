/**
 * What somebody may see and do, as the cluster's authorizers say (SubjectAccessReview). Who may `get` the resource
 * `events.sluice.dev` in a namespace sees the namespace; `update` acts in it. Nothing has to be installed for it: RBAC takes
 * names of resources that no kind has.
 */
import { CodedError } from '@sluice/engine/coded-error';
import { ConsoleError } from '../errors.ts';
import type { Role } from '../identity/role.ts';
import { digestOf } from '../identity/secret.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import type { AccessRight, Cluster, ClusterPerson, ClusterUser } from './cluster.ts';

/** Null: all. */
export type Namespaces = readonly string[] | null;

export interface Grant {
  readonly role: Role;
  /** Whose events they see. */
  readonly sees: Namespaces;
  /** Where they act. */
  readonly acts: Namespaces;
  /** Whose Services and pods they see. */
  readonly workloads: Namespaces;
  /** What nodes say names pods of all namespaces. */
  readonly nodes: boolean;
}

type Scoped = Omit<AccessRight, 'namespace'>;

const SEE: Scoped = { verb: 'get', group: 'sluice.dev', resource: 'events' };
const ACT: Scoped = { verb: 'update', group: 'sluice.dev', resource: 'events' };
const ADMINISTER: Scoped = { verb: 'update', group: 'sluice.dev', resource: 'consoleusers' };
const SERVICES: Scoped = { verb: 'list', group: '', resource: 'services' };
const PODS: Scoped = { verb: 'list', group: '', resource: 'pods' };
const NODES: Scoped = { verb: 'list', group: 'sluice.dev', resource: 'sluicenodes' };

interface Kept {
  readonly at: number;
  readonly grant: Promise<Grant | null>;
}

export class Grants {
  readonly #cluster: Cluster;
  readonly #now: () => number;
  readonly #kept = new Map<string, Kept>();

  /** @param now milliseconds of any clock that goes on */
  constructor(cluster: Cluster, now: () => number = () => performance.now()) {
    this.#cluster = cluster;
    this.#now = now;
  }

  /**
   * Null: they may see nothing, or their token holds no more. An answer holds for grantMillis.
   * @throws ConsoleError CONSOLE_CLUSTER where nobody answers: then nothing is shown
   */
  of(person: ClusterPerson): Promise<Grant | null> {
    const key = keyOf(person);
    const kept = this.#kept.get(key);
    if (kept !== undefined && this.#now() - kept.at < CONSOLE_LIMITS.grantMillis) return kept.grant;
    const grant = this.#ask(person);
    this.#kept.delete(key);
    this.#kept.set(key, { at: this.#now(), grant });
    // What could not be asked is asked again.
    grant.catch(() => this.#kept.get(key)?.grant === grant && this.#kept.delete(key));
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= CONSOLE_LIMITS.sessionsMax) break;
      this.#kept.delete(oldest);
    }
    return grant;
  }

  async #ask({ user, token }: ClusterPerson): Promise<Grant | null> {
    try {
      // A token that was taken back, or has run out, ends what it began.
      if (token !== null && (await this.#cluster.review(token)) === null) return null;
      return await this.#grantOf(user);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      throw new ConsoleError('CONSOLE_CLUSTER', { reason: error.message }, error);
    }
  }

  async #grantOf(user: ClusterUser): Promise<Grant | null> {
    const everywhere = await this.#cluster.allows(user, [SEE, ACT, ADMINISTER, SERVICES, PODS, NODES]);
    const [sees, acts, administers, services, pods, nodes] = everywhere;
    const names = [sees, acts, services, pods].every((each) => each === true)
      ? []
      : await this.#cluster.namespaces();
    if (names.length > CONSOLE_LIMITS.namespacesMax) {
      const reason = `it has more than ${CONSOLE_LIMITS.namespacesMax} namespaces: only who may see all of them is let in`;
      throw new ConsoleError('CONSOLE_CLUSTER', { reason });
    }
    const seen = sees === true ? null : await this.#where(user, SEE, names);
    if (seen !== null && seen.length === 0) return null;
    const within = seen ?? names;
    const where = async (right: Scoped, all: boolean | undefined): Promise<Namespaces> =>
      all === true ? seen : this.#where(user, right, within);
    const acting = await where(ACT, acts);
    const listed = await Promise.all([where(SERVICES, services), where(PODS, pods)]);
    return {
      role: administers === true && sees === true ? 'admin' : roleOf(seen, acting),
      ...{ sees: seen, acts: acting, nodes: nodes === true && seen === null },
      workloads: both(listed[0], listed[1]),
    };
  }

  async #where(user: ClusterUser, right: Scoped, names: readonly string[]): Promise<readonly string[]> {
    const rights = names.map((namespace) => ({ ...right, namespace }));
    const allowed = await this.#cluster.allows(user, rights);
    return names.filter((_, at) => allowed[at] === true);
  }
}

/** Operator is who acts wherever they see: alerts, say, look at all namespaces. Where else they act `acts` says. */
function roleOf(sees: Namespaces, acts: Namespaces): Role {
  const everywhere = acts === null || sees?.every((name) => acts.includes(name)) === true;
  return everywhere ? 'operator' : 'viewer';
}

/** What is in both. */
export function both(one: Namespaces, other: Namespaces): Namespaces {
  if (one === null) return other;
  return other === null ? one : one.filter((name) => other.includes(name));
}

export const includes = (namespaces: Namespaces, name: string): boolean =>
  namespaces === null || namespaces.includes(name);

/** By all that an authorizer may decide by; of a token its digest alone. */
function keyOf({ user, token }: ClusterPerson): string {
  const { name, uid, groups, extra } = user;
  return digestOf(JSON.stringify([name, uid, groups, extra, token]));
}
