/** Whether somebody may change something in a namespace, and as whom the cluster knows them. */
import type { ClusterPerson, Draft } from '../cluster/cluster.ts';
import { includes } from '../cluster/grants.ts';
import { ConsoleError } from '../errors.ts';
import { mayDo } from '../identity/role.ts';
import type { SignedIn } from './access.ts';

/** @param namespace null: what holds for all of them */
export function mayAct({ grant, identity }: SignedIn, namespace: string | null): boolean {
  const isIn = (namespaces: readonly string[] | null): boolean =>
    namespace === null ? namespaces === null : includes(namespaces, namespace);
  if (!isIn(identity.namespaces)) return false;
  if (grant === null) return mayDo(identity.role, 'operator');
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
  const { message, remedy } = new ConsoleError('CONSOLE_NO_PERSON', { user: signedIn.identity.name });
  return { ...draft, refused: `${message}. ${remedy}` };
}
