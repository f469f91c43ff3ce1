/** Exclusions: proposed for events, judged, saved in a file or in a cluster, listed and removed. */
import { HubError } from '@sluice/hub';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { PolicyHome } from '../cluster/cluster.ts';
import { ConsoleError } from '../errors.ts';
import { mayDo } from '../identity/role.ts';
import type { ListedExclusion, ShownExclusion } from '../policies/answers.ts';
import type { PolicyDesk } from '../policies/desk.ts';
import type { Judged } from '../policies/judged.ts';
import { type Destination, previewOf, refusedEvent } from '../policies/preview.ts';
import { proposalsOf } from '../policies/proposals.ts';
import type { SignedIn } from './access.ts';
import { applied, demandActs, mayAct } from './acts.ts';
import type { Bounded } from './at-once.ts';
import { checkedInput } from './body.ts';
import { draftFor, placeFor } from './offers.ts';
import {
  asked,
  changed,
  demand,
  demandOfAll,
  deskOf,
  homesFor,
  type PolicyParts,
  policyCluster,
  viewOf,
  writableDesk,
} from './policy-parts.ts';
import { excludeSchema, previewSchema, proposeSchema, saveProposalsSchema } from './policy-schemas.ts';
import { CONSOLE_ROUTES } from './routes.ts';

export function addExclusionRoutes(app: FastifyInstance, parts: PolicyParts, analysed: Bounded): void {
  app.route({
    ...CONSOLE_ROUTES.exclusions,
    handler: async (request) => listed(parts, viewerOf(parts, request)),
  });
  app.route({
    ...CONSOLE_ROUTES.previewExclusion,
    handler: async (request) => {
      const signedIn = demand(parts, request, CONSOLE_ROUTES.previewExclusion);
      const body = checkedInput(previewSchema, request.body);
      return analysed(async () => {
        const view = viewOf(parts, signedIn);
        const refused = await refusedEvent(body.event, view.store);
        return offered(parts, signedIn, await previewOf(refused, body, view), refused.destination);
      });
    },
  });
  app.route({
    ...CONSOLE_ROUTES.exclude,
    handler: async (request) => {
      const signedIn = changerOf(parts, request);
      const { confirm, version, ...body } = checkedInput(excludeSchema, request.body);
      const view = viewOf(parts, signedIn);
      const refused = await refusedEvent(body.event, view.store);
      const preview = await analysed(() => previewOf(refused, body, view));
      const of = { confirm, version, destination: refused.destination, told: `event ${body.event}` };
      return saved(parts, request, { signedIn, judged: preview, ...of });
    },
  });
  app.route({
    ...CONSOLE_ROUTES.previewProposals,
    handler: async (request) => {
      const signedIn = demand(parts, request, CONSOLE_ROUTES.previewProposals);
      const body = checkedInput(proposeSchema, request.body);
      return analysed(async () =>
        offered(parts, signedIn, await proposalsOf(body, viewOf(parts, signedIn)), null),
      );
    },
  });
  app.route({
    ...CONSOLE_ROUTES.excludeProposals,
    handler: async (request) => {
      const signedIn = changerOf(parts, request);
      const { confirm, version, ...body } = checkedInput(saveProposalsSchema, request.body);
      const judged = await analysed(() => proposalsOf(body, viewOf(parts, signedIn)));
      const of = { confirm, version, destination: null, told: `proposals of ${body.workload}` };
      return saved(parts, request, { signedIn, judged, ...of });
    },
  });
  app.route({
    ...CONSOLE_ROUTES.removeExclusion,
    handler: async (request) => {
      const signedIn = demandOfAll(parts, request, CONSOLE_ROUTES.removeExclusion);
      const digest = checkedInput(z.string().regex(/^[\w-]{1,64}$/), Object(request.params).digest);
      const desk = writableDesk(parts);
      const known = (await asked(() => desk.exclusions())).find((each) => each.digest === digest);
      if (known === undefined) throw new HubError('HUB_NOT_FOUND', { what: 'exclusion as it was shown' });
      const { secLang: _, digest: __, expired: ___, ...what } = known;
      const entry = { action: 'exclusion.remove', target: JSON.stringify(what) };
      const remove = (): Promise<string | null> => desk.removeExclusion(digest);
      return listed(parts, signedIn, await changed(parts, request, signedIn.identity, entry, remove));
    },
  });
}

/** Policies of a file are for who sees all; those of a cluster for who sees their namespaces. */
const viewerOf = (parts: PolicyParts, request: FastifyRequest): SignedIn =>
  (policyCluster(parts) === null ? demandOfAll : demand)(parts, request, CONSOLE_ROUTES.exclusions);

