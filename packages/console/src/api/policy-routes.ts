/** Exclusions from events, replay, rules, policies and moves: what the pages ask, and what they change through the desk. */
import { type EventStore, HubError } from '@sluice/hub';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ConsoleError } from '../errors.ts';
import type { Audit } from '../identity/audit.ts';
import type { Identity } from '../identity/role.ts';
import { CONSOLE_LIMITS } from '../limits.ts';
import type { PolicyDesk } from '../policies/desk.ts';
import { previewOf } from '../policies/preview.ts';
import { replayOf } from '../policies/replay.ts';
import { analysisOf } from '../policies/report.ts';
import { scopedStore } from '../scope.ts';
import type { Access } from './access.ts';
import { atOnce, type Bounded } from './at-once.ts';
import {
  excludeSchema,
  explainSchema,
  moveSchema,
  previewSchema,
  promoteSchema,
  replaySchema,
  stopSchema,
} from './policy-schemas.ts';
import { CONSOLE_ROUTES, type ConsoleRoute } from './routes.ts';

export interface PolicyParts {
  readonly access: Access;
  readonly audit: Audit;
  readonly store: EventStore;
  /** Null: policies and rules cannot be asked for. */
  readonly desk: PolicyDesk | null;
  /** Room for judgements of stored events. */
  readonly analyses: Bounded;
}

/** @throws HubError HUB_REQUEST */
function inputOf<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new HubError('HUB_REQUEST', { reason: z.prettifyError(parsed.error) });
}

export function addPolicyRoutes(app: FastifyInstance, parts: PolicyParts): void {
  const analysed: Bounded = (ask) => parts.analyses(() => asked(ask));
  addExclusionRoutes(app, parts, analysed);
  addReadRoutes(app, parts, analysed);
  addMoveRoutes(app, parts);
}

function addExclusionRoutes(app: FastifyInstance, parts: PolicyParts, analysed: Bounded): void {
  const listed = async (notice: string | null = null): Promise<object> => {
    const desk = deskOf(parts);
    const exclusions = desk.file === null ? [] : await asked(() => desk.exclusions());
    return { file: desk.file, exclusions, notice };
  };
  app.route({
    ...CONSOLE_ROUTES.exclusions,
    handler: async (request) => {
      demandOfAll(parts, request, CONSOLE_ROUTES.exclusions);
      return listed();
    },
  });
  app.route({
    ...CONSOLE_ROUTES.previewExclusion,
    handler: async (request) => {
      const identity = demand(parts, request, CONSOLE_ROUTES.previewExclusion);
      const body = inputOf(previewSchema, request.body);
      return analysed(() => previewOf(body, viewOf(parts, identity)));
    },
  });
  app.route({
    ...CONSOLE_ROUTES.exclude,
    handler: async (request) => {
      const identity = demandOfAll(parts, request, CONSOLE_ROUTES.exclude);
      const { confirm, ...body } = inputOf(excludeSchema, request.body);
      const desk = writableDesk(parts);
      const preview = await analysed(() => previewOf(body, viewOf(parts, identity)));
      const { policy, exclusions, confirmation, effect } = preview;
      if (exclusions.length === 0 || effect === null)
        throw new ConsoleError('CONSOLE_NOTHING', { what: 'an exclusion: nothing is chosen' });
      if (confirmation !== null && confirm !== confirmation)
        throw new ConsoleError('CONSOLE_CONFIRMATION', { policy });
      const entry = {
        action: 'exclusion.add',
        target: `${policy} ${JSON.stringify(exclusions)} event ${body.event} attacks ${effect.attacks}`,
      };
      return listed(await changed(parts, request, identity, entry, () => desk.exclude(policy, exclusions)));
    },
  });
  app.route({
    ...CONSOLE_ROUTES.removeExclusion,
    handler: async (request) => {
      const identity = demandOfAll(parts, request, CONSOLE_ROUTES.removeExclusion);
      const digest = inputOf(z.string().regex(/^[\w-]{1,64}$/), Object(request.params).digest);
      const desk = writableDesk(parts);
      const known = (await asked(() => desk.exclusions())).find((each) => each.digest === digest);
      if (known === undefined) throw new HubError('HUB_NOT_FOUND', { what: 'exclusion as it was shown' });
      const { secLang: _, digest: __, expired: ___, ...what } = known;
      const entry = { action: 'exclusion.remove', target: JSON.stringify(what) };
      return listed(await changed(parts, request, identity, entry, () => desk.removeExclusion(digest)));
    },
  });
}

