/** Workloads of the cluster: seen by who may see them, changed in the name of who changes them. */
import type { EventStore } from '@sluice/hub';
import { analyse } from '@sluice/hub/promote';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Change, Cluster, Workload } from '../cluster/cluster.ts';
import { includes } from '../cluster/grants.ts';
import { ConsoleError } from '../errors.ts';
import type { Audit } from '../identity/audit.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import { scopedStore } from '../scope.ts';
import type { Access, SignedIn } from './access.ts';
import {
  applied,
  demandActs,
  explained,
  mayAct,
  personOf,
  seesInherited,
  seesPolicy,
  seesWorkloads,
  unseen,
} from './acts.ts';
import type { Bounded } from './at-once.ts';
import { bodyOf, checkedInput } from './body.ts';
import { CONSOLE_ROUTES } from './routes.ts';
import { applySchema, changeSchema, keySchema, workloadsQuery } from './workload-schemas.ts';

export interface WorkloadParts {
  readonly access: Access;
  readonly audit: Audit;
  readonly store: EventStore;
  /** Null where there is none. */
  readonly cluster: Cluster | null;
  /** Room for judgements of stored events. */
  readonly analyses: Bounded;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export function addWorkloadRoutes(app: FastifyInstance, parts: WorkloadParts): void {
  const { access } = parts;
  app.route({
    ...CONSOLE_ROUTES.workloads,
    handler: async (request) => {
      const signedIn = access.demand(request, CONSOLE_ROUTES.workloads.role);
      return listed(clusterOf(parts), signedIn, checkedInput(workloadsQuery, request.query));
    },
  });

  app.route({
    ...CONSOLE_ROUTES.workload,
    handler: async (request) => {
      const signedIn = access.demand(request, CONSOLE_ROUTES.workload.role);
      const { namespace, name } = namesIn(request, signedIn);
      demandSeen(signedIn, namespace, `Service ${namespace}/${name}`);
      const story = await clusterOf(parts).story(`${namespace}/${name}`, seesInherited(signedIn));
      if (story === null) throw unseen(signedIn, `Service ${namespace}/${name}`);
      const settings = story.settings
        .filter(({ from }) => seesInherited(signedIn) || !from.some(isOfCluster))
        .map((each) => ({ ...each, value: JSON.stringify(each.value) }));
      return { ...story, settings, acts: mayAct(signedIn, namespace) };
    },
  });

  app.route({
    ...CONSOLE_ROUTES.draft,
    handler: async (request) => {
      const signedIn = access.demand(request, CONSOLE_ROUTES.draft.role);
      const change = bodyOf(changeSchema, request);
      const cluster = clusterOf(parts);
      demandActs(signedIn, await targetOf(cluster, change, signedIn));
      const draft = await cluster.draft(change, personOf(signedIn));
      return { ...explained(draft, signedIn), wouldBlock: await wouldBlock(parts, change) };
    },
  });

  app.route({
    ...CONSOLE_ROUTES.apply,
    handler: async (request) => {
      const signedIn = access.demand(request, CONSOLE_ROUTES.apply.role);
      const { change, version } = bodyOf(applySchema, request);
      const cluster = clusterOf(parts);
      demandActs(signedIn, await targetOf(cluster, change, signedIn));
      const { kind, ...what } = change;
      const action = ACTIONS[kind] ?? `workload.${kind}`;
      const deed = { change, version, action, target: JSON.stringify(what) };
      return { done: await applied({ cluster, audit: parts.audit }, request, signedIn, deed) };
    },
  });
}

/** @throws ConsoleError CONSOLE_NO_CLUSTER */
function clusterOf({ cluster }: WorkloadParts): Cluster {
  if (cluster === null) throw new ConsoleError('CONSOLE_NO_CLUSTER');
  return cluster;
}

const isOfCluster = (source: string): boolean => /^(?:Sluice|ClusterWAFPolicy) /.test(source);

/** That there is one is told to nobody who may not see it. @throws ConsoleError CONSOLE_WORKLOAD */
function demandSeen(signedIn: SignedIn, namespace: string, what: string): void {
  if (!includes(seesWorkloads(signedIn), namespace)) throw unseen(signedIn, what);
}

function namesIn(request: FastifyRequest, signedIn: SignedIn) {
  const parsed = keySchema.safeParse(request.params);
  if (parsed.success) return parsed.data;
  throw unseen(signedIn, 'Service of this name');
}

/** As the audit log has them where they are none of a workload. */
const ACTIONS: Partial<Readonly<Record<Change['kind'], string>>> = {
  unexclude: 'exclusion.remove',
  stage: 'move.stage',
};

/** Where a change is made; null: in all of the cluster. @throws ConsoleError CONSOLE_WORKLOAD */
async function targetOf(cluster: Cluster, change: Change, signedIn: SignedIn): Promise<string | null> {
  if ('policy' in change) {
    const home = (await cluster.policies()).find(({ policy }) => policy === change.policy);
    if (home !== undefined && seesPolicy(signedIn, home)) return home.namespace;
    throw unseen(signedIn, `policy ${change.policy}`);
  }
  const isPod = 'pod' in change;
  const key = isPod ? change.pod : change.service;
  const [namespace = ''] = key.split('/');
  demandSeen(signedIn, namespace, `${isPod ? 'Pod' : 'Service'} ${key}`);
  return namespace;
}

async function listed(
  cluster: Cluster,
  signedIn: SignedIn,
  { namespace, text = '' }: { readonly namespace?: string | undefined; readonly text?: string | undefined },
) {
  const sees = seesWorkloads(signedIn);
  const found = await cluster.workloads((name) => includes(sees, name));
  const fits = found.workloads.filter(
    (each) => (namespace === undefined || each.namespace === namespace) && each.name.includes(text),
  );
  const shown = fits.toSorted(byConcern).slice(0, CONSOLE_LIMITS.workloadsShownMax);
  const { grant, identity } = signedIn;
  const seesNodes = identity.namespaces === null && (grant === null || grant.nodes);
  return {
    namespaces: [...new Set(found.workloads.map((each) => each.namespace))].sort(),
    workloads: shown,
    more: fits.length - shown.length,
    nodes: seesNodes ? found.nodes : [],
    unseen: found.unseen,
  };
}

/** What is selected and not enforced first. */
const CONCERN: readonly string[] = [
  ...['NotEnforced', 'PartlyEnforced', 'Unknown', 'NotProbed', 'NoPods', 'Off', 'Enforced', 'NotSelected'],
];

function byConcern(a: Workload, b: Workload): number {
  const concern = CONCERN.indexOf(a.verdict) - CONCERN.indexOf(b.verdict);
  const [one, other] = [`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`];
  return concern !== 0 ? concern : one < other ? -1 : 1;
}

/** What the mode matters for: requests of the last day that Block refuses, or would. */
async function wouldBlock({ store, now, analyses }: WorkloadParts, change: Change) {
  if (change.kind !== 'mode' && change.kind !== 'stage') return null;
  const workload = change.kind === 'mode' ? change.service : change.policy;
  const [namespace = ''] = workload.split('/');
  const to = now() + 1;
  const from = to - CONSOLE_LIMITS.modeEventsMillis;
  // Of its namespace alone, whatever else has its name.
  const own = scopedStore(store, [namespace]);
  const seen = await analyses(() => analyse(own, { workload, from, to }));
  const { requests, denied, sources, isCut, groups } = seen;
  const shown = groups.slice(0, CONSOLE_LIMITS.modeGroupsMax).map((group) => ({
    ...{ rule: group.rule, message: group.message, target: group.target, path: group.path },
    ...{ requests: group.requests, sources: group.sources, verdict: group.judgement.verdict },
  }));
  const more = groups.length - shown.length;
  return { from, to, requests, denied, sources, isCut, more, groups: shown };
}