/** Of a file an operator of all namespaces; in a cluster it depends on where it is made. */
const changerOf = (parts: PolicyParts, request: FastifyRequest): SignedIn =>
  policyCluster(parts) === null
    ? demandOfAll(parts, request, { ...CONSOLE_ROUTES.exclude, role: 'operator' })
    : demand(parts, request, CONSOLE_ROUTES.exclude);

async function listed(parts: PolicyParts, signedIn: SignedIn, notice: string | null = null): Promise<object> {
  const cluster = policyCluster(parts);
  if (cluster === null) {
    const desk = deskOf(parts);
    const acts = mayDo(signedIn.identity.role, 'operator');
    const found = desk.file === null ? [] : await asked(() => desk.exclusions());
    const exclusions = found.map((each): ShownExclusion => ({ ...each, target: null, acts }));
    return { file: desk.file, cluster: false, exclusions, notice };
  }
  const homes = await homesFor(cluster, signedIn);
  const exclusions = homes.flatMap((home) =>
    ofHome(home, parts.desk).map(
      (each): ShownExclusion => ({ ...each, target: home.target, acts: mayAct(signedIn, home.namespace) }),
    ),
  );
  return { file: null, cluster: true, exclusions, notice };
}

const ofHome = ({ policy, exclusions }: PolicyHome, desk: PolicyDesk | null): readonly ListedExclusion[] =>
  exclusions.map(({ digest, expires = null, ...each }) => ({
    ...{ policy, digest, expires },
    ...{
      rules: each.rules ?? [],
      tags: each.tags ?? [],
      targets: each.targets ?? [],
      paths: each.paths ?? [],
    },
    ...{ reason: each.reason ?? '', owner: each.owner ?? '' },
    expired: expires !== null && Date.parse(expires) <= Date.now(),
    secLang: desk === null ? '' : desk.secLangOf(each),
  }));

/** With what the change of the cluster would be, where that has the policies. */
async function offered<Of extends Judged>(
  parts: PolicyParts,
  signedIn: SignedIn,
  judged: Of,
  destination: Destination | null,
): Promise<object> {
  const cluster = policyCluster(parts);
  if (cluster === null || judged.exclusions.length === 0)
    return { ...judged, cluster: cluster !== null, draft: null };
  const place = await placeFor(judged, destination, { cluster, signedIn });
  const draft = await draftFor(judged, place, { cluster, signedIn });
  const isWide = 'namespace' in place && place.namespace === null;
  const { confirmation, policy } = judged;
  return { ...judged, cluster: true, draft, confirmation: confirmation ?? (isWide ? policy : null) };
}

interface Saving {
  readonly signedIn: SignedIn;
  readonly judged: Judged;
  readonly confirm: string;
  /** Of the draft, in a cluster. */
  readonly version: string;
  readonly destination: Destination | null;
  /** What it came from, for the audit log. */
  readonly told: string;
}

/** @throws ConsoleError CONSOLE_NOTHING, CONSOLE_CONFIRMATION, CONSOLE_CHOICE, and as the desk and the cluster say */
async function saved(parts: PolicyParts, request: FastifyRequest, saving: Saving): Promise<object> {
  const { signedIn, judged, confirm, version, destination, told } = saving;
  const { policy, exclusions, effect, confirmation } = judged;
  if (exclusions.length === 0 || effect === null)
    throw new ConsoleError('CONSOLE_NOTHING', { what: 'an exclusion: nothing is chosen' });
  const target = `${policy} ${JSON.stringify(exclusions)} ${told} attacks ${effect.attacks}`;
  const cluster = policyCluster(parts);
  if (cluster === null) {
    const desk = writableDesk(parts);
    if (confirmation !== null && confirm !== policy)
      throw new ConsoleError('CONSOLE_CONFIRMATION', { policy });
    const entry = { action: 'exclusion.add', target };
    const exclude = (): Promise<string | null> => desk.exclude(policy, exclusions);
    return listed(parts, signedIn, await changed(parts, request, signedIn.identity, entry, exclude));
  }
  const place = await placeFor(judged, destination, { cluster, signedIn });
  if ('instead' in place) throw new ConsoleError('CONSOLE_POLICIES', { reason: place.instead, remedy: '' });
  demandActs(signedIn, place.namespace);
  const isTyped = confirmation !== null || place.namespace === null;
  if (isTyped && confirm !== policy) throw new ConsoleError('CONSOLE_CONFIRMATION', { policy });
  const { change } = place;
  await applied({ cluster, audit: parts.audit }, request, signedIn, {
    ...{ change, version, action: 'exclusion.add', target },
  });
  return listed(parts, signedIn);
}