function addReadRoutes(app: FastifyInstance, parts: PolicyParts, analysed: Bounded): void {
  // Each is a process with all rules in it.
  const judges = atOnce('replay', CONSOLE_LIMITS.judgesMax);
  const judged: Bounded = (ask) => judges(() => asked(ask));
  app.route({
    ...CONSOLE_ROUTES.replay,
    handler: async (request) => {
      const identity = demand(parts, request, CONSOLE_ROUTES.replay);
      const { event } = inputOf(replaySchema, request.body);
      const view = viewOf(parts, identity);
      const desk = writableDesk(parts);
      return judged(() => replayOf(event, { ...view, desk }));
    },
  });
  app.route({
    ...CONSOLE_ROUTES.rule,
    handler: async (request) => {
      const { namespaces } = demand(parts, request, CONSOLE_ROUTES.rule);
      const id = inputOf(z.coerce.number().int().min(1).max(999_999_999), Object(request.params).id);
      const desk = deskOf(parts);
      // Rules that a policy brings are somebody's of another namespace.
      return judged(() => desk.rule(id, namespaces === null ? 'all' : 'base'));
    },
  });
  app.route({
    ...CONSOLE_ROUTES.policies,
    handler: async (request) => {
      demandOfAll(parts, request, CONSOLE_ROUTES.policies);
      const desk = deskOf(parts);
      return { file: desk.file, policies: desk.file === null ? [] : await asked(() => desk.policies()) };
    },
  });
  app.route({
    ...CONSOLE_ROUTES.explainPolicy,
    handler: async (request) => {
      demandOfAll(parts, request, CONSOLE_ROUTES.explainPolicy);
      const body = inputOf(explainSchema, request.body);
      const desk = writableDesk(parts);
      return asked(() => desk.explain(body));
    },
  });
  app.route({
    ...CONSOLE_ROUTES.promote,
    handler: async (request) => {
      const identity = demand(parts, request, CONSOLE_ROUTES.promote);
      const body = inputOf(promoteSchema, request.body);
      return analysed(() => analysisOf(body, viewOf(parts, identity)));
    },
  });
}

function addMoveRoutes(app: FastifyInstance, parts: PolicyParts): void {
  const listed = async (notice: string | null = null): Promise<object> => {
    const desk = deskOf(parts);
    return { file: desk.file, moves: desk.file === null ? [] : await asked(() => desk.moves()), notice };
  };
  app.route({
    ...CONSOLE_ROUTES.moves,
    handler: async (request) => {
      demandOfAll(parts, request, CONSOLE_ROUTES.moves);
      return listed();
    },
  });
  app.route({
    ...CONSOLE_ROUTES.beginMove,
    handler: async (request) => {
      const identity = demandOfAll(parts, request, CONSOLE_ROUTES.beginMove);
      const { holdMinutes, ...body } = inputOf(moveSchema, request.body);
      const desk = writableDesk(parts);
      const entry = { action: 'move.begin', target: JSON.stringify({ ...body, holdMinutes }) };
      const asking = { ...body, holdMillis: holdMinutes * 60_000 };
      return listed(await changed(parts, request, identity, entry, () => desk.beginMove(asking)));
    },
  });
  app.route({
    ...CONSOLE_ROUTES.stopMove,
    handler: async (request) => {
      const identity = demandOfAll(parts, request, CONSOLE_ROUTES.stopMove);
      const { policy, back, confirm } = inputOf(stopSchema, request.body);
      const desk = writableDesk(parts);
      if (back && confirm !== policy) throw new ConsoleError('CONSOLE_CONFIRMATION', { policy });
      const entry = { action: 'move.stop', target: JSON.stringify({ policy, back }) };
      return listed(await changed(parts, request, identity, entry, () => desk.stopMove(policy, back)));
    },
  });
}

/** @throws ConsoleError CONSOLE_SIGNED_OUT, CONSOLE_FORBIDDEN, CONSOLE_CROSS_SITE */
const demand = ({ access }: PolicyParts, request: FastifyRequest, { role }: ConsoleRoute): Identity =>
  access.demand(request, role ?? 'viewer').identity;

/** Policies are of no namespace. @throws ConsoleError as `demand`, and CONSOLE_NAMESPACES */
const demandOfAll = ({ access }: PolicyParts, request: FastifyRequest, { role }: ConsoleRoute): Identity =>
  access.demandOfAll(request, role ?? 'viewer').identity;

/** @throws ConsoleError CONSOLE_NO_POLICIES */
function deskOf({ desk }: PolicyParts): PolicyDesk {
  if (desk === null) throw new ConsoleError('CONSOLE_NO_POLICIES');
  return desk;
}

/** @throws ConsoleError CONSOLE_NO_POLICIES */
function writableDesk(parts: PolicyParts): PolicyDesk {
  const desk = deskOf(parts);
  if (desk.file === null) throw new ConsoleError('CONSOLE_NO_POLICIES');
  return desk;
}

const viewOf = ({ store, desk }: PolicyParts, { namespaces }: Identity) => ({
  store: scopedStore(store, namespaces),
  desk,
  confined: namespaces !== null,
});

/** A change by the desk, in the audit log. @throws as `asked` */
function changed<T>(
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

/** What the desk refuses keeps its code and its words. @throws ConsoleError CONSOLE_POLICIES */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    if (cause instanceof ConsoleError || cause instanceof HubError) throw cause;
    if (cause instanceof Error && 'code' in cause && 'remedy' in cause) {
      const { code, remedy, message } = cause as Error & { readonly code: unknown; readonly remedy: unknown };
      const details = { code: String(code), reason: message, remedy: String(remedy) };
      throw new ConsoleError('CONSOLE_POLICIES', details, cause);
    }
    throw cause;
  }
}
