/** What somebody may see and change in a namespace, as whom the cluster knows them, and changes in their name. */
import type { FastifyRequest } from 'fastify';
import type { Change, Cluster, ClusterPerson, Draft, Exclude, PolicyHome } from '../cluster/cluster.ts';
import { both, includes, type Namespaces } from '../cluster/grants.ts';
import { ConsoleError } from '../errors.ts';
import type { Audit } from '../identity/audit.ts';
import { mayDo } from '../identity/role.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import type { SignedIn } from './access.ts';

/** Of a local user the cluster knows nothing: what the console itself may see there is shown, in their namespaces. */
export const seesWorkloads = ({ grant, identity }: SignedIn): Namespaces =>
  grant === null ? identity.namespaces : both(grant.workloads, identity.namespaces);

/** What objects of the cluster say, as who is denied, is for who may see those. */
export const seesInherited = ({ grant, identity }: SignedIn): boolean =>
  grant === null ? identity.namespaces === null : grant.inherited;

export const seesPolicy = (signedIn: SignedIn, { namespace }: Pick<PolicyHome, 'namespace'>): boolean =>
  namespace === null ? seesInherited(signedIn) : includes(seesWorkloads(signedIn), namespace);

/** @param namespace null: what holds for all of them */
export function mayAct({ grant, identity, session }: SignedIn, namespace: string | null): boolean {
  const isIn = (namespaces: readonly string[] | null): boolean =>
    namespace === null ? namespaces === null : includes(namespaces, namespace);
  if (!isIn(identity.namespaces)) return false;
  // Of who comes by OIDC both have to agree, as about what they see: the table's viewer changes nothing.
  if (session.stranger?.source !== 'cluster' && !mayDo(identity.role, 'operator')) return false;
  if (grant === null) return true;
  // Whom the cluster knows by its own tokens, it alone decides about.
  return isIn(grant.acts);
}

/** @throws ConsoleError CONSOLE_FORBIDDEN */
export function demandActs(signedIn: SignedIn, namespace: string | null): void {
  if (mayAct(signedIn, namespace)) return;
  throw new ConsoleError('CONSOLE_FORBIDDEN', { user: signedIn.identity.name, role: 'operator' });
}

/** Null: nobody whom the cluster knows. */
export const personOf = ({ session }: SignedIn): ClusterPerson | null => session.stranger?.person ?? null;

/** Of whom the cluster does not know, nobody makes a change there. */
export function explained(draft: Draft, signedIn: SignedIn): Draft {
  if (draft.refused !== '' || personOf(signedIn) !== null) return draft;
  return {
    ...draft,
    refused: textOf(new ConsoleError('CONSOLE_NO_PERSON', { user: signedIn.identity.name })),
  };
}

/** That there is one is told to nobody who may not see it. */
export const unseen = ({ identity }: SignedIn, what: string): ConsoleError =>
  new ConsoleError('CONSOLE_WORKLOAD', { user: identity.name, what });

export const textOf = ({ message, remedy }: Pick<ConsoleError, 'message' | 'remedy'>): string =>
  `${message}. ${remedy}`;

export interface Deed {
  readonly change: Change | Exclude;
  /** Of its draft. */
  readonly version: string;
  /** As the audit log has it. */
  readonly action: string;
  readonly target: string;
}

/**
 * A change of the cluster, in the audit log.
 * @throws ConsoleError CONSOLE_NO_PERSON; errors of the cluster
 */
export async function applied(
  { cluster, audit }: { readonly cluster: Cluster; readonly audit: Audit },
  request: FastifyRequest,
  signedIn: SignedIn,
  { change, version, action, target }: Deed,
): Promise<readonly string[]> {
  const person = personOf(signedIn);
  const { name } = signedIn.identity;
  if (person === null) throw new ConsoleError('CONSOLE_NO_PERSON', { user: name });
  const entry = {
    ...{ user: name, address: request.ip, action },
    target: target.slice(0, CONSOLE_LIMITS.auditCharactersMax),
  };
  return audit.around(entry, () => cluster.apply(change, version, person));
}
