/** Workloads of the cluster: seen by who may see them, changed in the name of who changes them. */
import type { EventStore } from '@sluice/hub';
import { analyse } from '@sluice/hub/promote';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Change, Cluster, Workload } from '../cluster/cluster.ts';
import { includes, type Namespaces } from '../cluster/grants.ts';
import { ConsoleError } from '../errors.ts';
import type { Audit } from '../identity/audit.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import { scopedStore } from '../scope.ts';
import type { Access, SignedIn } from './access.ts';
import { demandActs, explained, mayAct, personOf } from './acts.ts';
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
      const story = await clusterOf(parts).story(`${namespace}/${name}`);
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
      const { namespace, name } = targetOf(change, signedIn);
      demandActs(signedIn, namespace);
      const draft = await clusterOf(parts).draft(change, personOf(signedIn));
      return { ...explained(draft, signedIn), wouldBlock: await wouldBlock(parts, change, namespace, name) };
    },
  });

  app.route({
    ...CONSOLE_ROUTES.apply,
    handler: async (request) => {
      const signedIn = access.demand(request, CONSOLE_ROUTES.apply.role);
      const { change, version } = bodyOf(applySchema, request);
      const { namespace } = targetOf(change, signedIn);
      demandActs(signedIn, namespace);
      return { done: await applied(parts, request, signedIn, change, version) };
    },
  });
}

/** @throws ConsoleError CONSOLE_NO_CLUSTER */
function clusterOf({ cluster }: WorkloadParts): Cluster {
  if (cluster === null) throw new ConsoleError('CONSOLE_NO_CLUSTER');
  return cluster;
}

/** Of a local user the cluster knows nothing: what the console itself may see there is shown, in their namespaces. */
const seesWorkloads = ({ grant, identity }: SignedIn): Namespaces =>
  grant === null ? identity.namespaces : bothOf(grant.workloads, identity.namespaces);

const bothOf = (one: Namespaces, other: Namespaces): Namespaces =>
  one === null ? other : other === null ? one : one.filter((name) => other.includes(name));

const isOfCluster = (source: string): boolean => /^(?:Sluice|ClusterWAFPolicy) /.test(source);

/** What objects of the cluster say, as who is denied, is for who may see those. */
const seesInherited = ({ grant, identity }: SignedIn): boolean =>
  grant === null ? identity.namespaces === null : grant.inherited;

const unseen = ({ identity }: SignedIn, what: string): ConsoleError =>
  new ConsoleError('CONSOLE_WORKLOAD', { user: identity.name, what });

/** That there is one is told to nobody who may not see it. @throws ConsoleError CONSOLE_WORKLOAD */
function demandSeen(signedIn: SignedIn, namespace: string, what: string): void {
  if (!includes(seesWorkloads(signedIn), namespace)) throw unseen(signedIn, what);
}

function namesIn(request: FastifyRequest, signedIn: SignedIn) {
  const parsed = keySchema.safeParse(request.params);
  if (parsed.success) return parsed.data;
  throw unseen(signedIn, 'Service of this name');
}

/** @throws ConsoleError CONSOLE_WORKLOAD */
function targetOf(change: Change, signedIn: SignedIn) {
  const isPod = 'pod' in change;
  const key = isPod ? change.pod : change.service;
  const [namespace = '', name = ''] = key.split('/');
  demandSeen(signedIn, namespace, `${isPod ? 'Pod' : 'Service'} ${key}`);
  return { namespace, name };
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
async function wouldBlock(
  { store, now, analyses }: WorkloadParts,
  change: Change,
  namespace: string,
  name: string,
) {
  if (change.kind !== 'mode') return null;
  const to = now() + 1;
  const from = to - CONSOLE_LIMITS.modeEventsMillis;
  // Of its namespace alone, whatever else has its name.
  const own = scopedStore(store, [namespace]);
  const seen = await analyses(() => analyse(own, { workload: `${namespace}/${name}`, from, to }));
  const { requests, denied, sources, isCut, groups } = seen;
  const shown = groups.slice(0, CONSOLE_LIMITS.modeGroupsMax).map((group) => ({
    ...{ rule: group.rule, message: group.message, target: group.target, path: group.path },
    ...{ requests: group.requests, sources: group.sources, verdict: group.judgement.verdict },
  }));
  const more = groups.length - shown.length;
  return { from, to, requests, denied, sources, isCut, more, groups: shown };
}

async function applied(
  { audit, ...parts }: WorkloadParts,
  request: FastifyRequest,
  signedIn: SignedIn,
  change: Change,
  version: string,
): Promise<readonly string[]> {
  const cluster = clusterOf({ audit, ...parts });
  const person = personOf(signedIn);
  const { name } = signedIn.identity;
  if (person === null) throw new ConsoleError('CONSOLE_NO_PERSON', { user: name });
  const { kind, ...what } = change;
  const entry = { user: name, address: request.ip, action: `workload.${kind}`, target: JSON.stringify(what) };
  return audit.around(entry, () => cluster.apply(change, version, person));
}
