/** What the routes of policies have in common: who asks, and what the desk says. */
import { type EventStore, HubError } from '@sluice/hub';
import { type InForce, inForceOf } from '@sluice/hub/promote';
import type { FastifyRequest } from 'fastify';
import type { Cluster, PolicyHome } from '../cluster/cluster.ts';
import { ConsoleError } from '../errors.ts';
import type { Audit } from '../identity/audit.ts';
import type { Identity } from '../identity/role.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import type { PolicyDesk } from '../policies/desk.ts';
import type { PolicyView } from '../policies/judged.ts';
import { scopedStore } from '../scope.ts';
import type { Access, SignedIn } from './access.ts';
import { seesPolicy } from './acts.ts';
import type { Bounded } from './at-once.ts';
import type { ConsoleRoute } from './routes.ts';

export interface PolicyParts {
  readonly access: Access;
  readonly audit: Audit;
  readonly store: EventStore;
  /** Null: policies and rules cannot be asked for. */
  readonly desk: PolicyDesk | null;
  /** Null where there is none. */
  readonly cluster: Cluster | null;
  /** Room for judgements of stored events. */
  readonly analyses: Bounded;
}

/** @throws ConsoleError CONSOLE_SIGNED_OUT, CONSOLE_FORBIDDEN, CONSOLE_CROSS_SITE */
export const demand = ({ access }: PolicyParts, request: FastifyRequest, { role }: ConsoleRoute): SignedIn =>
  access.demand(request, role ?? 'viewer');

/** Policies of a file are of no namespace. @throws ConsoleError as `demand`, and CONSOLE_NAMESPACES */
export const demandOfAll = (
  { access }: PolicyParts,
  request: FastifyRequest,
  { role }: ConsoleRoute,
): SignedIn => access.demandOfAll(request, role ?? 'viewer');

/** @throws ConsoleError CONSOLE_NO_POLICIES */
export function deskOf({ desk }: PolicyParts): PolicyDesk {
  if (desk === null) throw new ConsoleError('CONSOLE_NO_POLICIES');
  return desk;
}

/** @throws ConsoleError CONSOLE_NO_POLICIES */
export function writableDesk(parts: PolicyParts): PolicyDesk {
  const desk = deskOf(parts);
  if (desk.file === null) throw new ConsoleError('CONSOLE_NO_POLICIES');
  return desk;
}

/** The cluster that has the policies; null where a file has them, or nothing is known of them. */
export const policyCluster = ({ desk, cluster }: PolicyParts): Cluster | null =>
  typeof desk?.file === 'string' ? null : cluster;

/** What of a cluster's policies somebody sees. */
export const homesFor = async (cluster: Cluster, signedIn: SignedIn): Promise<readonly PolicyHome[]> =>
  (await cluster.policies()).filter((home) => seesPolicy(signedIn, home));

export function viewOf(parts: PolicyParts, signedIn: SignedIn): PolicyView {
  const { store, desk } = parts;
  const { namespaces } = signedIn.identity;
  const cluster = policyCluster(parts);
  return {
    ...{ desk, confined: namespaces !== null },
    store: scopedStore(store, namespaces),
    inForce: async (policy): Promise<readonly InForce[]> => {
      if (cluster === null) return typeof desk?.file === 'string' ? desk.inForce(policy) : [];
      // What holds for one's own requests, whoever has said it.
      const isKnown = (home: PolicyHome): boolean => home.namespace === null || seesPolicy(signedIn, home);
      const home = (await cluster.policies()).find((each) => each.policy === policy && isKnown(each));
      return (home?.inForce ?? []).map(inForceOf);
    },
  };
}

/** A change by the desk, in the audit log. @throws as `asked` */
export function changed<T>(
  { audit }: PolicyParts,
  request: FastifyRequest,
  { name }: Identity,
  what: { readonly action: string; readonly target: string },
  change: () => Promise<T>,
): Promise<T> {
  const target = what.target.slice(0, CONSOLE_LIMITS.auditCharactersMax);
  const entry = { user: name, address: request.ip, action: what.action, target };
  return audit.around(entry, () => asked(change));
}

/** What the cluster throws is told as it is (failure.ts). */
const OF_CLUSTER = /^(?:CHANGE|KUBERNETES|CLUSTER)_/;

/** What the desk refuses keeps its code and its words. @throws ConsoleError CONSOLE_POLICIES */
export async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof ConsoleError || cause instanceof HubError) throw cause;
    if (cause instanceof Error && 'code' in cause && 'remedy' in cause) {
      const { code, remedy, message } = cause as Error & { readonly code: unknown; readonly remedy: unknown };
      if (OF_CLUSTER.test(String(code))) throw cause;
      const details = { code: String(code), reason: message, remedy: String(remedy) };
      throw new ConsoleError('CONSOLE_POLICIES', details, cause);
    }
    throw cause;
  }
}
